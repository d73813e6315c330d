/* Every verb of the store on a fresh one in a temporary folder. */
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/blob.h"
#include "store/body.h"
#include "store/inside.h"
#include "store/search_text.h"
#include "store/store.h"
#include "store/writer.h"

#include "../check_main.h"

static char dir[64];
static struct store *st;
static struct err err;
static int64_t sales;

static void setup(void)
{
	strncpy(dir, "/tmp/daybook-store-XXXXXX", sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_msg(store_open(dir, STORE_WRITER, &st, &err), "%s", err.msg);
	ck_assert(store_begin(st, &err));
	ck_assert(store_connector(st, STR("sales"), STR("whatsapp"), &sales, &err));
	ck_assert(store_commit(st, &err));
}

static void cleanup(void)
{
	auto_free char *rm = xasprintf("rm -rf %s", dir);

	store_close(st);
	ck_assert_int_eq(system(rm), 0);
}

static struct interaction_row message(const char *external_id, const char *text)
{
	struct interaction_row row = { .journal_id = 1, .connector = sales, .recorded_us = 5 };

	row.id = store_new_id(st, clock_wall_us());
	row.it.channel = CHANNEL_WHATSAPP;
	row.it.direction = DIRECTION_IN;
	row.it.kind = KIND_MESSAGE;
	row.it.account = STR("100");
	row.it.external_id = str_from(external_id);
	row.it.key_us = row.it.occurred_us = 1000;
	row.it.text = str_from(text);
	return row;
}

static enum put_result put(const struct interaction_row *row, int64_t *existing)
{
	enum put_result result;

	ck_assert(store_begin(st, &err));
	ck_assert_msg(store_put_interaction(st, row, &result, existing, &err), "%s", err.msg);
	ck_assert_msg(store_commit(st, &err), "%s", err.msg);
	return result;
}

static bool count_row(const struct interaction_row *row, void *arg)
{
	(void)row;
	(*(int *)arg)++;
	return true;
}

START_TEST(the_same_event_is_stored_once)
{
	struct interaction_row a, b;
	int64_t existing;
	int n = 0;

	setup();
	a = message("wamid.1", "hello");
	b = message("wamid.1", "hello");
	ck_assert_int_eq(put(&a, &existing), PUT_STORED);
	ck_assert_int_eq(put(&b, &existing), PUT_DUPLICATE);
	ck_assert_int_eq(existing, a.id);
	b.it.kind = KIND_REACTION;
	ck_assert_int_eq(put(&b, &existing), PUT_STORED);
	ck_assert(store_each_interaction(st, 0, 0, count_row, &n, &err));
	ck_assert_int_eq(n, 2);
	cleanup();
}
END_TEST

/* Directly, and once more through a list. */
START_TEST(a_mail_is_the_same_mail_whatever_sort_it_is_taken_for)
{
	struct interaction_row a, b;
	int64_t existing;

	setup();
	a = message("m1@example.com", "hello");
	b = message("m1@example.com", "hello");
	a.it.channel = b.it.channel = CHANNEL_EMAIL;
	b.it.kind = KIND_BULK;
	ck_assert_int_eq(put(&a, &existing), PUT_STORED);
	ck_assert_int_eq(put(&b, &existing), PUT_DUPLICATE);
	ck_assert_int_eq(existing, a.id);
	cleanup();
}
END_TEST

START_TEST(what_was_rolled_back_is_not_there)
{
	struct interaction_row a;
	enum put_result result;
	int64_t existing;
	int n = 0;

	setup();
	a = message("wamid.1", "hello");
	ck_assert(store_begin(st, &err));
	ck_assert(store_put_interaction(st, &a, &result, &existing, &err));
	store_count(st, sales, OUTCOME_STORED, 1);
	store_rollback(st);
	ck_assert(store_each_interaction(st, 0, 0, count_row, &n, &err));
	ck_assert_int_eq(n, 0);
	ck_assert_msg(store_check_ledger(st, &err), "%s", err.msg);
	cleanup();
}
END_TEST

START_TEST(an_unbalanced_ledger_is_named)
{
	setup();
	ck_assert(store_begin(st, &err));
	store_received(st, sales, 2, 7);
	store_count(st, sales, OUTCOME_STORED, 1);
	ck_assert(store_commit(st, &err));
	ck_assert(!store_check_ledger(st, &err));
	ck_assert_str_eq(err.msg, "ledger of \"sales\": stored counted 1, found 0");
	cleanup();
}
END_TEST

START_TEST(a_second_owner_is_refused)
{
	struct store *second;
	auto_free char *want = NULL;

	setup();
	ck_assert(!store_open(dir, STORE_WRITER, &second, &err));
	ck_assert_int_eq(err.kind, ERR_AGAIN);
	want = xasprintf("store: another daybookd (or a rebuild) is using %s; stop it first, or give this "
			 "one another storage.path", dir);
	ck_assert_str_eq(err.msg, want);
	cleanup();
}
END_TEST

static long bytes_read(void)
{
	FILE *file = fopen("/proc/self/io", "r");
	long n = -1;

	ck_assert_int_eq(fscanf(file, "rchar: %ld", &n), 1);
	fclose(file);
	return n;
}

static void put_journal_row(enum outcome outcome)
{
	static const char body[2000] = "x";
	struct journal_row row = { .connector = sales, .kind = JOURNAL_RAW, .outcome = outcome,
				   .body = { body, sizeof(body) }, .size = sizeof(body) };

	row.id = row.base_id = store_new_id(st, clock_wall_us());
	ck_assert_msg(store_put_journal(st, &row, &err), "%s", err.msg);
}

static bool count_journal(const struct journal_row *row, void *arg)
{
	ck_assert_int_eq(row->outcome, OUTCOME_PENDING);
	(*(int *)arg)++;
	return true;
}

static bool keep_id(const struct journal_row *row, void *arg)
{
	*(int64_t *)arg = row->id;
	return true;
}

static const char *const changes[] = {
	"UPDATE journal SET body = zeroblob(2000)", "UPDATE journal SET body = NULL", "UPDATE journal SET meta = 'origin: x'",
	"UPDATE journal SET content_type = 'application/json'", "UPDATE journal SET outcome = 3", "UPDATE journal SET encoding = 1",
	"UPDATE journal SET size = 1999", "UPDATE journal SET body_sha256 = 'ab'", "DELETE FROM journal",
};

/* It is looked for every few seconds, in stores of millions of rows. */
START_TEST(what_is_pending_is_found_without_reading_the_rest)
{
	struct store *reader;
	long before;
	int n = 0;

	setup();
	ck_assert(store_begin(st, &err));
	for (int i = 0; i < 1000; i++)
		put_journal_row(i == 500 ? OUTCOME_PENDING : OUTCOME_STORED);
	ck_assert(store_commit(st, &err));
	ck_assert(store_open(dir, STORE_READER, &reader, &err));
	before = bytes_read();
	ck_assert_msg(store_each_pending(reader, count_journal, &n, &err), "%s", err.msg);
	ck_assert_int_eq(n, 1);
	ck_assert_int_lt(bytes_read() - before, 200000);
	store_close(reader);
	cleanup();
}
END_TEST

/* Who read a row outside of the writer must not write over what an erasure made of it. */
START_TEST(a_row_that_was_changed_is_told_from_the_one_that_was_read)
{
	struct arena *arena = arena_create(1 << 20);
	struct journal_row row;
	uint64_t print;
	bool is;

	setup();
	put_journal_row(OUTCOME_STORED);
	ck_assert(store_each_journal(st, 0, keep_id, &row.id, &err));
	ck_assert_msg(store_get_journal(st, row.id, arena, &row, &err), "%s", err.msg);
	print = journal_print(&row);
	ck_assert(store_is_row_as(st, row.id + 1, print, &is, &err) && !is);
	for (size_t i = 0; i < countof(changes); i++) {
		ck_assert_msg(store_begin(st, &err) && store_exec(st, changes[i], &err), "%s: %s", changes[i], err.msg);
		ck_assert_msg(store_is_row_as(st, row.id, print, &is, &err) && !is, "%s", changes[i]);
		store_rollback(st);
	}
	ck_assert(store_is_row_as(st, row.id, print, &is, &err) && is);
	arena_destroy(arena);
	cleanup();
}
END_TEST

START_TEST(a_reader_needs_a_store)
{
	struct store *reader;

	ck_assert(!store_open("/tmp", STORE_READER, &reader, &err));
	ck_assert_int_eq(err.kind, ERR_MISSING);
	ck_assert_str_eq(err.msg, "store: there is none at /tmp/daybook.db yet; it is made when daybookd first starts");
}
END_TEST

START_TEST(a_newer_schema_is_refused)
{
	auto_free char *sql = NULL;

	setup();
	store_close(st);
	sql = xasprintf("sqlite3 %s/daybook.db 'PRAGMA user_version = 99'", dir);
	ck_assert_int_eq(system(sql), 0);
	ck_assert(!store_open(dir, STORE_WRITER, &st, &err));
	ck_assert_int_eq(err.kind, ERR_CONF);
	ck_assert_ptr_nonnull(strstr(err.msg, "was written by a newer daybook (schema 99"));
	st = NULL;
	cleanup();
}
END_TEST

START_TEST(a_search_finds_what_was_just_stored)
{
	struct interaction_row a;
	struct store *reader;
	int64_t existing;
	size_t fed;
	int n = 0;

	setup();
	a = message("wamid.1", "or\xc3\xa7" "amento para sexta");
	put(&a, &existing);
	ck_assert(store_open(dir, STORE_READER, &reader, &err));
	ck_assert_msg(store_search(reader, STR("orcamento sexta"), 10, count_row, &n, &err), "%s", err.msg);
	ck_assert_int_eq(n, 1);		/* not indexed yet: found above the watermark */
	ck_assert(store_feed_search(st, 512, &fed, &err));
	ck_assert_uint_eq(fed, 1);
	ck_assert(store_search(reader, STR("\"para sexta\""), 10, count_row, &n, &err));
	ck_assert_int_eq(n, 2);
	ck_assert(store_search(reader, STR("-sexta OR (NEAR \""), 10, count_row, &n, &err));
	ck_assert(store_search(reader, STR("orc*"), 10, count_row, &n, &err));
	ck_assert_int_eq(n, 3);
	store_close(reader);
	cleanup();
}
END_TEST

START_TEST(search_texts_cannot_be_wrong)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert(search_text(STR("a@b.com -x \"two words\" y* *"), &out, &err));
	ck_assert_str_eq(out.ptr, "\"a@b.com\" \"-x\" \"two words\" \"y*\"*");
	buf_clear(&out);
	ck_assert(!search_text(STR("\xff"), &out, &err));
	ck_assert_str_eq(err.msg, "the search text is not UTF-8");
	ck_assert(!search_text(STR("a a a a a a a a a a a a a a a a a"), &out, &err));
	ck_assert_str_eq(err.msg, "the search has more than 16 words");
	buf_finish(&out);
}
END_TEST

