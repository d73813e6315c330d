/* What stays behind on the disk when entries are taken away, and is taken away after them: files, and words in the index. */
#include <stdio.h>
#include <string.h>

#include "store/blob.h"
#include "store/forget.h"
#include "store/inside.h"

enum {
	REST_S = 3600,		/* a message on its way may count on a file that was kept or met within this time */
	AT_ONCE = 256,
	SQUEEZE_PAGES = 500,	/* of the index that are merged in one transaction */
};

bool store_has_doomed(struct store *st, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM doomed_blob LIMIT 1", err) || !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

/* What is named again, by a message that came since. */
static bool spare(struct store *st, struct err *err)
{
	return store_exec(st, "DELETE FROM doomed_blob WHERE sha256 IN (SELECT sha256 FROM attachment"
			      "  WHERE sha256 IS NOT NULL)"
			      " OR EXISTS (SELECT 1 FROM journal WHERE body_sha256 IS NOT NULL AND body_sha256 = doomed_blob.sha256)",
			  err);
}

static bool forget(struct store *st, struct str sha256, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM doomed_blob WHERE sha256 = ?", err))
		return false;
	bind_str(&q, sha256);
	return query_run(&q, NULL, err);
}

/* The file goes before the row that says so is committed: should that not come about, it is looked for in vain the next
 * time, and no file is left that nobody knows of. */
static bool remove_one(struct store *st, struct str sha256, struct err *err)
{
	bool is_gone;

	return blob_remove(st->dir, sha256, REST_S, &is_gone, err) && (!is_gone || forget(st, sha256, err));
}

bool store_remove_blobs(struct store *st, char last[65], struct err *err)
{
	char names[AT_ONCE][65];
	struct query q;
	size_t n = 0;

	if (!spare(st, err) ||
	    !query_open(&q, st, "SELECT sha256 FROM doomed_blob WHERE sha256 > ? ORDER BY sha256 LIMIT ?", err))
		return false;
	bind_str(&q, str_from(last));
	bind_int(&q, AT_ONCE);
	while (query_next(&q, err))
		snprintf(names[n++], sizeof(*names), "%s", column_str(&q).ptr);
	if (!query_end(&q))
		return false;
	last[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (!remove_one(st, str_from(names[i]), err))
			return false;
		memcpy(last, names[i], sizeof(*names));
	}
	return true;
}

/* FTS5 keeps the words of a deleted row, and beside them that it is deleted, until both are merged away. */
bool store_squeeze_search(struct store *st, bool *is_over, struct err *err)
{
	int64_t before = sqlite3_total_changes64(st->db);
	struct query q;

	if (!query_open(&q, st, "INSERT INTO search(search, rank) VALUES ('merge', ?)", err))
		return false;
	bind_int(&q, -SQUEEZE_PAGES);
	if (!query_run(&q, NULL, err))
		return false;
	*is_over = sqlite3_total_changes64(st->db) - before < 2;
	return true;
}
