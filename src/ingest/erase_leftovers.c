/* What never became an entry: dead letters and filtered events. Nobody could read them, so they are looked through for the
 * handles as text, in the ways in which mail, forms and JSON write them, and one that has a handle goes whole: nobody could say
 * whose the rest of it is. */
#include <stdlib.h>

#include "base/mem.h"
#include "ingest/again.h"
#include "ingest/compact.h"
#include "ingest/erase_decoded.h"
#include "ingest/erase_inside.h"
#include "ingest/erase_words.h"
#include "ingest/ingest.h"

enum { ROW_ROOM = 80 << 20, SHORTEST = 5 };

struct needles {
	struct arena *arena;
	struct str *items;
	size_t n;
};

static void add(struct needles *all, struct str text)
{
	struct str *grown = text.len >= SHORTEST ? arena_grow(all->arena, all->items, all->n, sizeof(*grown)) : NULL;

	if (grown == NULL)
		return;
	all->items = grown;
	grown[all->n++] = arena_str(all->arena, text);
}

static bool add_handle(const struct identity_row *row, void *arg)
{
	struct needles *all = arg;
	struct str value = row->identity.value;

	add(all, str_starts(value, STR("+")) ? str_sub(value, 1, value.len) : value);
	return true;
}

static bool names_one(struct str text, void *arg)
{
	const struct needles *all = arg;

	for (size_t i = 0; i < all->n; i++)
		if (erase_words_has(text, all->items[i]))
			return true;
	return false;
}

/* A row whose bytes are lost names nobody any more. */
static bool look_at_row(struct erase *e, struct needles *all, int64_t id, bool *is)
{
	struct arena *arena = arena_create(ROW_ROOM);
	auto_free char *plain = NULL;
	struct journal_row row;
	bool ok = store_get_journal(e->reader, id, arena, &row, &e->err);

	*is = false;
	if (ok && !compact_is(row.content_type)) {
		if (again_load_body(&row, e->parts->dir, &plain, &e->err))
			*is = erase_decoded_any((struct str){ plain, (size_t)row.size }, names_one, all) ||
			      erase_decoded_any(row.meta, names_one, all);
		else
			ok = e->err.kind == ERR_MISSING;
	}
	arena_destroy(arena);
	return ok;
}

static bool look_at_page(struct erase *e, struct needles *all, const struct id_page *page)
{
	struct id_page theirs = { .n = 0 };
	bool is;

	for (size_t i = 0; i < page->n; i++) {
		if (erase_is_canceled(e) || !look_at_row(e, all, page->ids[i], &is))
			return false;
		if (is)
			theirs.ids[theirs.n++] = page->ids[i];
	}
	return erase_take_rows(e, theirs.ids, theirs.n);
}

static bool look_at_all(struct erase *e, struct needles *all)
{
	struct id_page page;
	int64_t last = 0;

	do {
		if (!store_next_leftover_rows(e->reader, last, &page, &e->err) || !look_at_page(e, all, &page))
			return false;
		if (page.n > 0)
			last = page.ids[page.n - 1];
	} while (page.n == countof(page.ids));
	return true;
}

bool erase_take_leftovers(struct erase *e)
{
	struct needles all = { .arena = e->arena };

	return store_each_identity(e->reader, e->contact, add_handle, &all, &e->err) && look_at_all(e, &all);
}