START_TEST(bodies_come_back_as_they_were)
{
	struct str json = STR("{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[]}]}");
	char *encoded, *plain;
	size_t n;
	int encoding = body_encode(json, true, &encoded, &n);

	ck_assert_int_eq(encoding, BODY_ZSTD_JSON_1);
	ck_assert_uint_lt(n, json.len);
	ck_assert(body_decode(encoding, (struct str){ encoded, n }, (int64_t)json.len, &plain, &err));
	ck_assert_str_eq(plain, json.ptr);
	free(plain);
	ck_assert(!body_decode(encoding, (struct str){ encoded, n - 1 }, (int64_t)json.len, &plain, &err));
	ck_assert_int_eq(err.kind, ERR_IO);
	free(encoded);
}
END_TEST

START_TEST(blobs_are_named_by_what_they_hold)
{
	struct blob *b;
	char hex[65], *bytes;
	size_t n;
	auto_free char *spoil = NULL;

	setup();
	for (int i = 0; i < 2; i++) {	/* the second time it is there already */
		ck_assert(blob_open(dir, &b, &err));
		ck_assert(blob_add(b, STR("ab"), &err));
		ck_assert(blob_add(b, STR("c"), &err));
		ck_assert_msg(blob_keep(b, hex, &err), "%s", err.msg);
	}
	ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	ck_assert(blob_read(dir, str_from(hex), &bytes, &n, &err));
	ck_assert_str_eq(bytes, "abc");
	free(bytes);
	spoil = xasprintf("echo x > %s/blobs/ba/%s; test -z \"$(ls %s/blobs | grep tmp)\"", dir, hex, dir);
	ck_assert_int_eq(system(spoil), 0);
	ck_assert(!blob_read(dir, str_from(hex), &bytes, &n, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "does not hold what its name says"));
	cleanup();
}
END_TEST

