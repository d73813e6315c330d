/* SQLite's log in few writes: over a default VFS that counts them, and fails the one it is told to. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/log_file.h"

#include "../check_main.h"

/* ---- the VFS below ---- */

static sqlite3_vfs below;
static sqlite3_vfs *system_vfs;
static sqlite3_io_methods counted;
static const sqlite3_io_methods *of_system;
static int n_log_calls, n_syncs, fail_at;	/* the fail_at-th write or sync of a log fails, from 1; 0: none */
static int failure_of_writes = SQLITE_IOERR_WRITE;

static bool is_to_fail(void)
{
	return ++n_log_calls == fail_at;
}

static int write_counted(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
	return is_to_fail() ? failure_of_writes : of_system->xWrite(file, bytes, n, at);
}

static int sync_counted(sqlite3_file *file, int flags)
{
	n_syncs++;
	return is_to_fail() ? SQLITE_IOERR_FSYNC : of_system->xSync(file, flags);
}

static int open_counted(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *out)
{
	int rc = system_vfs->xOpen(system_vfs, name, file, flags, out);

	(void)self;
	if (rc != SQLITE_OK || !(flags & SQLITE_OPEN_WAL))
		return rc;
	of_system = file->pMethods;
	counted = *of_system;
	counted.xWrite = write_counted;
	counted.xSync = sync_counted;
	file->pMethods = &counted;
	return rc;
}

static void put_vfs_below(void)
{
	system_vfs = sqlite3_vfs_find(NULL);
	below = *system_vfs;
	below.zName = "counted";
	below.xOpen = open_counted;
	ck_assert_int_eq(sqlite3_vfs_register(&below, 1), SQLITE_OK);
	ck_assert_str_eq(log_file_vfs(), "daybook-log");
}

/* ---- a database ---- */

static char dir[64], path[80];

static sqlite3 *open_with(const char *vfs)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA journal_mode=wal; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_spill=0;"
				      "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text); "
				      "CREATE INDEX IF NOT EXISTS i ON t (text)", NULL, NULL, NULL), SQLITE_OK);
	return db;
}

static sqlite3 *open_joined(void)
{
	fail_at = n_log_calls = 0;
	snprintf(dir, sizeof(dir), "/tmp/daybook-log-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/db", dir);
	if (system_vfs == NULL)
		put_vfs_below();
	return open_with(log_file_vfs());
}

static void remove_files(void)
{
	auto_free char *rm = xasprintf("rm -rf %s", dir);

	ck_assert_int_eq(system(rm), 0);
}

