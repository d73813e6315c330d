#include "ingest/kin.h"

#include <stdlib.h>
#include <string.h>

#include "store/forget.h"

struct found {
	struct arena *arena;
	int64_t *items;
	size_t n;
	bool is_full;
};

static bool add(int64_t id, void *arg)
{
	struct found *found = arg;
	int64_t *grown;

	for (size_t i = 0; i < found->n; i++)
		if (found->items[i] == id)
			return true;
	grown = arena_grow(found->arena, found->items, found->n, sizeof(*grown));
	found->is_full = grown == NULL;
	if (grown == NULL)
		return false;
	found->items = grown;
	grown[found->n++] = id;
	return true;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void sort(struct found *found)
{
	if (found->n > 1)
		qsort(found->items, found->n, sizeof(*found->items), compare);
}

bool kin_find(struct store *st, const int64_t *some, size_t n, struct arena *arena, struct kin *kin, struct err *err)
{
	struct found rows = { .arena = arena }, entries = { .arena = arena };
	size_t seen_rows = 0, seen_entries = 0;

	for (size_t i = 0; i < n; i++)
		add(some[i], &rows);
	while (seen_rows < rows.n || seen_entries < entries.n) {
		bool ok = seen_rows < rows.n ? store_each_entry_of(st, rows.items[seen_rows++], add, &entries, err)
					     : store_each_delivery_of(st, entries.items[seen_entries++], add, &rows, err);

		if (!ok)
			return false;
	}
	if (rows.is_full || entries.is_full)
		return err_setf(err, ERR_LIMIT, "more than %zu messages hang together", rows.n);
	sort(&rows);
	sort(&entries);
	*kin = (struct kin){ .rows = rows.items, .n_rows = rows.n, .entries = entries.items, .n_entries = entries.n };
	return true;
}

bool kin_is_same(const struct kin *a, const struct kin *b)
{
	return a->n_rows == b->n_rows && a->n_entries == b->n_entries &&
	       memcmp(a->rows, b->rows, a->n_rows * sizeof(*a->rows)) == 0 &&
	       (a->n_entries == 0 || memcmp(a->entries, b->entries, a->n_entries * sizeof(*a->entries)) == 0);
}
