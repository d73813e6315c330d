#include "store/scrub.h"

#include <stddef.h>
#include <string.h>

enum { FILE_HEADER = 100, LEAF_HEADER = 8, INNER_HEADER = 12, INDEX_INNER = 2, TABLE_INNER = 5, INDEX_LEAF = 10, TABLE_LEAF = 13 };

/* A page of another kind begins with the number of a page, whose first byte is 0 in databases of this size. */
#define LARGEST ((sqlite3_int64)1 << 36)

/* ---- a page ---- */

static size_t number(const unsigned char *at)
{
	return (size_t)at[0] << 8 | at[1];
}

/* The header of a b-tree page: kind, first free block, number of cells, where their content starts. */
static bool find_gap(const unsigned char *page, size_t header, size_t *from, size_t *to)
{
	unsigned char kind = page[header];
	bool is_leaf = kind == INDEX_LEAF || kind == TABLE_LEAF;
	size_t free_block = number(page + header + 1);

	if (!is_leaf && kind != INDEX_INNER && kind != TABLE_INNER)
		return false;
	*from = header + (is_leaf ? LEAF_HEADER : INNER_HEADER) + 2 * number(page + header + 3);
	*to = number(page + header + 5);
	return *from <= *to && *to <= SCRUB_PAGE && (free_block == 0 || (free_block >= *to && free_block < SCRUB_PAGE));
}

bool scrub_page(const unsigned char page[SCRUB_PAGE], bool is_first, unsigned char out[SCRUB_PAGE])
{
	size_t from, to, at;

	if (!find_gap(page, is_first ? FILE_HEADER : 0, &from, &to))
		return false;
	for (at = from; at < to && page[at] == 0; at++)
		;
	if (at == to)
		return false;
	memcpy(out, page, from);
	memset(out + from, 0, to - from);
	memcpy(out + to, page + to, SCRUB_PAGE - to);
	return true;
}

/* ---- the file ---- */

/* The methods of the system's own file, but for one. They lie behind that file, and it points to them. */
struct scrubbed {
	sqlite3_io_methods methods;
	const sqlite3_io_methods *of_base;
};

/* Under auto_vacuum a page of pointers begins with a kind of its own, which may be 2 or 5: header of the file, 52 to 55. */
static bool has_pointer_pages(sqlite3_file *file, const sqlite3_io_methods *base)
{
	static const unsigned char none[4];
	unsigned char is[4];

	return base->xRead(file, is, sizeof(is), 52) != SQLITE_OK || memcmp(is, none, sizeof(none)) != 0;
}

static int write_page(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
	const sqlite3_io_methods *base = ((const struct scrubbed *)(const void *)file->pMethods)->of_base;
	unsigned char page[SCRUB_PAGE];
	sqlite3_int64 size;

	if (n == SCRUB_PAGE && at % SCRUB_PAGE == 0 && scrub_page(bytes, at == 0, page) &&
	    base->xFileSize(file, &size) == SQLITE_OK && size < LARGEST && !has_pointer_pages(file, base))
		bytes = page;
	return base->xWrite(file, bytes, n, at);
}

int scrub_open(sqlite3_vfs *base, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	int rc = base->xOpen(base, name, file, flags, out_flags);
	size_t align = _Alignof(struct scrubbed), at = ((size_t)base->szOsFile + align - 1) / align * align;
	struct scrubbed *s = (struct scrubbed *)(void *)((char *)file + at);

	if (file->pMethods == NULL)
		return rc;
	*s = (struct scrubbed){ .methods = *file->pMethods, .of_base = file->pMethods };
	s->methods.xWrite = write_page;
	file->pMethods = &s->methods;
	return rc;
}

int scrub_room(void)
{
	return (int)(sizeof(struct scrubbed) + _Alignof(struct scrubbed));
}