static int number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	int n;

	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static int add_rows(sqlite3 *db, int n)
{
	auto_free char *sql = xasprintf("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < %d) "
					"INSERT INTO t (text) SELECT hex(randomblob(200)) FROM c", n);

	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static void expect_rows(sqlite3 *db, int n)
{
	ck_assert_int_eq(number(db, "SELECT count(*) FROM t"), n);
	ck_assert_int_eq(number(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
}

/* ---- cases ---- */

START_TEST(a_commit_is_a_few_writes)
{
	sqlite3 *joined = open_joined(), *plain;
	int by_pages;

	n_log_calls = 0;
	plain = open_with("counted");
	ck_assert_int_eq(add_rows(plain, 1000), SQLITE_OK);
	by_pages = n_log_calls;
	n_log_calls = n_syncs = 0;
	ck_assert_int_eq(add_rows(joined, 1000), SQLITE_OK);
	ck_assert_int_eq(n_syncs, 1);
	ck_assert_int_gt(by_pages, 300);
	ck_assert_int_lt(n_log_calls, by_pages / 10);
	expect_rows(plain, 2000);
	sqlite3_close(joined);
	sqlite3_close(plain);
	remove_files();
}
END_TEST

START_TEST(others_see_each_commit_at_once)
{
	sqlite3 *db = open_joined(), *other = open_with(NULL);

	for (int n = 1; n < 50; n++) {
		ck_assert_int_eq(add_rows(db, 1), SQLITE_OK);
		ck_assert_int_eq(number(other, "SELECT count(*) FROM t"), n);
		if (n % 10 == 0)	/* after it the log begins anew */
			ck_assert_int_eq(sqlite3_wal_checkpoint_v2(other, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL),
					 SQLITE_OK);
	}
	expect_rows(other, 49);
	sqlite3_close(db);
	sqlite3_close(other);
	remove_files();
}
END_TEST

/* Whoever comes next has the log alone to go by. */
START_TEST(what_was_committed_outlives_the_process)
{
	sqlite3 *db = open_joined();
	int status;
	pid_t pid;

	sqlite3_close(db);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		db = open_with(log_file_vfs());
		for (int i = 0; i < 20; i++)
			if (add_rows(db, 10) != SQLITE_OK)
				_exit(1);
		sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
		add_rows(db, 1000);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	db = open_with(NULL);
	expect_rows(db, 200);
	sqlite3_close(db);
	remove_files();
}
END_TEST

START_TEST(a_transaction_larger_than_the_cache_reads_what_it_wrote)
{
	sqlite3 *db = open_joined();

	sqlite3_exec(db, "PRAGMA cache_size=5; BEGIN", NULL, NULL, NULL);
	for (int i = 1; i <= 20; i++) {
		ck_assert_int_eq(add_rows(db, 50), SQLITE_OK);
		expect_rows(db, i * 50);
	}
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	expect_rows(db, 0);
	sqlite3_close(db);
	remove_files();
}
END_TEST

/* In the same places of the log. */
START_TEST(what_was_rolled_back_is_not_written_over_what_others_commit)
{
	sqlite3 *db = open_joined(), *other = open_with(NULL);

	sqlite3_exec(db, "DROP INDEX i", NULL, NULL, NULL);
	ck_assert_int_eq(add_rows(db, 600), SQLITE_OK);
	ck_assert_int_eq(sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA cache_size=10; BEGIN; UPDATE t SET text = replace(text, 'A', 'Z'); ROLLBACK", NULL, NULL, NULL);
	ck_assert_int_eq(sqlite3_exec(other, "UPDATE t SET text = 'new' || substr(text, 4)", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(number(db, "SELECT count(*) FROM t WHERE text LIKE 'new%'"), 600);
	sqlite3_close(other);
	other = open_with(NULL);
	ck_assert_int_eq(number(other, "SELECT count(*) FROM t WHERE text LIKE 'new%'"), 600);
	sqlite3_close(db);
	sqlite3_close(other);
	remove_files();
}
END_TEST

static int add_in_two_steps(sqlite3 *db)
{
	int rc = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);

	rc = rc == SQLITE_OK ? add_rows(db, 150) : rc;
	rc = rc == SQLITE_OK ? add_rows(db, 150) : rc;
	rc = rc == SQLITE_OK ? sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) : rc;
	if (rc != SQLITE_OK)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/* Each write and each sync once: the transaction fails, or it is there. */
static void fail_each_call(int (*add_300)(sqlite3 *))
{
	int calls, had = 100, failures = 0;
	sqlite3 *db = open_joined(), *other = open_with(NULL);

	ck_assert_int_eq(add_rows(db, had), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA cache_size=20", NULL, NULL, NULL);
	for (int at = 1; at == 1 || calls >= at - 1; at++) {
		n_log_calls = 0;
		fail_at = at;
		if (add_300(db) == SQLITE_OK)
			had += 300;
		else
			failures++;
		calls = n_log_calls;
		fail_at = 0;
		expect_rows(other, had);
		expect_rows(db, had);
	}
	ck_assert_int_gt(failures, 5);
	sqlite3_close(db);
	expect_rows(other, had);
	sqlite3_close(other);
	remove_files();
}

static int add_at_once(sqlite3 *db)
{
	return add_rows(db, 300);
}

START_TEST(whichever_call_fails_the_transaction_is_whole_or_gone)
{
	fail_each_call(add_at_once);
	fail_each_call(add_in_two_steps);
	failure_of_writes = SQLITE_FULL;
	fail_each_call(add_at_once);
	fail_each_call(add_in_two_steps);
	failure_of_writes = SQLITE_IOERR_WRITE;
}
END_TEST

RUN("log_file", a_commit_is_a_few_writes, others_see_each_commit_at_once, what_was_committed_outlives_the_process,
    a_transaction_larger_than_the_cache_reads_what_it_wrote, what_was_rolled_back_is_not_written_over_what_others_commit,
    whichever_call_fails_the_transaction_is_whole_or_gone)
