/* The audit log: appended to by the store alone, whole as written, broken where somebody wrote into the file. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/audit.h"
#include "store/store.h"

#include "../check_main.h"

static struct err err;
static struct store *st;
static char *dir;

static void add(const char *who, const char *what, const char *which)
{
	const struct audit_entry entry = { str_from(who), str_from(what), str_from(which), STR("role seller") };

	ck_assert_msg(store_begin(st, &err) && audit_add(st, &entry, &err) && store_commit(st, &err), "%s", err.msg);
}

static void set_up(void)
{
	char template[] = "/tmp/daybook-audit.XXXXXX";

	dir = xstrdup(mkdtemp(template));
	ck_assert_msg(store_open(dir, STORE_WRITER, &st, &err), "%s", err.msg);
	for (int i = 0; i < 5; i++) {
		add("root", "token create", "laptop");
		add("uid 1000", "contact merge", "con_0000000000001");
	}
}

static void tear_down(void)
{
	auto_free char *command = xasprintf("rm -rf '%s'", dir);

	store_close(st);
	ck_assert_int_eq(system(command), 0);
	free(dir);
}

/* As anybody with the file can; NULL: it was let through. */
static char *run_sql(const char *sql)
{
	auto_free char *path = xasprintf("%s/daybook.db", dir);
	char *why = NULL, *copy;
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &why);
	copy = why ? xstrdup(why) : NULL;
	sqlite3_free(why);
	sqlite3_close(db);
	return copy;
}

#define UNGUARDED "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_no_replace;"
#define GUARD(name, on, why) "CREATE TRIGGER " name " BEFORE " on "\n\tBEGIN SELECT RAISE(ABORT, '" why "'); END;"
#define GUARDED GUARD("audit_no_update", "UPDATE ON audit", "the audit log is never changed") \
		GUARD("audit_no_delete", "DELETE ON audit", "nothing is taken out of the audit log") \
		GUARD("audit_no_replace", "INSERT ON audit WHEN new.id <= (SELECT max(id) FROM audit)", "the audit log is only appended to")

static struct audit_verdict verify(const char *head)
{
	struct audit_head kept = { 0 };
	struct audit_verdict v;

	ck_assert(head == NULL || audit_head_parse(str_from(head), &kept));
	ck_assert_msg(audit_verify(st, &kept, &v, &err), "%s", err.msg);
	return v;
}

START_TEST(what_was_written_is_whole_and_its_head_is_kept)
{
	char head[AUDIT_HEAD_SIZE];
	struct audit_verdict v;

	set_up();
	v = verify(NULL);
	ck_assert_int_eq(v.broken, 0);
	ck_assert_int_eq(v.head.id, 10);
	audit_head_text(&v.head, head);
	add("root", "backup", "");
	v = verify(head);
	ck_assert_int_eq(v.broken, 0);
	ck_assert_int_eq(v.head.id, 11);
	tear_down();
}
END_TEST

START_TEST(an_entry_goes_with_its_transaction)
{
	set_up();
	ck_assert(store_begin(st, &err));
	ck_assert(audit_add(st, &(struct audit_entry){ .who = STR("root"), .what = STR("erase") }, &err));
	store_rollback(st);
	ck_assert_int_eq(verify(NULL).head.id, 10);
	add("root", "erase", "con_0000000000002");
	ck_assert_int_eq(verify(NULL).broken, 0);
	tear_down();
}
END_TEST

START_TEST(the_database_itself_refuses_changes)
{
	static const struct { const char *sql, *why; } refused[] = {
		{ "UPDATE audit SET who = 'me' WHERE id = 3", "the audit log is never changed" },
		{ "DELETE FROM audit WHERE id = 3", "nothing is taken out of the audit log" },
		{ "DELETE FROM audit", "nothing is taken out of the audit log" },
		{ "INSERT OR REPLACE INTO audit SELECT id, at, 'me', what, which, detail, hash FROM audit WHERE id = 10",
		  "the audit log is only appended to" },
		{ "INSERT INTO audit SELECT 0, at, who, what, which, detail, hash FROM audit WHERE id = 10",
		  "the audit log is only appended to" },
	};

	set_up();
	for (size_t i = 0; i < countof(refused); i++) {
		auto_free char *why = run_sql(refused[i].sql);

		ck_assert_msg(why != NULL && strcmp(why, refused[i].why) == 0, "%s: %s", refused[i].sql, why ? why : "done");
	}
	ck_assert_int_eq(verify(NULL).broken, 0);
	tear_down();
}
END_TEST

