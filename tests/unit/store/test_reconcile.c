/* What the store knows of mailboxes and their servers: which deliveries it has, and what comparisons found. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/store.h"

#include "../check_main.h"

static char dir[64];
static struct store *st;
static struct err err;
static int64_t sales, support;

static void setup(void)
{
	strncpy(dir, "/tmp/daybook-store-XXXXXX", sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_msg(store_open(dir, STORE_WRITER, &st, &err), "%s", err.msg);
	ck_assert(store_begin(st, &err));
	ck_assert(store_connector(st, STR("sales"), STR("imap"), &sales, &err));
	ck_assert(store_connector(st, STR("support"), STR("imap"), &support, &err));
	ck_assert(store_commit(st, &err));
}

static void cleanup(void)
{
	auto_free char *rm = xasprintf("rm -rf %s", dir);

	store_close(st);
	st = NULL;
	ck_assert_int_eq(system(rm), 0);
}

/* ---- deliveries ---- */

static void put_delivery(int64_t connector, const char *delivery_id, size_t n_body)
{
	static char body[4000];
	struct journal_row row = { .connector = connector, .kind = JOURNAL_RAW, .outcome = OUTCOME_STORED,
				   .delivery_id = str_from(delivery_id), .body = { body, n_body } };

	row.id = row.base_id = store_new_id(st, clock_wall_us());
	ck_assert_msg(store_put_journal(st, &row, &err), "%s", err.msg);
}

static bool join(struct str id, void *arg)
{
	buf_add(arg, id);
	buf_addc(arg, ' ');
	return true;
}

static bool put_row(const struct ledger_row *row, void *arg)
{
	buf_addf(arg, STR_FMT " %lld received %lld filtered at %lld, ", STR_ARG(row->name), (long long)row->received,
		 (long long)row->by_outcome[OUTCOME_FILTERED], (long long)row->last_message_us);
	return true;
}

static void expect_ledger(struct store *from, const char *want)
{
	struct buf got;

	buf_init(&got, 10000);
	ck_assert_msg(store_each_ledger(from, put_row, &got, &err), "%s", err.msg);
	ck_assert_str_eq(got.ptr, want);
	buf_finish(&got);
}

static void expect_deliveries(int64_t connector, const char *prefix, const char *want)
{
	struct buf got;

	buf_init(&got, 10000);
	ck_assert_msg(store_each_delivery_id(st, connector, str_from(prefix), join, &got, &err), "%s", err.msg);
	buf_addf(&got, "%s", "");
	ck_assert_str_eq(got.ptr, want);
	buf_finish(&got);
}

START_TEST(the_deliveries_of_one_folder_are_those_that_begin_with_it)
{
	setup();
	ck_assert(store_begin(st, &err));
	put_delivery(sales, "INBOX/7/1", 1);
	put_delivery(sales, "INBOX/7/10", 1);
	put_delivery(sales, "INBOX/7.1/2", 1);
	put_delivery(sales, "INBOX/70/3", 1);
	put_delivery(sales, "INBOX/6/4", 1);
	put_delivery(sales, "INBOX", 1);
	put_delivery(sales, "", 1);
	put_delivery(support, "INBOX/7/5", 1);
	ck_assert(store_commit(st, &err));
	expect_deliveries(sales, "INBOX/7/", "INBOX/7/1 INBOX/7/10 ");
	expect_deliveries(sales, "INBOX/7.1/", "INBOX/7.1/2 ");
	expect_deliveries(support, "INBOX/7/", "INBOX/7/5 ");
	expect_deliveries(support, "Sent/7/", "");
	ck_assert(!store_each_delivery_id(st, sales, STR(""), join, NULL, &err));
	cleanup();
}
END_TEST

static long bytes_read(void)
{
	FILE *f = fopen("/proc/self/io", "r");
	char line[100];
	long n = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "rchar: %ld", &n);
	if (f != NULL)
		fclose(f);
	return n;
}

static bool count(struct str id, void *arg)
{
	(void)id;
	++*(int *)arg;
	return true;
}

/* A mailbox may hold a million mails, and the journal has their bytes. */
START_TEST(deliveries_are_listed_without_reading_the_mails)
{
	struct store *reader;
	char id[40];
	long before;
	int n = 0;

	setup();
	ck_assert(store_begin(st, &err));
	for (int i = 0; i < 2000; i++) {
		snprintf(id, sizeof(id), "INBOX/7/%d", i);
		put_delivery(sales, id, 3000);
	}
	ck_assert(store_commit(st, &err));
	ck_assert(store_open(dir, STORE_READER, &reader, &err));
	before = bytes_read();
	ck_assert(store_each_delivery_id(reader, sales, STR("INBOX/7/"), count, &n, &err));
	ck_assert_int_eq(n, 2000);
	ck_assert_int_lt(bytes_read() - before, 500000);
	store_close(reader);
	cleanup();
}
END_TEST

/* ---- comparisons ---- */

static void put(struct reconcile_row row)
{
	ck_assert(store_begin(st, &err));
	ck_assert_msg(store_put_reconcile(st, &row, &err), "%s", err.msg);
	ck_assert(store_commit(st, &err));
}

