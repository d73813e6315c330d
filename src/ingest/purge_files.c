#include "ingest/purge_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/again.h"
#include "ingest/ingest.h"
#include "ingest/purge_jobs.h"
#include "store/blob.h"
#include "store/forget.h"
#include "store/hold.h"

enum {
	REST_S = 3600,		/* a message on its way may count on a file that was kept or met within this time */
	AT_ONCE = 256,
	ROW_ROOM = 80 << 20,
};

struct doomed {
	char name[65];
	bool is_named;
};

struct files {
	const struct ingest_parts *parts;
	struct store *reader;
	struct doomed *items;		/* in the order of their names */
	size_t n;
	struct err err;
};

static bool add(struct str name, bool is_named, void *arg)
{
	struct files *f = arg;

	f->items = xrealloc(f->items, f->n + 1, sizeof(*f->items));
	snprintf(f->items[f->n].name, sizeof(f->items->name), STR_FMT, STR_ARG(name));
	f->items[f->n++].is_named = is_named;
	return true;
}

/* ---- what mails are put together from ---- */

static int compare(const void *name, const void *item)
{
	return strcmp(name, ((const struct doomed *)item)->name);
}

static bool spare(const char name[65], void *arg)
{
	struct files *f = arg;
	struct doomed *found = bsearch(name, f->items, f->n, sizeof(*f->items), compare);

	if (found != NULL)
		found->is_named = true;
	return true;
}

/* A row that is gone, or whose own file is, needs no other. */
static bool spare_by_row(struct files *f, int64_t id)
{
	struct arena *arena = arena_create(ROW_ROOM);
	struct journal_row row;
	bool ok = store_get_journal(f->reader, id, arena, &row, &f->err) &&
		  again_each_blob(&row, f->parts->dir, spare, f, &f->err);

	arena_destroy(arena);
	return ok || f->err.kind == ERR_MISSING;
}

static bool spare_by_rows(struct files *f)
{
	struct id_page page;
	int64_t last = 0;

	do {
		if (!store_next_skeletons(f->reader, last, &page, &f->err))
			return false;
		for (size_t i = 0; i < page.n; i++) {
			last = page.ids[i];
			if (!spare_by_row(f, last))
				return false;
		}
	} while (page.n == countof(page.ids));
	return true;
}

/* ---- removing ---- */

/* What is doomed is committed: should the file go and the row that says so stay, it is looked for in vain the next time. */
static void remove_all(struct files *f)
{
	const char *over[AT_ONCE];
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		bool is_over = f->items[i].is_named;

		if (!is_over && !blob_remove(f->parts->dir, str_from(f->items[i].name), REST_S, &is_over, &f->err))
			continue;
		if (is_over)
			over[n++] = f->items[i].name;
		if (n < AT_ONCE)
			continue;
		if (!purge_forget_files(f->parts->writer, over, n, &f->err))
			return;
		n = 0;
	}
	if (n > 0)
		purge_forget_files(f->parts->writer, over, n, &f->err);
}

void purge_remove_files(const struct ingest_parts *parts, struct store *reader)
{
	struct files f = { .parts = parts, .reader = reader };
	auto_close int hold = hold_for_removal(parts->dir);

	if (hold < 0)
		return;		/* a backup copies them: the next time */
	if (store_each_doomed(reader, add, &f, &f.err) && f.n > 0 && spare_by_rows(&f))
		remove_all(&f);
	free(f.items);
}