/* ---- the writer ---- */

struct test_job {
	struct job job;
	int64_t id;
	bool fails;
	struct err result;
};

static int n_done;

static bool test_apply(struct job *job, struct store *s, struct err *e)
{
	struct test_job *t = (struct test_job *)job;
	struct interaction_row row;
	enum put_result result;
	auto_free char *name = xasprintf("wamid.%lld", (long long)t->id);
	int64_t existing;

	if (t->fails)
		return err_setf(e, ERR_BUG, "planted");
	row = message(name, "x");
	return store_put_interaction(s, &row, &result, &existing, e);
}

static void test_done(struct job *job, const struct err *e)
{
	struct test_job *t = (struct test_job *)job;

	t->result = e ? *e : (struct err){ 0 };
	__atomic_add_fetch(&n_done, 1, __ATOMIC_SEQ_CST);
}

static void on_fatal(const struct err *e, void *arg)
{
	(void)e;
	(void)arg;
	abort();
}

START_TEST(one_bad_job_does_not_fail_its_neighbours)
{
	enum { N = 200 };
	static struct test_job jobs[N];
	const struct writer_limits limits = { 1000, 1 << 20, 2000000, 0 };
	struct writer_stats stats;
	struct writer *w;
	int n = 0;

	setup();
	w = writer_create(st, &limits, on_fatal, NULL);
	for (int i = 0; i < N; i++) {
		jobs[i] = (struct test_job){ { test_apply, test_done, NULL, 100, 0 }, i, i == 77, { 0 } };
		ck_assert(writer_submit(w, &jobs[i].job, &err));
	}
	while (__atomic_load_n(&n_done, __ATOMIC_SEQ_CST) < N)
		usleep(1000);
	writer_get_stats(w, &stats);
	ck_assert_uint_eq(stats.jobs, N - 1);
	ck_assert_uint_eq(stats.failures, 1);
	writer_destroy(w);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(jobs[i].result.kind, i == 77 ? ERR_BUG : ERR_NONE);
	ck_assert(store_open(dir, STORE_READER, &st, &err));
	ck_assert(store_each_interaction(st, 0, 0, count_row, &n, &err));
	ck_assert_int_eq(n, N - 1);
	cleanup();
}
END_TEST

