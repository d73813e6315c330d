/* Copies of a store beside whoever writes it, the lock between copies and removals, and the marks. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/copy.h"
#include "store/hold.h"
#include "store/mark.h"
#include "store/store.h"

#include "../check_main.h"

enum { N_ROWS = 12000, BODY = 2000 };

static struct err err;
static char *dir;

static void make_dir(void)
{
	char template[] = "/tmp/daybook-copy.XXXXXX";

	dir = xstrdup(mkdtemp(template));
}

static void remove_dir(void)
{
	auto_free char *command = xasprintf("rm -rf '%s'", dir);

	ck_assert_int_eq(system(command), 0);
	free(dir);
}

static struct store *open_writer(void)
{
	struct store *st;

	ck_assert_msg(store_open(dir, STORE_WRITER, &st, &err), "%s", err.msg);
	return st;
}

static void put_rows(struct store *st, int n)
{
	static char body[BODY];
	struct journal_row row = { .kind = JOURNAL_RAW, .content_type = STR("text/plain"), .outcome = OUTCOME_STORED };

	memset(body, 'x', sizeof(body));
	row.body = (struct str){ body, sizeof(body) };
	row.size = BODY;
	ck_assert(store_begin(st, &err));
	ck_assert(store_connector(st, STR("shop"), STR("form"), &row.connector, &err));
	for (int i = 0; i < n; i++) {
		row.id = row.base_id = store_new_id(st, 1);
		ck_assert_msg(store_put_journal(st, &row, &err), "%s", err.msg);
	}
	ck_assert(store_commit(st, &err));
}

static bool count(const struct journal_row *row, void *arg)
{
	(void)row;
	++*(int *)arg;
	return true;
}

static int count_rows(const char *file)
{
	struct store *st;
	int n = 0;

	ck_assert_msg(store_open_file(dir, file, STORE_AT_REST, &st, &err), "%s", err.msg);
	ck_assert_msg(store_integrity_check(st, &err), "%s", err.msg);
	ck_assert(store_each_journal(st, 0, count, &n, &err));
	store_close(st);
	return n;
}

START_TEST(a_copy_is_of_one_moment_and_never_begins_again)
{
	auto_free char *to = NULL, *log = NULL;
	struct store_copy *copy;
	struct store *st;
	int64_t done, of, before = 0;
	int n_steps = 0;

	make_dir();
	to = xasprintf("%s/copy.db", dir);
	log = xasprintf("%s/copy.db-wal", dir);
	st = open_writer();
	put_rows(st, N_ROWS);
	ck_assert_msg(store_copy_begin(dir, to, &copy, &err), "%s", err.msg);
	do {
		put_rows(st, 100);	/* and a commit between any two of its steps */
		store_checkpoint(st, false, NULL, NULL, &err);
		ck_assert_msg(store_copy_step(copy, &done, &of, &err), "%s", err.msg);
		ck_assert_int_gt(done, before);
		before = done;
		n_steps++;
	} while (done < of);
	store_copy_end(copy);
	ck_assert_int_ge(n_steps, 2);
	ck_assert_int_eq(count_rows("copy.db"), N_ROWS);
	ck_assert_int_ne(access(log, F_OK), 0);		/* nothing was made beside it */
	store_close(st);
	remove_dir();
}
END_TEST

START_TEST(a_copy_overwrites_nothing)
{
	auto_free char *to = NULL;
	struct store_copy *copy;
	struct store *st;

	make_dir();
	to = xasprintf("%s/daybook.db", dir);
	st = open_writer();
	ck_assert(!store_copy_begin(dir, to, &copy, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "daybook.db: File exists"));
	store_close(st);
	remove_dir();
}
END_TEST

START_TEST(nothing_is_removed_while_anybody_copies)
{
	int one, two, removal;

	make_dir();
	ck_assert(hold_files(dir, &one, &err) && hold_files(dir, &two, &err));
	ck_assert_int_eq(hold_for_removal(dir), -1);
	close(one);
	ck_assert_int_eq(hold_for_removal(dir), -1);
	close(two);
	removal = hold_for_removal(dir);
	ck_assert_int_ge(removal, 0);
	close(removal);
	remove_dir();
}
END_TEST

START_TEST(a_mark_says_when_and_what)
{
	auto_free char *text = NULL, *torn = NULL;
	int64_t at_us = 7;
	FILE *file;

	make_dir();
	ck_assert(!mark_find(dir, MARK_BACKUP, &at_us, &text));
	ck_assert(mark_put(dir, MARK_BACKUP, INT64_C(1789398000123000), STR("/a folder/with blanks"), &err));
	ck_assert(mark_find(dir, MARK_BACKUP, &at_us, &text));
	ck_assert_int_eq(at_us, INT64_C(1789398000123000));
	ck_assert_str_eq(text, "/a folder/with blanks");
	torn = xasprintf("%s/" MARK_BACKUP, dir);
	file = fopen(torn, "w");
	fputs("202", file);
	fclose(file);
	ck_assert(!mark_find(dir, MARK_BACKUP, &at_us, NULL));
	ck_assert(mark_remove(dir, MARK_BACKUP, &err) && mark_remove(dir, MARK_BACKUP, &err));
	remove_dir();
}
END_TEST

START_TEST(the_lock_of_a_store_is_the_writers)
{
	struct store *st;
	int fd;

	make_dir();
	st = open_writer();
	ck_assert(!store_take_lock(dir, &fd, &err));
	ck_assert_int_eq(err.kind, ERR_AGAIN);
	close(fd);
	store_close(st);
	ck_assert(store_take_lock(dir, &fd, &err));
	close(fd);
	remove_dir();
}
END_TEST

RUN("copy", a_copy_is_of_one_moment_and_never_begins_again, a_copy_overwrites_nothing,
    nothing_is_removed_while_anybody_copies, a_mark_says_when_and_what, the_lock_of_a_store_is_the_writers)
