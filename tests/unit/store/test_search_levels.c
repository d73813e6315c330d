/* The search index squeezed again and again: as many levels as SQLite bears, and nothing lost, doubled or left. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/forget.h"
#include "store/inside.h"
#include "store/store.h"

#include "../check_main.h"

enum { N_LEFT = 3000 };	/* so many that FTS5 does not put them back on a lower level by itself */

static char dir[64];
static struct store *st;
static struct err err;

static void must(bool ok)
{
	ck_assert_msg(ok, "%s", err.msg);
}

/* The SQL is a literal: statements are kept by its address. */
static int64_t number(const char *sql, int64_t about)
{
	struct query q;
	int64_t n;
	bool has;

	must(query_open(&q, st, sql, &err));
	bind_int(&q, about);
	must(query_step(&q, &has, &err));
	n = has ? column_int(&q) : -1;
	query_close(&q);
	return n;
}

static int levels(void)
{
	struct query q;
	unsigned char first, second;
	bool has;

	must(query_open(&q, st, "SELECT block FROM search_data WHERE id = 10", &err) && query_step(&q, &has, &err));
	first = (unsigned char)column_str(&q).ptr[4];
	query_close(&q);
	must(query_open(&q, st, "SELECT block FROM search_data WHERE id = 10", &err) && query_step(&q, &has, &err));
	second = (unsigned char)column_str(&q).ptr[5];
	query_close(&q);
	return first & 0x80 ? (first & 0x7f) << 7 | second : first;
}

static void put(int64_t id)
{
	char sql[400];

	snprintf(sql, sizeof(sql), "INSERT INTO interaction(id, journal_id, connector_id, channel, direction, kind, occurred_at, recorded_at, key_time,"
				   " key_hash, subject, text) VALUES (%lld, 1, 1, 1, 1, 1, 1, 1, 1, %lld, 'word%lld', 'common of%lld')",
		 (long long)id, (long long)id, (long long)(id % 7), (long long)id);
	must(store_exec(st, sql, &err));
}

static void squeeze(void)
{
	bool is_over = false;

	for (bool is_first = true; !is_over; is_first = false) {
		must(store_begin(st, &err));
		must(store_squeeze_search(st, is_first, &is_over, &err));
		must(store_commit(st, &err));
	}
}

static void fill(void)
{
	size_t fed;

	must(store_begin(st, &err));
	for (int64_t i = 1; i <= N_LEFT; i++)
		put(i);
	must(store_commit(st, &err));
	must(store_feed_search(st, N_LEFT, &fed, &err));
	squeeze();
}

/* Something new, and the oldest away, as an erasure does it. */
static void turn(int64_t i)
{
	size_t fed;

	must(store_begin(st, &err));
	put(i);
	must(store_commit(st, &err));
	must(store_feed_search(st, 100, &fed, &err));
	must(store_begin(st, &err));
	must(store_forget_entry(st, i - N_LEFT, &err));
	must(store_commit(st, &err));
	squeeze();
}

static void check_all(int64_t last)
{
	static const char found[] = "SELECT rowid FROM search WHERE search MATCH 'of' || ?";

	must(store_exec(st, "INSERT INTO search(search, rank) VALUES ('integrity-check', 1)", &err));
	ck_assert_int_eq(number("SELECT count(*) FROM search WHERE search MATCH 'common' AND ? <> 0", 1), N_LEFT);
	ck_assert_int_eq(number(found, last), last);
	ck_assert_int_eq(number(found, last - N_LEFT + 1), last - N_LEFT + 1);
	ck_assert_int_eq(number(found, last - N_LEFT), -1);
}

static void setup(void)
{
	strncpy(dir, "/tmp/daybook-levels-XXXXXX", sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	must(store_open(dir, STORE_WRITER, &st, &err));
	must(store_exec(st, "PRAGMA synchronous = OFF", &err));
}

static void cleanup(void)
{
	char command[100];

	store_close(st);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(squeezing_again_and_again_does_not_wear_the_index_out)
{
	int most = 0;

	setup();
	fill();
	for (int64_t i = N_LEFT + 1; i <= N_LEFT + 100; i++) {
		turn(i);
		most = levels() > most ? levels() : most;
		if (i % 20 == 0)
			check_all(i);
	}
	ck_assert_int_gt(most, 20);
	ck_assert_int_lt(most, 80);
	cleanup();
}
END_TEST

/* 2,000 empty levels below those that there are. The numbers are of one byte each here. */
static void wear_out(void)
{
	char record[8192];
	size_t len = 0, n = (size_t)levels() + 2000;
	struct str old;
	struct query q;
	bool has;

	ck_assert_int_lt(levels(), 0x80);
	must(query_open(&q, st, "SELECT block FROM search_data WHERE id = 10", &err) && query_step(&q, &has, &err));
	old = column_str(&q);
	ck_assert(old.len < 4000 && !(old.ptr[5] & 0x80) && !(old.ptr[6] & 0x80));
	memcpy(record, old.ptr, 4);
	record[4] = (char)(0x80 | n >> 7);
	record[5] = (char)(n & 0x7f);
	memcpy(record + 6, old.ptr + 5, 2);
	memset(record + 8, 0, 4000);
	memcpy(record + 4008, old.ptr + 7, old.len - 7);
	len = 4008 + old.len - 7;
	query_close(&q);
	sqlite3_db_config(st->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	must(query_open(&q, st, "UPDATE search_data SET block = ? WHERE id = 10", &err));
	bind_blob_or_null(&q, (struct str){ record, len });
	must(query_run(&q, NULL, &err));
}

/* As an earlier version left it: more levels than SQLite reads. */
START_TEST(an_index_that_is_worn_out_is_mended_at_the_start)
{
	struct store *reader;
	struct query q;

	setup();
	fill();
	for (int64_t i = N_LEFT + 1; i <= N_LEFT + 5; i++)
		turn(i);
	wear_out();
	ck_assert(store_open(dir, STORE_READER, &reader, &err));
	ck_assert(!query_open(&q, reader, "SELECT count(*) FROM search WHERE search MATCH 'common'", &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "search"));
	store_close(reader);
	store_close(st);
	must(store_open(dir, STORE_WRITER, &st, &err));
	ck_assert_int_lt(levels(), 80);
	check_all(N_LEFT + 5);
	for (int64_t i = N_LEFT + 6; i <= N_LEFT + 20; i++)
		turn(i);
	check_all(N_LEFT + 20);
	cleanup();
}
END_TEST

RUN("store/search_levels", squeezing_again_and_again_does_not_wear_the_index_out, an_index_that_is_worn_out_is_mended_at_the_start)
