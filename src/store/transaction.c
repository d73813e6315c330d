/* Begin, commit, and the log behind them. */
#include "store/inside.h"

bool store_exec(struct store *st, const char *sql, struct err *err)
{
	return sqlite3_exec(st->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       query_failed(st, "exec", err);
}

bool store_begin(struct store *st, struct err *err)
{
	struct query q;

	st->n_deltas = 0;
	changes_drop(&st->changes);
	return query_open(&q, st, "BEGIN IMMEDIATE", err) && query_run(&q, NULL, err);
}

bool store_commit(struct store *st, struct err *err)
{
	struct query q;

	if (!store_flush_ledger(st, err) || !changes_flush(st, err) || !query_open(&q, st, "COMMIT", err) ||
	    !query_run(&q, NULL, err))
		return false;
	changes_committed(st);
	return true;
}

void store_rollback(struct store *st)
{
	st->n_deltas = 0;
	changes_drop(&st->changes);
	if (!sqlite3_get_autocommit(st->db))
		sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
}

bool store_checkpoint(struct store *st, bool truncate, int *wal_pages, int *moved, struct err *err)
{
	int log = 0, done = 0;
	int rc = sqlite3_wal_checkpoint_v2(
		st->db, NULL, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &log,
		&done);

	if (wal_pages != NULL)
		*wal_pages = log;
	if (moved != NULL)
		*moved = done;
	/* A reader in the way is no failure: the next one goes on. */
	return rc == SQLITE_OK || rc == SQLITE_BUSY || query_failed(st, "checkpoint", err);
}

/* Where somebody else is copying just now, SQLite says busy and -1 pages. */
bool store_empty_log(struct store *st, bool *is_empty, struct err *err)
{
	int n_pages;
	bool ok;

	sqlite3_busy_timeout(st->db, 0);
	ok = store_checkpoint(st, true, &n_pages, NULL, err);
	sqlite3_busy_timeout(st->db, STORE_BUSY_TIMEOUT_MS);
	*is_empty = ok && n_pages == 0;
	if (*is_empty)
		sqlite3_db_release_memory(st->db);
	return ok;
}

/* PRAGMA application_id writes its page even when the number stays. */
bool store_try_write(struct store *st, struct err *err)
{
	bool ok;

	sqlite3_busy_timeout(st->db, 0);
	ok = store_checkpoint(st, false, NULL, NULL, err) && store_exec(st, "BEGIN IMMEDIATE", err) &&
	     store_exec(st, "PRAGMA application_id=" STORE_MARK, err) && store_exec(st, "COMMIT", err);
	if (!ok)
		store_rollback(st);
	sqlite3_busy_timeout(st->db, STORE_BUSY_TIMEOUT_MS);
	return ok;
}

int store_wal_pages(const struct store *st)
{
	return st->wal_pages;
}
