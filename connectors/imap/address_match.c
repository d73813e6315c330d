#include "imap/address_match.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/email.h"

enum { ADDRESS_ARENA = 64 << 10, WANTED_ARENA = 16 << 20 };

/* "@BÜCHER.example" is "@xn--bcher-kva.example", and "ana@x.example." is "ana@x.example". What is no address stays as it is. */
static struct str canonical(struct str address, struct arena *arena)
{
	bool is_domain = str_starts(address, STR("@"));
	struct str text = is_domain ? arena_strf(arena, "a" STR_FMT, STR_ARG(address)) : address, out;
	struct err ignored;

	if (!email_canonical(text, arena, &out, &ignored))
		return address;
	return is_domain ? str_sub(out, 1, STR_NONE) : out;
}

static bool is_one(struct str wanted, struct str address)
{
	size_t at = str_rchr(address, '@');
	struct str domain = str_sub(address, at == STR_NONE ? address.len : at + 1, STR_NONE), top;

	if (wanted.ptr[0] != '@')
		return str_ieq(wanted, address);
	top = str_sub(wanted, 1, STR_NONE);
	return str_ieq(domain, top) ||
	       (domain.len > top.len && domain.ptr[domain.len - top.len - 1] == '.' &&
		str_ieq(str_sub(domain, domain.len - top.len, STR_NONE), top));
}

struct address_search {
	const struct str *wanted;	/* canonical, once for all addresses */
	size_t n_wanted;
	bool is_found;
};

static bool look_at(struct str address, void *arg)
{
	struct address_search *search = arg;
	struct arena *arena = arena_create(ADDRESS_ARENA);
	struct str known = canonical(address, arena);

	for (size_t i = 0; i < search->n_wanted && !search->is_found; i++)
		search->is_found = is_one(search->wanted[i], known);
	arena_destroy(arena);
	return !search->is_found;
}

bool address_match(const struct str *wanted, size_t n_wanted, struct str header, enum header_fields which)
{
	struct arena *arena = arena_create(WANTED_ARENA);
	auto_free struct str *list = xcalloc(n_wanted + 1, sizeof(*list));
	struct address_search search = { .wanted = list, .n_wanted = n_wanted };

	for (size_t i = 0; i < n_wanted; i++)
		list[i] = canonical(wanted[i], arena);
	header_each_address(header, which, look_at, &search);
	arena_destroy(arena);
	return search.is_found;
}