/* Within the second that is promised, and a little for a slow machine. */
static void expect_indexed(void)
{
	struct store *reader;
	int64_t lag = 1;

	ck_assert_msg(store_open(dir, STORE_READER, &reader, &err), "%s", err.msg);
	for (int tries = 0; lag > 0 && tries < 300; tries++) {
		usleep(10000);
		ck_assert(store_search_lag(reader, &lag, &err));
	}
	store_close(reader);
	ck_assert_int_eq(lag, 0);
}

static bool fail_late(struct job *job, struct store *s, struct err *e)
{
	(void)job;
	(void)s;
	usleep(50000);		/* what comes meanwhile is one batch */
	return err_setf(e, ERR_BUG, "planted");
}

START_TEST(what_was_stored_beside_a_bad_job_is_found_as_well)
{
	static struct test_job jobs[3] = {
		{ { fail_late, test_done, NULL, 100, 0 }, 0, true, { 0 } },
		{ { test_apply, test_done, NULL, 100, 0 }, 1, false, { 0 } },
		{ { test_apply, test_done, NULL, 100, 0 }, 2, true, { 0 } },
	};
	const struct writer_limits limits = { 1000, 1 << 20, 2000000, 0 };
	struct writer *w;

	setup();
	n_done = 0;
	w = writer_create(st, &limits, on_fatal, NULL);
	usleep(500000);		/* what the last run left is looked for once */
	for (int i = 0; i < 3; i++) {
		ck_assert(writer_submit(w, &jobs[i].job, &err));
		usleep(i == 0 ? 10000 : 0);
	}
	while (__atomic_load_n(&n_done, __ATOMIC_SEQ_CST) < 3)
		usleep(1000);
	ck_assert_int_eq(jobs[1].result.kind, ERR_NONE);
	expect_indexed();
	writer_destroy(w);
	st = NULL;		/* was the writer's */
	cleanup();
}
END_TEST

/* ---- what keeps it from being written ---- */

