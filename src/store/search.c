/* Full text: fed in slices behind a durable watermark, read newest first. */
#include "base/buf.h"
#include "base/clock.h"
#include "store/inside.h"
#include "store/party.h"
#include "store/search_text.h"

enum { DEADLINE_MS = 2000, PROGRESS_STEPS = 10000 };

static bool watermark(struct store *st, const char *sql, int64_t *id, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, sql, err) || !query_step(&q, &has, err))
		return false;
	*id = column_int(&q);
	query_close(&q);
	return true;
}

/* The id of the last row of the next slice; *last 0 when nothing waits. */
static bool slice_end(struct store *st, int64_t after, size_t limit, int64_t *last, size_t *n,
		      struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT max(id), count(*) FROM"
				" (SELECT id FROM interaction WHERE id > ? ORDER BY id LIMIT ?)", err))
		return false;
	bind_int(&q, after);
	bind_int(&q, (int64_t)limit);
	if (!query_step(&q, &has, err))
		return false;
	*last = column_int(&q);
	*n = (size_t)column_int(&q);
	query_close(&q);
	return true;
}

static bool move_watermark(struct store *st, const char *sql, int64_t last, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, last);
	return query_run(&q, NULL, err);
}

static bool feed_words(struct store *st, int64_t after, int64_t last, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO search(rowid, subject, text) SELECT id, subject, text"
				" FROM interaction_search WHERE id > ? AND id <= ?", err))
		return false;
	bind_int(&q, after);
	bind_int(&q, last);
	return query_run(&q, NULL, err) && move_watermark(st, "UPDATE search_state SET done_id = ?", last, err);
}

static bool feed_parties(struct store *st, int64_t after, int64_t last, struct err *err)
{
	return party_list(st, after, last, err) && move_watermark(st, "UPDATE search_state SET listed_id = ?", last, err);
}

typedef bool (*feed_fn)(struct store *st, int64_t after, int64_t last, struct err *err);

static bool feed(struct store *st, const char *mark, feed_fn fn, size_t limit, size_t *fed, struct err *err)
{
	int64_t after, last;

	*fed = 0;
	if (!watermark(st, mark, &after, err) || !slice_end(st, after, limit, &last, fed, err))
		return false;
	if (*fed == 0)
		return true;
	if (!store_begin(st, err))
		return false;
	if (fn(st, after, last, err) && store_commit(st, err))
		return true;
	store_rollback(st);
	*fed = 0;
	return false;
}

bool store_feed_search(struct store *st, size_t limit, size_t *fed, struct err *err)
{
	return feed(st, "SELECT done_id FROM search_state", feed_words, limit, fed, err);
}

bool store_feed_parties(struct store *st, size_t limit, size_t *fed, struct err *err)
{
	return feed(st, "SELECT listed_id FROM search_state", feed_parties, limit, fed, err);
}

bool store_search_lag(struct store *st, int64_t *n_rows, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT count(*) FROM interaction"
				" WHERE id > (SELECT done_id FROM search_state)", err) ||
	    !query_step(&q, &has, err))
		return false;
	*n_rows = column_int(&q);
	query_close(&q);
	return true;
}

/* What lies above the watermark is indexed on the spot, in memory and with the same tokenizer, so
 * that a search is exact at any moment, also with the daemon down. */
bool store_index_recent(struct store *st, struct err *err)
{
	return store_exec(st, "PRAGMA query_only = 0", err) &&
	       store_exec(st, "CREATE VIRTUAL TABLE IF NOT EXISTS temp.recent USING fts5(subject, text,"
			      " tokenize = 'unicode61 remove_diacritics 2')", err) &&
	       store_exec(st, "DELETE FROM temp.recent", err) &&
	       store_exec(st, "INSERT INTO temp.recent(rowid, subject, text) SELECT id, subject, text"
			      " FROM main.interaction_search WHERE id >"
			      " (SELECT done_id FROM main.search_state) ORDER BY id LIMIT 5000", err);
}

static int is_late(void *arg)
{
	return clock_mono_us() > *(int64_t *)arg;
}

struct found {
	int64_t ids[1000];
	size_t n;
};

static bool collect(struct store *st, const char *sql, struct str match, size_t limit,
		    struct found *found, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_str(&q, match);
	bind_int(&q, (int64_t)limit);
	while (query_next(&q, err)) {
		if (found->n < limit)
			found->ids[found->n++] = column_int(&q);
	}
	return query_end(&q);
}

static bool find(struct store *st, struct str match, size_t limit, struct found *found,
		 struct err *err)
{
	int64_t deadline = clock_mono_us() + DEADLINE_MS * US_PER_MS;
	bool ok;

	sqlite3_progress_handler(st->db, PROGRESS_STEPS, is_late, &deadline);
	ok = store_index_recent(st, err) &&
	     collect(st, "SELECT rowid FROM temp.recent WHERE recent MATCH ? ORDER BY rowid DESC LIMIT ?",
		     match, limit, found, err) &&
	     collect(st, "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?",
		     match, limit, found, err);
	sqlite3_progress_handler(st->db, 0, NULL, NULL);
	if (!ok && err->kind == ERR_LIMIT)
		err_setf(err, ERR_LIMIT, "the search took longer than %d s; use rarer words",
			 DEADLINE_MS / 1000);
	return ok;
}

bool store_search(struct store *st, struct str query, size_t limit, interaction_fn fn, void *arg,
		  struct err *err)
{
	struct found found = { .n = 0 };
	struct buf match;
	bool ok;

	if (limit == 0 || limit > 1000)
		limit = 1000;
	buf_init(&match, 4096);
	ok = search_text(query, &match, err) &&
	     (match.len == 0 || find(st, buf_str(&match), limit, &found, err));
	for (size_t i = 0; ok && i < found.n; i++)
		ok = store_get_interaction(st, found.ids[i], fn, arg, err);
	buf_finish(&match);
	return ok;
}