static const struct {
	const char *what, *sql;
	int broken;
	const char *why;
} tampered[] = {
	{ "a word", "UPDATE audit SET who = 'uid 1001' WHERE id = 4", 4, "its hash does not follow" },
	{ "a letter between two fields", "UPDATE audit SET who = 'roo', what = 'ttoken create' WHERE id = 5", 5, "does not follow" },
	{ "which thing", "UPDATE audit SET which = 'desktop' WHERE id = 1", 1, "does not follow" },
	{ "the detail", "UPDATE audit SET detail = 'role viewer' WHERE id = 3", 3, "does not follow" },
	{ "a time", "UPDATE audit SET at = at - 1 WHERE id = 10", 10, "does not follow" },
	{ "a hash", "UPDATE audit SET hash = randomblob(32) WHERE id = 6", 6, "does not follow" },
	{ "no hash", "UPDATE audit SET hash = '' WHERE id = 6", 6, "does not follow" },
	{ "one taken out", "DELETE FROM audit WHERE id = 7", 7, "it is missing" },
	{ "the first taken out", "DELETE FROM audit WHERE id = 1", 1, "it is missing" },
	{ "one taken out and closed up", "DELETE FROM audit WHERE id = 7; UPDATE audit SET id = id - 1 WHERE id > 7", 7, "not follow" },
	{ "two swapped", "UPDATE audit SET id = -2 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 3;"
			 " UPDATE audit SET id = 3 WHERE id = -2", 2, "not follow" },
	{ "one slipped in", "INSERT INTO audit SELECT 11, at, 'me', what, which, detail, hash FROM audit WHERE id = 10", 11, "not follow" },
	{ "the end cut off", "DELETE FROM audit WHERE id > 8", 9, "the log was longer once" },
	{ "all of it", "DELETE FROM audit", 1, "the log was longer once" },
};

START_TEST(whatever_is_changed_behind_its_back_is_named)
{
	for (size_t i = 0; i < countof(tampered); i++) {
		auto_free char *sql = xasprintf(UNGUARDED "%s;" GUARDED, tampered[i].sql);
		char *why;
		struct audit_verdict v;

		set_up();
		why = run_sql(sql);
		ck_assert_msg(why == NULL, "%s: %s", tampered[i].what, why ? why : "");
		v = verify(NULL);
		ck_assert_msg(v.broken == tampered[i].broken && strstr(v.why, tampered[i].why) != NULL, "%s: entry %lld %s",
			      tampered[i].what, (long long)v.broken, v.why);
		free(why);
		tear_down();
	}
}
END_TEST

START_TEST(a_gap_at_the_end_stays_after_the_next_entry)
{
	set_up();
	free(run_sql(UNGUARDED "DELETE FROM audit WHERE id > 8;" GUARDED));
	add("root", "backup", "");
	ck_assert_int_eq(verify(NULL).broken, 9);
	tear_down();
}
END_TEST

START_TEST(a_guard_that_is_gone_is_told)
{
	struct audit_verdict v;

	set_up();
	free(run_sql("DROP TRIGGER audit_no_update"));
	v = verify(NULL);
	ck_assert_int_eq(v.broken, 11);
	ck_assert_str_eq(v.why, "nothing keeps it from being changed: a trigger of the log is gone, or does not do what it did");
	tear_down();
}
END_TEST