static void limit_files(rlim_t n_bytes)
{
	const struct rlimit limit = { n_bytes, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_file_that_may_not_grow_is_no_room_whichever_write_finds_out)
{
	struct interaction_row row;
	enum put_result result;
	int64_t existing;

	setup();
	row = message("wamid.1", "hello");
	limit_files(4096);
	ck_assert(store_begin(st, &err));
	ck_assert(store_put_interaction(st, &row, &result, &existing, &err));
	ck_assert(!store_commit(st, &err));
	store_rollback(st);
	ck_assert_int_eq(err.kind, ERR_FULL);
	ck_assert_str_eq(err.msg, "store: write: File too large");
	ck_assert_int_eq(store_full_errno(st), EFBIG);
	ck_assert(!store_checkpoint(st, false, NULL, NULL, &err));
	ck_assert_int_eq(err.kind, ERR_FULL);
	ck_assert(!store_try_write(st, &err));
	ck_assert_int_eq(err.kind, ERR_FULL);
	limit_files(RLIM_INFINITY);
	ck_assert(store_try_write(st, &err));
	ck_assert_int_eq(put(&row, &existing), PUT_STORED);
	cleanup();
}
END_TEST

static sqlite3 *somebody_locks(void)
{
	auto_free char *path = xasprintf("%s/daybook.db", dir);
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	return db;
}

START_TEST(a_lock_of_somebody_else_is_waited_for_once_and_then_named)
{
	const struct writer_limits limits = { 1000, 1 << 20, 60000000, 0 };
	struct test_job job = { { test_apply, test_done, NULL, false, 100, 0 }, 1, false, { .kind = ERR_NONE } };
	struct writer_stats stats;
	struct writer *w;
	sqlite3 *somebody;

	setup();
	somebody = somebody_locks();
	w = writer_create(st, &limits, on_fatal, NULL);
	ck_assert(writer_submit(w, &job.job, &err));
	while (__atomic_load_n(&n_done, __ATOMIC_SEQ_CST) < 1)
		usleep(1000);
	ck_assert_int_eq(job.result.kind, ERR_AGAIN);
	ck_assert(!writer_submit(w, &job.job, &err));
	ck_assert_int_eq(err.kind, ERR_AGAIN);
	ck_assert_ptr_nonnull(strstr(err.msg, "another program holds the write lock"));
	ck_assert(!writer_submit_wait(w, &job.job, &err));
	writer_get_stats(w, &stats);
	ck_assert(stats.is_locked && !stats.is_full);
	ck_assert_str_eq(stats.refusal, err.msg);
	sqlite3_close(somebody);
	do
		writer_get_stats(w, &stats);
	while (stats.refusal != NULL && usleep(1000) == 0);
	ck_assert(writer_submit(w, &job.job, &err));
	while (__atomic_load_n(&n_done, __ATOMIC_SEQ_CST) < 2)
		usleep(1000);
	ck_assert_int_eq(job.result.kind, ERR_NONE);
	writer_destroy(w);
	st = NULL;
	cleanup();
}
END_TEST

static bool take_count(int64_t connector, enum outcome outcome, int64_t n, void *arg)
{
	ck_assert_int_eq(connector, sales);
	((int64_t *)arg)[outcome] += n;
	return true;
}

START_TEST(what_came_in_since_an_id_is_counted_by_connector_and_outcome)
{
	int64_t counts[OUTCOME_COUNT] = { 0 }, existing;
	struct interaction_row early, late;

	setup();
	early = message("wamid.1", "early");
	late = message("wamid.2", "late");
	put(&early, &existing);
	put(&late, &existing);
	ck_assert(store_count_since(st, late.id, take_count, counts, &err));
	ck_assert_int_eq(counts[OUTCOME_STORED], 1);
	ck_assert_int_eq(counts[OUTCOME_FILTERED], 0);
	ck_assert(store_count_since(st, 0, take_count, counts, &err));
	ck_assert_int_eq(counts[OUTCOME_STORED], 3);
	cleanup();
}
END_TEST

RUN("store", the_same_event_is_stored_once, a_mail_is_the_same_mail_whatever_sort_it_is_taken_for,
    what_was_rolled_back_is_not_there,
    an_unbalanced_ledger_is_named, a_second_owner_is_refused, a_reader_needs_a_store, a_row_that_was_changed_is_told_from_the_one_that_was_read, what_is_pending_is_found_without_reading_the_rest,
    a_newer_schema_is_refused, a_search_finds_what_was_just_stored, search_texts_cannot_be_wrong,
    bodies_come_back_as_they_were, blobs_are_named_by_what_they_hold,
    one_bad_job_does_not_fail_its_neighbours,
    what_was_stored_beside_a_bad_job_is_found_as_well,
    a_file_that_may_not_grow_is_no_room_whichever_write_finds_out,
    a_lock_of_somebody_else_is_waited_for_once_and_then_named,
    what_came_in_since_an_id_is_counted_by_connector_and_outcome)
