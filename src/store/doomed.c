/* What stays behind on the disk when entries are taken away, and is taken away after them: files, and words in the index. */
#include "store/forget.h"

#include "store/inside.h"

enum { SQUEEZE_PAGES = 500 };	/* of the index that are merged in one transaction */

bool store_has_doomed(struct store *st, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM doomed_blob LIMIT 1", err) || !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

bool store_each_file(struct store *st, file_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT body_sha256 FROM journal WHERE body_sha256 IS NOT NULL UNION"
				" SELECT sha256 FROM attachment WHERE sha256 IS NOT NULL ORDER BY 1", err))
		return false;
	while (query_next(&q, err))
		if (!fn(column_str(&q), arg))
			break;
	return query_end(&q);
}

bool store_each_doomed(struct store *st, doomed_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT sha256, sha256 IN (SELECT sha256 FROM attachment WHERE sha256 IS NOT NULL) OR EXISTS"
				" (SELECT 1 FROM journal WHERE body_sha256 IS NOT NULL AND body_sha256 = doomed_blob.sha256)"
				" FROM doomed_blob ORDER BY sha256", err))
		return false;
	while (query_next(&q, err)) {
		struct str name = column_str(&q);

		if (!fn(name, column_int(&q) != 0, arg))
			break;
	}
	return query_end(&q);
}

bool store_doom(struct store *st, struct str sha256, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT OR IGNORE INTO doomed_blob VALUES (?)", err))
		return false;
	bind_str(&q, sha256);
	return query_run(&q, NULL, err);
}

bool store_forget_doomed(struct store *st, struct str sha256, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM doomed_blob WHERE sha256 = ?", err))
		return false;
	bind_str(&q, sha256);
	return query_run(&q, NULL, err);
}

bool store_has_deleted_words(struct store *st, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM search_state WHERE has_deleted", err) || !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

/* FTS5 keeps the words of a deleted row, and beside them that it is deleted, until both are merged away. A negative number
 * begins with all segments there are; were it given again, what came in meanwhile would make it begin anew. */
bool store_squeeze_search(struct store *st, bool is_first, bool *is_over, struct err *err)
{
	int64_t before = sqlite3_total_changes64(st->db);
	struct query q;

	if (!query_open(&q, st, "INSERT INTO search(search, rank) VALUES ('merge', ?)", err))
		return false;
	bind_int(&q, is_first ? -SQUEEZE_PAGES : SQUEEZE_PAGES);
	if (!query_run(&q, NULL, err))
		return false;
	*is_over = sqlite3_total_changes64(st->db) - before < 2;
	return !*is_over || (store_exec(st, "UPDATE search_state SET has_deleted = 0", err) && store_level_search(st, err));
}