/* What it is called says nothing of what it does. */
START_TEST(a_guard_in_name_only_is_told)
{
	set_up();
	free(run_sql("DROP TRIGGER audit_no_update; CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT 1; END"));
	ck_assert_int_eq(verify(NULL).broken, 11);
	free(run_sql(UNGUARDED GUARDED));
	ck_assert_int_eq(verify(NULL).broken, 0);
	tear_down();
}
END_TEST

/* It could keep entries from being written, and no number would be missing. */
START_TEST(a_trigger_that_was_put_on_the_log_is_told)
{
	struct audit_verdict v;

	set_up();
	free(run_sql("CREATE TRIGGER hush BEFORE INSERT ON AUDIT WHEN new.who = 'root' BEGIN SELECT RAISE(IGNORE); END"));
	v = verify(NULL);
	ck_assert_int_eq(v.broken, 11);
	ck_assert_str_eq(v.why, "it may never have been written: the log has a trigger that is not its own");
	tear_down();
}
END_TEST

/* Who can write the file can write a log that fits in itself; only what is kept elsewhere tells. */
START_TEST(a_cut_with_all_traces_removed_is_found_by_the_kept_head_alone)
{
	char head[AUDIT_HEAD_SIZE];
	struct audit_verdict v;

	set_up();
	v = verify(NULL);
	audit_head_text(&v.head, head);
	free(run_sql(UNGUARDED "DELETE FROM audit WHERE id > 8; UPDATE sqlite_sequence SET seq = 8 WHERE name = 'audit';" GUARDED));
	ck_assert_int_eq(verify(NULL).broken, 0);
	v = verify(head);
	ck_assert_int_eq(v.broken, 9);
	ck_assert_str_eq(v.why, "it is missing: the head that you kept comes after it");
	add("me", "backup", "");
	add("me", "backup", "");
	ck_assert_int_eq(verify(NULL).broken, 0);
	v = verify(head);
	ck_assert_int_eq(v.broken, 10);
	ck_assert_str_eq(v.why, "it has another hash than the head that you kept: it, or one before it, was written anew");
	tear_down();
}
END_TEST

START_TEST(a_head_is_a_number_and_a_hash)
{
	static const char *const bad[] = { "", "12", "12:", "12:abc", ":00", "x:00",
		"0:0000000000000000000000000000000000000000000000000000000000000000",
		"-1:0000000000000000000000000000000000000000000000000000000000000000" };
	struct audit_head head;

	for (size_t i = 0; i < countof(bad); i++)
		ck_assert_msg(!audit_head_parse(str_from(bad[i]), &head), "%s", bad[i]);
	ck_assert(audit_head_parse(STR("7:00000000000000000000000000000000000000000000000000000000000000FF"), &head));
}
END_TEST

static bool count(const struct audit_row *row, void *arg)
{
	(void)row;
	++*(int *)arg;
	return true;
}

START_TEST(it_is_asked_by_person_verb_and_place)
{
	int n = 0;

	set_up();
	ck_assert(audit_each(st, &(struct audit_filter){ .who = STR("root") }, count, &n, &err));
	ck_assert_int_eq(n, 5);
	ck_assert(audit_each(st, &(struct audit_filter){ .what = STR("contact merge"), .below = 5, .is_newest_first = true },
			     count, &n, &err));
	ck_assert_int_eq(n, 5 + 2);
	ck_assert(audit_each(st, &(struct audit_filter){ .since_us = INT64_MAX }, count, &n, &err));
	ck_assert_int_eq(n, 5 + 2);
	tear_down();
}
END_TEST

RUN("audit", what_was_written_is_whole_and_its_head_is_kept, an_entry_goes_with_its_transaction,
    the_database_itself_refuses_changes, whatever_is_changed_behind_its_back_is_named, a_gap_at_the_end_stays_after_the_next_entry,
    a_guard_that_is_gone_is_told, a_guard_in_name_only_is_told, a_trigger_that_was_put_on_the_log_is_told,
    a_cut_with_all_traces_removed_is_found_by_the_kept_head_alone, a_head_is_a_number_and_a_hash,
    it_is_asked_by_person_verb_and_place)
