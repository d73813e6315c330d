/* The levels of the search index. FTS5 puts all that a full merge makes (store_squeeze_search) on a level above the highest one, which was
 * empty before, and until SQLite 3.43 nothing bounds their number but the reader: an index of more than 2,000 levels is "malformed", and
 * with it every write to it. Each squeeze adds about two, so that a thousand erasures would do. Empty levels mean nothing; they are
 * taken out of the record of the index's structure here (fts5_index.c, "Structure record": a cookie of 4 bytes; the numbers of levels and
 * segments and of writes so far; for each level the number of its segments that are being merged, of all of them, and of each its id,
 * first and last page). Later versions of SQLite begin another format by 0xff and bound the number themselves: they are left alone. */
#include "store/forget.h"

#include <string.h>

#include "base/buf.h"
#include "store/inside.h"

enum { MAX_LEVELS = 64, MAX_GAP = 8, COOKIE = 4, MAX_RECORD = 1 << 20, MAX_VARINT = 9, NEWER_FORMAT = 0xff };

struct reading {
	struct str rest;
	bool is_bad;
};

static uint64_t take_varint(struct reading *r)
{
	uint64_t value = 0;

	for (size_t i = 0; i < MAX_VARINT && i < r->rest.len; i++) {
		unsigned char byte = (unsigned char)r->rest.ptr[i];

		value = i == MAX_VARINT - 1 ? value << 8 | byte : value << 7 | (byte & 0x7f);
		if (i < MAX_VARINT - 1 && (byte & 0x80))
			continue;
		r->rest = str_sub(r->rest, i + 1, r->rest.len);
		return value;
	}
	r->is_bad = true;
	return 0;
}

/* Levels, segments and pages are small; the number of writes is copied as it stands. */
static void put_small(struct buf *out, uint64_t value)
{
	char bytes[MAX_VARINT];
	size_t at = sizeof(bytes);

	bytes[--at] = (char)(value & 0x7f);
	for (value >>= 7; value > 0 && at > 1; value >>= 7)
		bytes[--at] = (char)((value & 0x7f) | 0x80);
	buf_add(out, (struct str){ bytes + at, sizeof(bytes) - at });
}

/* One level as it stands, segments and all. */
static struct str take_level(struct reading *r, bool *is_empty)
{
	const char *begin = r->rest.ptr;
	uint64_t n_merging = take_varint(r), n = take_varint(r);

	for (uint64_t i = 0; i < 3 * n && !r->is_bad; i++)
		take_varint(r);
	*is_empty = n == 0 && n_merging == 0;
	return (struct str){ begin, (size_t)(r->rest.ptr - begin) };
}

/* Of many empty levels in a row a few stay: what is above is much larger than what is below. */
static size_t put_levels(struct reading *r, uint64_t n_levels, struct buf *out)
{
	size_t n = 0, n_empty = 0;
	bool is_empty;

	for (uint64_t i = 0; i < n_levels && !r->is_bad; i++) {
		struct str level = take_level(r, &is_empty);

		n_empty = is_empty ? n_empty + 1 : 0;
		if (n_empty > MAX_GAP)
			continue;
		buf_add(out, level);
		n++;
	}
	return n;
}

/* False: it is fine as it is, or not understood. */
static bool level(struct str record, struct buf *out)
{
	struct reading r = { .rest = str_sub(record, COOKIE, record.len) };
	struct buf levels;
	struct str numbers;
	uint64_t n_levels, n_segments;
	size_t n;

	if (record.len <= COOKIE || (unsigned char)record.ptr[COOKIE] == NEWER_FORMAT)
		return false;
	n_levels = take_varint(&r);
	if (n_levels <= MAX_LEVELS)
		return false;
	n_segments = take_varint(&r);
	numbers.ptr = r.rest.ptr;
	take_varint(&r);
	numbers.len = (size_t)(r.rest.ptr - numbers.ptr);
	buf_init(&levels, MAX_RECORD);
	n = put_levels(&r, n_levels, &levels);
	buf_add(out, str_sub(record, 0, COOKIE));
	put_small(out, n);
	put_small(out, n_segments);
	buf_add(out, numbers);
	buf_add(out, buf_str(&levels));
	buf_finish(&levels);
	return !r.is_bad && r.rest.len == 0 && !buf_is_exceeded(out);
}

static bool read_levelled(struct store *st, struct buf *out, bool *is, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT block FROM search_data WHERE id = 10", err) || !query_step(&q, &has, err))
		return false;
	*is = has && level(column_str(&q), out);
	query_close(&q);
	return true;
}

static bool write_record(struct store *st, struct str record, struct err *err)
{
	struct query q;
	bool ok;

	/* Tables of an index may be written by the index alone, but for this. */
	sqlite3_db_config(st->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	ok = query_open(&q, st, "UPDATE search_data SET block = ? WHERE id = 10", err);
	if (ok) {
		bind_blob_or_null(&q, record);
		ok = query_run(&q, NULL, err);
	}
	sqlite3_db_config(st->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return ok;
}

/* Should FTS5 have the structure as it was in memory, it writes that with its next change: the same segments, on as many levels as
 * before, until the next squeeze. */
bool store_level_search(struct store *st, struct err *err)
{
	struct buf record;
	bool is = false, ok;

	buf_init(&record, MAX_RECORD);
	ok = read_levelled(st, &record, &is, err) && (!is || write_record(st, buf_str(&record), err));
	buf_finish(&record);
	return ok;
}
