/* What never became an entry: dead letters and filtered events. Nobody could read them, so they are looked through for the
 * handles as text, in the ways in which forms and JSON write them. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ingest/again.h"
#include "ingest/compact.h"
#include "ingest/erase_inside.h"
#include "ingest/erase_words.h"
#include "ingest/ingest.h"

enum { ROW_ROOM = 80 << 20, SHORTEST = 5, MAX_NEEDLE = 4096 };

struct needles {
	struct arena *arena;
	struct str *items;
	size_t n;
	bool is_full;
};

static void add(struct needles *all, struct str text)
{
	struct str *grown = text.len >= SHORTEST ? arena_grow(all->arena, all->items, all->n, sizeof(*grown)) : NULL;

	if (grown == NULL)
		return;
	all->items = grown;
	grown[all->n++] = arena_str(all->arena, text);
}

/* "a@b" as "a%40b". */
static void add_escaped(struct needles *all, struct str text, const char *escape)
{
	size_t at = str_chr(text, '@');
	struct buf out;

	if (at == STR_NONE)
		return;
	buf_init(&out, MAX_NEEDLE);
	buf_add(&out, str_sub(text, 0, at));
	buf_add(&out, str_from(escape));
	buf_add(&out, str_sub(text, at + 1, text.len));
	add(all, buf_str(&out));
	buf_finish(&out);
}

static bool add_handle(const struct identity_row *row, void *arg)
{
	struct needles *all = arg;
	struct str value = row->identity.value;

	add(all, str_starts(value, STR("+")) ? str_sub(value, 1, value.len) : value);
	add_escaped(all, value, "%40");
	add_escaped(all, value, "\\u0040");
	return true;
}

static bool names_one(const struct needles *all, struct str text)
{
	for (size_t i = 0; i < all->n; i++)
		if (erase_words_has(text, all->items[i]))
			return true;
	return false;
}

/* A row whose bytes are lost names nobody any more. */
static bool look_at_row(struct erase *e, const struct needles *all, int64_t id, bool *is)
{
	struct arena *arena = arena_create(ROW_ROOM);
	auto_free char *plain = NULL;
	struct journal_row row;
	bool ok = store_get_journal(e->reader, id, arena, &row, &e->err);

	*is = false;
	if (ok && !compact_is(row.content_type)) {
		if (again_load_body(&row, e->parts->dir, &plain, &e->err))
			*is = names_one(all, (struct str){ plain, (size_t)row.size }) || names_one(all, row.meta);
		else
			ok = e->err.kind == ERR_MISSING;
	}
	arena_destroy(arena);
	return ok;
}

static bool look_at_page(struct erase *e, const struct needles *all, const struct id_page *page)
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

static bool look_at_all(struct erase *e, const struct needles *all)
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