static bool describe(const struct reconcile_row *row, void *arg)
{
	buf_addf(arg, STR_FMT "/" STR_FMT " run %lld at %lld: %lld = %lld + %lld + %lld, healed %lld of %lld, vanished %lld"
		 " [" STR_FMT "|" STR_FMT "]\n", STR_ARG(row->connector_name), STR_ARG(row->folder), (long long)row->run_us,
		 (long long)row->checked_us, (long long)row->listed, (long long)row->known, (long long)row->filtered,
		 (long long)row->missing, (long long)row->healed, (long long)row->healed_ever, (long long)row->vanished,
		 STR_ARG(row->note), STR_ARG(row->error));
	return true;
}

static void expect_found(struct store *in, const char *want)
{
	struct buf got;

	buf_init(&got, 10000);
	ck_assert_msg(store_each_reconcile(in, describe, &got, &err), "%s", err.msg);
	buf_addf(&got, "%s", "");
	ck_assert_str_eq(got.ptr, want);
	buf_finish(&got);
}

START_TEST(what_a_comparison_found_stays_until_the_next)
{
	int64_t at;

	setup();
	put((struct reconcile_row){ .connector = sales, .folder = STR("INBOX"), .run_us = 10, .checked_us = 11, .listed = 9,
				    .known = 5, .filtered = 3, .missing = 1, .healed = 2, .vanished = 4,
				    .note = STR("n") });
	put((struct reconcile_row){ .connector = sales, .folder = STR("INBOX"), .run_us = 20, .checked_us = 21, .listed = 9,
				    .known = 6, .filtered = 3, .healed = 1, .vanished = 4 });
	put((struct reconcile_row){ .connector = support, .folder = STR("Sent"), .run_us = 15, .checked_us = 16 });
	expect_found(st, "sales/INBOX run 20 at 21: 9 = 6 + 3 + 0, healed 1 of 3, vanished 4 [|]\n"
			 "support/Sent run 15 at 16: 0 = 0 + 0 + 0, healed 0 of 0, vanished 0 [|]\n");
	ck_assert(store_last_reconcile(st, sales, &at, &err) && at == 20);
	ck_assert(store_last_reconcile(st, 4711, &at, &err) && at == 0);
	cleanup();
}
END_TEST

START_TEST(an_error_leaves_the_numbers_as_they_were)
{
	setup();
	put((struct reconcile_row){ .connector = sales, .folder = STR("INBOX"), .run_us = 10, .checked_us = 11, .listed = 9,
				    .known = 9, .note = STR("n") });
	put((struct reconcile_row){ .connector = sales, .folder = STR("INBOX"), .run_us = 20, .checked_us = 21,
				    .error = STR("refused") });
	put((struct reconcile_row){ .connector = sales, .folder = STR("Odd"), .run_us = 20, .checked_us = 21,
				    .error = STR("refused") });
	expect_found(st, "sales/INBOX run 20 at 11: 9 = 9 + 0 + 0, healed 0 of 0, vanished 0 [n|refused]\n"
			 "sales/Odd run 20 at 0: 0 = 0 + 0 + 0, healed 0 of 0, vanished 0 [|refused]\n");
	cleanup();
}
END_TEST

START_TEST(a_folder_that_is_compared_no_more_is_forgotten)
{
	setup();
	put((struct reconcile_row){ .connector = sales, .folder = STR("Old"), .run_us = 10, .checked_us = 11 });
	put((struct reconcile_row){ .connector = support, .folder = STR("Old"), .run_us = 10, .checked_us = 11 });
	put((struct reconcile_row){ .connector = sales, .folder = STR("New"), .run_us = 20, .checked_us = 21 });
	ck_assert(store_begin(st, &err) && store_end_reconcile(st, sales, 20, &err) && store_commit(st, &err));
	expect_found(st, "sales/New run 20 at 21: 0 = 0 + 0 + 0, healed 0 of 0, vanished 0 [|]\n"
			 "support/Old run 10 at 11: 0 = 0 + 0 + 0, healed 0 of 0, vanished 0 [|]\n");
	cleanup();
}
END_TEST

START_TEST(a_rebuild_keeps_what_was_found)
{
	struct store *to;

	setup();
	put((struct reconcile_row){ .connector = sales, .folder = STR("INBOX"), .run_us = 10, .checked_us = 11, .listed = 3,
				    .known = 2, .missing = 1 });
	ck_assert(store_open_file(dir, "new.db", STORE_REBUILD, &to, &err));
	ck_assert_msg(store_copy_aside(st, to, &err), "%s", err.msg);
	expect_found(to, "sales/INBOX run 10 at 11: 3 = 2 + 0 + 1, healed 0 of 0, vanished 0 [|]\n");
	store_close(to);
	cleanup();
}
END_TEST

