/* What rows that are gone leave behind in pages, in the file and in the log. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/log_file.h"
#include "store/scrub.h"

#include "../check_main.h"

#define GONE "xylophonecanary"

enum { ROWS = 3000 };

static char dir[64], path[80], log_path[90];

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/daybook-scrub-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/db", dir);
	snprintf(log_path, sizeof(log_path), "%s-wal", path);
}

static void remove_dir(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[100];

	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	rmdir(dir);
}

static bool says(const char *file)
{
	static char bytes[8 << 20];
	FILE *f = fopen(file, "r");
	size_t n = f == NULL ? 0 : fread(bytes, 1, sizeof(bytes), f);

	ck_assert(n < sizeof(bytes));
	if (f != NULL)
		fclose(f);
	return memmem(bytes, n, GONE, strlen(GONE)) != NULL;
}

static void run(sqlite3 *db, const char *sql)
{
	char *error = NULL;

	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &error) == SQLITE_OK, "%s: %s", sql, error);
}

static bool is_whole(sqlite3 *db)
{
	sqlite3_stmt *q;
	bool is;

	ck_assert_int_eq(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL), SQLITE_OK);
	is = sqlite3_step(q) == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(q, 0), "ok") == 0;
	sqlite3_finalize(q);
	return is;
}

static sqlite3 *open_with(const char *vfs)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs), SQLITE_OK);
	run(db, "PRAGMA journal_mode=wal; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_spill=0;"
		"PRAGMA secure_delete=1; CREATE TABLE t (id INTEGER PRIMARY KEY, text, key); CREATE UNIQUE INDEX i ON t (key, text)");
	return db;
}

/* In no order, among others that stay, a transaction each few: so pages fill up and are split. */
static void put_and_take(sqlite3 *db)
{
	char sql[200];

	srand(7);
	for (int i = 0; i < ROWS; i++) {
		snprintf(sql, sizeof(sql), "%sINSERT INTO t VALUES (%d, '%s %d', %d)%s", i % 10 ? "" : "BEGIN;", rand() % 100000 * ROWS + i,
			 i % 3 ? GONE : "stays", i, rand() % 1000, i % 10 == 9 ? ";COMMIT" : "");
		run(db, sql);
	}
	run(db, "DELETE FROM t WHERE text LIKE '" GONE "%'; PRAGMA wal_checkpoint(TRUNCATE)");
}

START_TEST(sqlite_leaves_something_behind)	/* or none of this is needed any more */
{
	sqlite3 *db;

	make_dir();
	db = open_with(NULL);
	put_and_take(db);
	ck_assert(says(path));
	sqlite3_close(db);
	remove_dir();
}
END_TEST

START_TEST(nothing_of_a_row_that_is_gone_is_in_the_file)
{
	sqlite3 *db;

	make_dir();
	db = open_with(log_file_vfs());
	put_and_take(db);
	ck_assert(!says(path) && !says(log_path) && is_whole(db));
	/* What this handle keeps in memory says it still, and comes into the log with the next row of a page, not into the file. */
	run(db, "UPDATE t SET key = key + 1; PRAGMA wal_checkpoint");
	ck_assert(says(log_path) && !says(path));
	run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	sqlite3_db_release_memory(db);
	run(db, "UPDATE t SET key = key + 1");
	ck_assert(!says(log_path) && is_whole(db));
	sqlite3_close(db);
	ck_assert(!says(path));
	remove_dir();
}
END_TEST

START_TEST(pages_of_pointers_are_left_alone)		/* auto_vacuum has them; with free pages in the second one */
{
	sqlite3 *db;

	make_dir();
	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, log_file_vfs()), SQLITE_OK);
	run(db, "PRAGMA auto_vacuum=2; PRAGMA journal_mode=wal; PRAGMA wal_autocheckpoint=0; CREATE TABLE t (id INTEGER PRIMARY KEY, bytes)");
	run(db, "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, zeroblob(3000) FROM n;"
		"PRAGMA wal_checkpoint(TRUNCATE); DELETE FROM t WHERE id BETWEEN 700 AND 1500; PRAGMA wal_checkpoint(TRUNCATE)");
	ck_assert(is_whole(db));
	run(db, "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)");
	ck_assert(is_whole(db));
	sqlite3_close(db);
	remove_dir();
}
END_TEST

START_TEST(pages_of_other_kinds_are_left_alone)
{
	unsigned char page[SCRUB_PAGE], out[SCRUB_PAGE];

	memset(page, 'x', sizeof(page));
	ck_assert(!scrub_page(page, false, out) && !scrub_page(page, true, out));
	memset(page, 0, 8);
	ck_assert(!scrub_page(page, false, out));
	/* A leaf of a table with one cell of ten bytes, which begins at 4086. */
	page[0] = 13, page[4] = 1, page[5] = 0x0f, page[6] = 0xf6;
	ck_assert(scrub_page(page, false, out));
	for (size_t i = 0; i < sizeof(page); i++)
		ck_assert_int_eq(out[i], i < 10 || i >= 4086 ? page[i] : 0);
	ck_assert(!scrub_page(out, false, page));	/* nothing is left to be done */
}
END_TEST

START_TEST(what_cannot_be_such_a_page_is_left_alone)
{
	static const unsigned char heads[][8] = {
		{ 13, 0, 0, 0, 1, 0x10, 0x01, 0 },		/* the cells begin behind the page */
		{ 13, 0, 0, 0x08, 0, 0x0f, 0xf0, 0 },		/* more cells than fit */
		{ 13, 0, 9, 0, 1, 0x0f, 0xf0, 0 },		/* a free block among the pointers */
		{ 13, 0x10, 0, 0, 1, 0x0f, 0xf0, 0 },		/* and one behind the page */
		{ 12, 0, 0, 0, 1, 0x0f, 0xf0, 0 },
	};
	unsigned char page[SCRUB_PAGE], out[SCRUB_PAGE];

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		memset(page, 'x', sizeof(page));
		memcpy(page, heads[i], sizeof(heads[i]));
		ck_assert_msg(!scrub_page(page, false, out), "head %zu", i);
	}
}
END_TEST

RUN("scrub", sqlite_leaves_something_behind, nothing_of_a_row_that_is_gone_is_in_the_file, pages_of_pointers_are_left_alone, pages_of_other_kinds_are_left_alone,
    what_cannot_be_such_a_page_is_left_alone)
