/* What a handle is set to, read back after it was set. */
#include <string.h>

#include "base/mem.h"
#include "store/inside.h"

struct setting {
	const char *set, *get, *want;
};
#define SETTING(name, value) { "PRAGMA " name "=" value, "PRAGMA " name, value }

/* A setting that did not take is worse than one never asked for: read it back. */
static bool assert_setting(struct store *st, const struct setting *s, struct err *err)
{
	sqlite3_stmt *stmt;
	const char *got;
	bool ok;

	if (!store_exec(st, s->set, err))
		return false;
	if (sqlite3_prepare_v2(st->db, s->get, -1, &stmt, NULL) != SQLITE_OK)
		return query_failed(st, s->get, err);
	got = sqlite3_step(stmt) == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
	ok = got != NULL && strcasecmp(got, s->want) == 0;
	if (!ok)
		err_setf(err, ERR_CONF,
			 "store: %s is \"%s\", must be \"%s\"; this SQLite cannot be trusted with it",
			 s->get, got ? got : "", s->want);
	sqlite3_finalize(stmt);
	return ok;
}

static bool assert_settings(struct store *st, const struct setting *settings, size_t n,
			    struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (!assert_setting(st, &settings[i], err))
			return false;
	return true;
}

static void set_limits(sqlite3 *db, enum store_mode mode)
{
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 64 << 20);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 64 << 10);
	sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 50);
	sqlite3_limit(db, SQLITE_LIMIT_VARIABLE_NUMBER, 999);
	sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 300);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, mode != STORE_REBUILD, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
}

bool store_assert_settings(struct store *st, struct err *err)
{
	static const struct setting every[] = {
		SETTING("mmap_size", "0"), SETTING("cell_size_check", "1"),
		SETTING("trusted_schema", "0"), SETTING("temp_store", "2"),
	};
	static const struct setting reader[] = { SETTING("query_only", "1"), SETTING("cache_size", "-8192") };
	static const struct setting owner[] = { SETTING("page_size", "4096"), SETTING("journal_mode", "wal") };
	/* FULL: with NORMAL a power loss takes what was acknowledged. */
	static const struct setting writing[] = {
		{ "PRAGMA synchronous=FULL", "PRAGMA synchronous", "2" },
		SETTING("foreign_keys", "1"), SETTING("secure_delete", "1"),
		SETTING("wal_autocheckpoint", "0"), SETTING("journal_size_limit", "67108864"),
		/* No more: each commit walks through all of it, and the system caches the file anyway. */
		SETTING("cache_size", "-16384"),
		/* Nothing goes into the log but by a commit: log_file.h counts on it. */
		SETTING("cache_spill", "0"),
	};
	static const struct setting mark[] = { SETTING("application_id", STORE_MARK) };

	set_limits(st->db, st->mode);
	sqlite3_busy_timeout(st->db, STORE_BUSY_TIMEOUT_MS);
	sqlite3_extended_result_codes(st->db, 1);
	if (!assert_settings(st, every, countof(every), err))
		return false;
	if (st->mode == STORE_READER || st->mode == STORE_AT_REST)
		return assert_settings(st, reader, countof(reader), err);
	if (st->mode != STORE_HELPER && !assert_settings(st, owner, countof(owner), err))
		return false;
	return assert_settings(st, writing, countof(writing), err) &&
	       (st->mode == STORE_HELPER || assert_settings(st, mark, 1, err));
}
