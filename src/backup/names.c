#include "backup/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/again.h"
#include "store/forget.h"

enum { ROW_ROOM = 80 << 20, AT_ONCE = 1024 };

static void add(struct file_names *names, struct str name)
{
	if (name.len != 64)
		return;
	if (names->n % AT_ONCE == 0)
		names->items = xrealloc(names->items, names->n + AT_ONCE, sizeof(*names->items));
	memcpy(names->items[names->n], name.ptr, 64);
	names->items[names->n++][64] = '\0';
}

static bool add_named(struct str name, void *arg)
{
	add(arg, name);
	return true;
}

static bool add_needed(const char name[65], void *arg)
{
	add(arg, str_from(name));
	return true;
}

static bool read_row(struct store *st, const char *dir, int64_t id, struct file_names *names, struct err *err)
{
	struct arena *arena = arena_create(ROW_ROOM);
	struct journal_row row;
	bool ok = store_get_journal(st, id, arena, &row, err) && again_each_blob(&row, dir, add_needed, names, err);

	arena_destroy(arena);
	return ok || err_prefixf(err, "journal row %lld", (long long)id);
}

static bool read_rows(struct store *st, const char *dir, struct file_names *names, struct err *err)
{
	struct id_page page;
	int64_t last = 0;

	do {
		if (!store_next_skeletons(st, last, &page, err))
			return false;
		for (size_t i = 0; i < page.n; i++) {
			last = page.ids[i];
			if (!read_row(st, dir, last, names, err))
				return false;
		}
	} while (page.n == countof(page.ids));
	return true;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void keep_one_of_each(struct file_names *names)
{
	size_t n = 0;

	if (names->n == 0)
		return;
	qsort(names->items, names->n, sizeof(*names->items), compare);
	for (size_t i = 0; i < names->n; i++)
		if (i == 0 || strcmp(names->items[i], names->items[n - 1]) != 0)
			memmove(names->items[n++], names->items[i], sizeof(*names->items));
	names->n = n;
}

bool file_names_read(struct store *st, const char *dir, struct file_names *names, struct err *err)
{
	*names = (struct file_names){ 0 };
	if (!store_each_file(st, add_named, names, err) || !read_rows(st, dir, names, err)) {
		file_names_free(names);
		return false;
	}
	keep_one_of_each(names);
	return true;
}

void file_names_free(struct file_names *names)
{
	free(names->items);
	*names = (struct file_names){ 0 };
}