/* `daybook` may be newer than the daemon that still runs. */
START_TEST(a_store_of_before_is_read_as_one_without_comparisons)
{
	auto_free char *sql = NULL;
	struct store *reader;
	int64_t at;

	setup();
	store_close(st);
	st = NULL;
	sql = xasprintf("cd %s && rm -f daybook.db* && { cat " FIRST_MIGRATION "; echo 'PRAGMA user_version = 1;'; } |"
			" sqlite3 daybook.db", dir);
	ck_assert_int_eq(system(sql), 0);
	ck_assert(store_open(dir, STORE_READER, &reader, &err));
	expect_found(reader, "");
	ck_assert_msg(store_check_ledger(reader, &err), "%s", err.msg);
	ck_assert(store_last_reconcile(reader, sales, &at, &err) && at == 0);
	store_close(reader);
	ck_assert_msg(store_open(dir, STORE_WRITER, &st, &err), "%s", err.msg);
	put((struct reconcile_row){ .connector = sales, .folder = STR("INBOX"), .run_us = 10, .checked_us = 11 });
	cleanup();
}
END_TEST

/* ---- what was left out ---- */

START_TEST(what_is_withheld_is_received_and_filtered_and_a_rebuild_keeps_the_number)
{
	struct store *to;
	bool is_ready;

	setup();
	is_ready = store_begin(st, &err);
	store_withhold(st, sales, 3, 77);
	ck_assert(is_ready && store_commit(st, &err));
	ck_assert_msg(store_check_ledger(st, &err), "%s", err.msg);
	ck_assert(store_open_file(dir, "new.db", STORE_REBUILD, &to, &err));
	ck_assert_msg(store_copy_aside(st, to, &err), "%s", err.msg);
	ck_assert_msg(store_check_ledger(to, &err), "%s", err.msg);
	expect_ledger(st, "sales 3 received 3 filtered at 77, support 0 received 0 filtered at 0, ");
	expect_ledger(to, "sales 3 received 3 filtered at 0, support 0 received 0 filtered at 0, ");
	store_close(to);
	/* A filtered event without a row that nobody said was withheld is a wrong ledger. */
	ck_assert(store_begin(st, &err));
	store_received(st, sales, 1, 78);
	store_count(st, sales, OUTCOME_FILTERED, 1);
	ck_assert(store_commit(st, &err) && !store_check_ledger(st, &err));
	ck_assert_str_eq(err.msg, "ledger of \"sales\": filtered counted 1, found 0");
	cleanup();
}
END_TEST

/* ---- who came later ---- */

static int64_t put_address(const char *address, int64_t contact)
{
	const struct identity identity = { .scheme = SCHEME_EMAIL, .value = str_from(address) };
	int64_t id;

	ck_assert(store_put_identity(st, &identity, contact, STR("test"), 1, &id, &err));
	return id;
}

static bool join_address(int64_t identity, struct str address, void *arg)
{
	(void)identity;
	return join(address, arg);
}

static void expect_new(const struct people_mark *since, int64_t above, size_t limit, const char *want)
{
	struct buf got;

	buf_init(&got, 10000);
	ck_assert_msg(store_each_new_address(st, since, above, limit, join_address, &got, &err), "%s", err.msg);
	ck_assert_str_eq(buf_str(&got).len ? got.ptr : "", want);
	buf_finish(&got);
}

START_TEST(whoever_became_a_contact_after_a_mark_is_found)
{
	const struct contact_touch touch = { .first_us = 1, .last_us = 1 };
	struct people_mark mark, zero = { 0 };
	int64_t waiting, a;

	setup();
	ck_assert(store_begin(st, &err) && store_people_mark(st, &mark, &err));
	ck_assert(mark.identity == 0 && mark.contact == 0);
	ck_assert(store_put_contact(st, 10, 0, &touch, &err));
	a = put_address("a@x", 10);
	waiting = put_address("waiting@x", 0);
	ck_assert(store_people_mark(st, &mark, &err) && mark.identity == waiting && mark.contact == 10);
	expect_new(&mark, 0, 9, "");
	expect_new(&zero, 0, 9, "a@x ");
	/* A new address of somebody known, a new contact, and one who only now became a contact. */
	put_address("b@x", 10);
	ck_assert(store_put_contact(st, 20, 0, &touch, &err));
	put_address("c@x", 20);
	ck_assert(store_link_identity(st, waiting, 20, STR("test"), 1, &err));
	expect_new(&mark, 0, 9, "waiting@x b@x c@x ");
	expect_new(&mark, 0, 2, "waiting@x b@x ");
	expect_new(&mark, waiting, 9, "b@x c@x ");
	expect_new(&zero, a, 1, "waiting@x ");
	ck_assert(store_commit(st, &err));
	cleanup();
}
END_TEST

RUN("store/reconcile", what_is_withheld_is_received_and_filtered_and_a_rebuild_keeps_the_number,
    whoever_became_a_contact_after_a_mark_is_found, the_deliveries_of_one_folder_are_those_that_begin_with_it,
    deliveries_are_listed_without_reading_the_mails, what_a_comparison_found_stays_until_the_next,
    an_error_leaves_the_numbers_as_they_were, a_folder_that_is_compared_no_more_is_forgotten,
    a_rebuild_keeps_what_was_found, a_store_of_before_is_read_as_one_without_comparisons)
