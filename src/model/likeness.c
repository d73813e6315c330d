#include "model/likeness.h"

#include <string.h>

#include <stdlib.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "model/company.h"
#include "model/email.h"
#include "model/match.h"
#include "model/role_address.h"

enum { MAX_NAME = 200, MAX_WORDS = 12, LAST_DIGITS = 8 };

struct keys {
	struct arena *arena;
	struct likeness_key *out;
	size_t n;
};

static void add(struct keys *k, enum likeness kind, struct str text)
{
	if (k->n < LIKENESS_MAX_KEYS && text.len > 0)
		k->out[k->n++] = (struct likeness_key){ kind, text };
}

/* ---- names ---- */

static int compare_words(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool is_letter(struct str s, size_t i)
{
	unsigned char c = (unsigned char)s.ptr[i];

	return c >= 0x80 || (c >= 'a' && c <= 'z');
}

static size_t split(struct str s, struct str words[MAX_WORDS])
{
	size_t n = 0, from;

	for (size_t i = 0; i < s.len && n < MAX_WORDS;) {
		from = i;
		while (i < s.len && is_letter(s, i))
			i++;
		if (i - from > 1)	/* initials come and go */
			words[n++] = str_sub(s, from, i);
		while (i < s.len && !is_letter(s, i))
			i++;
	}
	return n;
}

/* "Souza, Ana P." and "ana souza" are one name, "Ánà Souza" too. One word alone is half of everybody's; an address or a
 * number is no name. */
static struct str folded_name(struct str name, struct arena *arena)
{
	struct str words[MAX_WORDS], folded = STR("");
	utf8proc_uint8_t *plain = NULL;
	utf8proc_ssize_t len;
	size_t n;

	if (name.len > MAX_NAME || str_chr(name, '@') != STR_NONE)
		return folded;
	len = utf8proc_map((const utf8proc_uint8_t *)name.ptr, (utf8proc_ssize_t)name.len, &plain,
			   UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD);
	n = len > 0 ? split((struct str){ (char *)plain, (size_t)len }, words) : 0;
	if (n > 1) {
		qsort(words, n, sizeof(*words), compare_words);
		folded = arena_str(arena, words[0]);
		for (size_t i = 1; i < n; i++)
			folded = arena_strf(arena, STR_FMT " " STR_FMT, STR_ARG(folded), STR_ARG(words[i]));
	}
	free(plain);
	return folded;
}

/* ---- addresses ---- */

/* Whose help pages say that what follows a plus changes nothing. */
static bool ignores_tags(struct str domain)
{
	static const char *const domains[] = {
		"gmail.com", "googlemail.com", "fastmail.com", "fastmail.fm", "hotmail.com", "live.com", "msn.com", "outlook.com",
		"pm.me", "proton.me", "protonmail.com",
	};

	for (size_t i = 0; i < countof(domains); i++)
		if (str_eq(domain, str_from(domains[i])))
			return true;
	return str_starts(domain, STR("outlook.")) || str_starts(domain, STR("hotmail."));
}

static struct str without_dots(struct str local, struct arena *arena)
{
	char *out = arena_alloc(arena, local.len + 1);
	size_t n = 0;

	for (size_t i = 0; out != NULL && i < local.len; i++)
		if (local.ptr[i] != '.')
			out[n++] = local.ptr[i];
	return (struct str){ out, n };
}

static void add_address(struct keys *k, struct str email, struct str name)
{
	struct str plain = email_fold_plus(email, k->arena), local, domain = email_domain(email), company;

	if (plain.len == 0 || email_is_role(plain) || match_is_machine(email))
		return;
	local = email_local(plain);
	if (str_eq(domain, STR("googlemail.com")))
		domain = STR("gmail.com");
	if (str_eq(domain, STR("gmail.com")))
		local = without_dots(local, k->arena);
	add(k, ignores_tags(domain) ? LIKE_MAILBOX : LIKE_TAG,
	    arena_strf(k->arena, STR_FMT "@" STR_FMT, STR_ARG(local), STR_ARG(domain)));
	company = company_domain(email, NULL);
	if (name.len > 0 && company.len > 0)
		add(k, LIKE_NAME_COMPANY, arena_strf(k->arena, STR_FMT "@" STR_FMT, STR_ARG(name), STR_ARG(company)));
}

/* ---- numbers ---- */

/* Without a name it would be no sign: a landline and a mobile of one area share them all the time, and so do a number of old and
 * the mobile of today whose digits it has. */
static void add_number(struct keys *k, struct str digits, struct str name)
{
	if (digits.len >= LAST_DIGITS + 2 && name.len > 0)
		add(k, LIKE_NAME_NUMBER, arena_strf(k->arena, STR_FMT "#%.8s", STR_ARG(name), digits.ptr + digits.len - LAST_DIGITS));
}

/* ---- all of them ---- */

size_t likeness_keys(const struct likeness_person *p, struct arena *arena, struct likeness_key out[LIKENESS_MAX_KEYS])
{
	struct keys k = { .arena = arena, .out = out };
	struct str name = folded_name(p->name, arena);

	for (size_t i = 0; i < p->n_ids; i++) {
		struct str value = p->ids[i].value;

		if (p->ids[i].scheme == SCHEME_EMAIL)
			add_address(&k, value, name);
		else if (p->ids[i].scheme == SCHEME_PHONE)
			add_number(&k, str_sub(value, 1, value.len), name);
		else if (p->ids[i].scheme == SCHEME_WA)
			add_number(&k, value, name);
	}
	return k.n;
}

unsigned likeness_shared(const struct likeness_key *a, size_t n_a, const struct likeness_key *b, size_t n_b)
{
	unsigned shared = 0;

	for (size_t i = 0; i < n_a; i++)
		for (size_t j = 0; j < n_b; j++)
			if (a[i].kind == b[j].kind && str_eq(a[i].text, b[j].text))
				shared |= 1u << a[i].kind;
	return shared;
}

/* ---- words ---- */

static const struct {
	const char *name, *reason, *score;
} words[LIKE_COUNT] = {
	[LIKE_MAILBOX] = { "mailbox", "two spellings of one mailbox, by the rules of its provider", "almost certain" },
	[LIKE_TAG] = { "plus_tag", "the same address but for a tag after a plus", "likely" },
	[LIKE_NAME_COMPANY] = { "name+company", "the same name, at the same company", "likely" },
	[LIKE_NAME_NUMBER] = { "name+phone_suffix", "the same name, and the last eight digits of a number", "likely" },
};

unsigned likeness_mask(const char *const *names, size_t n)
{
	unsigned mask = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t kind = 0; kind < LIKE_COUNT; kind++)
			if (strcmp(names[i], words[kind].name) == 0)
				mask |= 1u << kind;
	return mask;
}

const char *likeness_reason(enum likeness kind)
{
	return words[kind].reason;
}

const char *likeness_score(unsigned shared)
{
	for (size_t i = 0; i < LIKE_COUNT; i++)		/* the best first */
		if (shared & 1u << i)
			return words[i].score;
	return "none";
}
