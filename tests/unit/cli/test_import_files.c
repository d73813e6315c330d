#include "../check_main.h"

#include <time.h>

#include "cli/import_escape.h"
#include "cli/import_hint.h"
#include "folder.h"

static const char *hint;
static struct err err;

static struct import_reader *open_maildir(const char *name, const struct import_options *options)
{
	auto_free char *path = folder_path(name);

	hint = NULL;
	return import_open_maildir(path, options, &hint, &err);
}

static struct import_reader *open_eml(const char *name, bool is_recursive)
{
	struct import_options options = plain_options;
	auto_free char *path = folder_path(name);

	hint = NULL;
	options.is_recursive = is_recursive;
	return import_open_eml(path, &options, &hint, &err);
}

/* "cur/1.a:2,S new/2.b": what was read, in order, below the folder. */
static void check_order(const struct drained *d, const char *expected)
{
	char all[4096] = "";

	for (size_t i = 0; i < d->n; i++) {
		size_t n = strlen(all);

		snprintf(all + n, sizeof(all) - n, "%s%s", i ? " " : "", d->mails[i].origin + strlen(folder) + 1);
	}
	ck_assert_str_eq(all, expected);
}

/* ---- Maildir ---- */

START_TEST(cur_and_new_are_one_folder_in_the_order_of_delivery)
{
	struct drained d = { 0 };
	struct import_reader *r;

	folder_make();
	folder_write("m/cur/1793714531.M1.host:2,S", "Subject: a\n\nx\n");
	folder_write("m/cur/1793714533.M3.host:2,", "Subject: c\n\nx\n");
	folder_write("m/new/1793714532.M2.host", "Subject: b\n\nx\n");
	folder_write("m/tmp/1793714530.M0.host", "Subject: never\n\nx\n");
	folder_write("m/cur/.hidden", "Subject: never\n\nx\n");
	r = open_maildir("m", &plain_options);
	ck_assert_int_eq(r->total, 3);
	drain(r, &d);
	check_order(&d, "m/cur/1793714531.M1.host:2,S m/new/1793714532.M2.host m/cur/1793714533.M3.host:2,");
	ck_assert_int_eq(d.mails[0].internaldate_us, INT64_C(1793714531000000));
	ck_assert_int_eq(d.mails[0].hint, IMPORT_HINT_INBOX);
	check_bytes(&d.mails[1], "Subject: b\n\nx\n");
	import_close(r);
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(a_name_without_a_time_gets_that_of_the_file)
{
	const struct timespec times[2] = { { 1700000000, 0 }, { 1700000000, 500000000 } };
	auto_free char *path = NULL;
	struct drained d = { 0 };
	struct import_reader *r;

	folder_make();
	folder_write("m/cur/mail-7", "Subject: a\n\nx\n");
	path = folder_path("m/cur/mail-7");
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	r = open_maildir("m", &plain_options);
	drain(r, &d);
	ck_assert_int_eq(d.mails[0].internaldate_us, INT64_C(1700000000500000));
	import_close(r);
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(folders_of_sent_mail_are_known_by_name)
{
	struct drained d = { 0 };
	struct import_reader *r;

	folder_make();
	folder_write("m/cur/1.a", "Subject: a\n\nx\n");
	folder_write("m/.Sent/cur/2.b", "Subject: a\n\nx\n");
	folder_write("m/.INBOX.Itens Enviados/new/3.c", "Subject: a\n\nx\n");
	folder_write("m/.Envoy&AOk-s/cur/4.d", "Subject: a\n\nx\n");
	folder_write("m/.Projects.Sent/cur/5.e", "Subject: a\n\nx\n");
	folder_write("m/Archive/cur/6.f", "Subject: a\n\nx\n");
	r = open_maildir("m", &plain_options);
	drain(r, &d);
	check_order(&d, "m/cur/1.a m/.Envoy&AOk-s/cur/4.d m/.INBOX.Itens Enviados/new/3.c m/.Projects.Sent/cur/5.e "
			"m/.Sent/cur/2.b m/Archive/cur/6.f");
	ck_assert_int_eq(d.mails[0].hint, IMPORT_HINT_INBOX);
	ck_assert_int_eq(d.mails[1].hint, IMPORT_HINT_SENT);
	ck_assert_int_eq(d.mails[2].hint, IMPORT_HINT_SENT);
	ck_assert_int_eq(d.mails[3].hint, IMPORT_HINT_NONE);
	ck_assert_int_eq(d.mails[4].hint, IMPORT_HINT_SENT);
	ck_assert_int_eq(d.mails[5].hint, IMPORT_HINT_NONE);
	import_close(r);
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(drafts_trash_and_junk_are_left_out_and_told)
{
	struct import_options all = plain_options;
	struct drained d = { 0 };
	struct import_reader *r;

	folder_make();
	folder_write("m/cur/1.a:2,S", "Subject: a\n\nx\n");
	folder_write("m/cur/2.b:2,DS", "Subject: never sent\n\nx\n");
	folder_write("m/.Trash/cur/3.c", "Subject: a\n\nx\n");
	folder_write("m/.Lixeira.2025/cur/4.d", "Subject: a\n\nx\n");
	folder_write("m/.Junk/new/5.e", "Subject: a\n\nx\n");
	r = open_maildir("m", &plain_options);
	ck_assert_str_eq(r->left_out, ".Junk, .Lixeira.2025, .Trash, 1 draft");
	drain(r, &d);
	check_order(&d, "m/cur/1.a:2,S");
	import_close(r);
	drained_clear(&d);
	all.takes_all_folders = true;
	r = open_maildir("m", &all);
	ck_assert_ptr_null(r->left_out);
	drain(r, &d);
	ck_assert_uint_eq(d.n, 5);
	import_close(r);
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(a_file_that_moved_is_found_and_one_that_vanished_is_passed_over)
{
	auto_free char *from = NULL, *to = NULL, *gone = NULL;
	struct drained d = { 0 };
	struct import_reader *r;

	folder_make();
	folder_write("m/cur/0.z", "Subject: z\n\nx\n");
	folder_write("m/new/1.a", "Subject: a\n\nx\n");
	folder_write("m/new/2.b", "Subject: b\n\nx\n");
	r = open_maildir("m", &plain_options);
	from = folder_path("m/new/1.a");
	to = folder_path("m/cur/1.a:2,FS");
	gone = folder_path("m/new/2.b");
	ck_assert_int_eq(rename(from, to), 0);
	ck_assert_int_eq(unlink(gone), 0);
	drain(r, &d);
	check_order(&d, "m/cur/0.z m/cur/1.a:2,FS");
	ck_assert_uint_eq(d.n_gone, 1);
	import_close(r);
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(what_cannot_be_read_is_a_problem_of_that_mail_alone)
{
	const struct import_options options = { .max_message = 100, .now_us = INT64_C(1795312931000000) };
	char large[200];
	struct drained d = { 0 };
	struct import_reader *r;

	folder_make();
	memset(large, 'x', sizeof(large));
	free(folder_write_bytes("m/cur/1.large", large, sizeof(large)));
	folder_write("m/cur/2.empty", "");
	folder_write("m/cur/3.zipped", "\x1f\x8b\x08");
	folder_write("m/cur/4.good", "Subject: a\n\nx\n");
	r = open_maildir("m", &options);
	drain(r, &d);
	ck_assert_uint_eq(d.n, 4);
	ck_assert_str_eq(d.mails[0].problem.msg, "it has 200 bytes, ingest.max_message is 100");
	ck_assert_str_eq(d.mails[1].problem.msg, "it is empty");
	ck_assert_str_eq(d.mails[2].problem.msg, "it is compressed: unpack it first");
	check_bytes(&d.mails[3], "Subject: a\n\nx\n");
	import_close(r);
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(what_is_no_maildir_is_an_error_with_a_hint)
{
	folder_make();
	folder_write("x/a.eml", "Subject: a\n\nx\n");
	ck_assert_ptr_null(open_maildir("x", &plain_options));
	ck_assert_ptr_nonnull(strstr(err.msg, "/x is not a Maildir: neither it nor a folder in it holds cur or new"));
	ck_assert_str_eq(hint, "for a folder of .eml files: daybook import eml PATH");
	ck_assert_ptr_null(open_maildir("x/a.eml", &plain_options));
	ck_assert_ptr_nonnull(strstr(err.msg, "/x/a.eml is a file, not a Maildir"));
	ck_assert_ptr_null(open_maildir("none", &plain_options));
	ck_assert_int_eq(err.kind, ERR_MISSING);
	folder_remove();
}
END_TEST

/* ---- going on ---- */

START_TEST(it_goes_on_behind_the_mark_and_takes_what_came_since)
{
	const struct timespec rest = { 0, 50000000 };
	struct import_options now = plain_options;
	struct drained first = { 0 }, second = { 0 };
	struct import_reader *r;
	struct timespec clock;

	folder_make();
	folder_write("m/cur/1.a", "Subject: a\n\nx\n");
	folder_write("m/cur/2.b", "Subject: b\n\nx\n");
	folder_write("m/.Old mail/cur/3.c:2,S", "Subject: c\n\nx\n");
	nanosleep(&rest, NULL);
	clock_gettime(CLOCK_REALTIME, &clock);
	now.now_us = clock.tv_sec * INT64_C(1000000) + clock.tv_nsec / 1000;
	r = open_maildir("m", &now);
	drain(r, &first);
	import_close(r);
	check_order(&first, "m/cur/1.a m/cur/2.b m/.Old mail/cur/3.c:2,S");

	nanosleep(&rest, NULL);
	folder_write("m/new/0.late", "Subject: late\n\nx\n");
	r = open_maildir("m", &now);
	ck_assert(r->resume(r, str_from(first.mails[1].mark)));
	drain(r, &second);
	check_order(&second, "m/new/0.late m/.Old mail/cur/3.c:2,S");
	/* The beginning that counts is that of the first run. */
	ck_assert_int_eq(strncmp(second.mails[0].mark, first.mails[0].mark, 16), 0);
	import_close(r);
	drained_clear(&second);

	r = open_maildir("m", &now);
	ck_assert(!r->resume(r, STR("17 nowhere/ 9.z")));
	ck_assert(!r->resume(r, STR("")));
	drain(r, &second);
	ck_assert_uint_eq(second.n, 4);
	import_close(r);
	drained_clear(&first);
	drained_clear(&second);
	folder_remove();
}
END_TEST

/* ---- .eml ---- */

START_TEST(one_file_or_those_of_a_folder_or_of_its_folders_too)
{
	struct drained d = { 0 };
	struct import_reader *r;

	folder_make();
	folder_write("x/b.eml", "Subject: b\n\nx\n");
	folder_write("x/a.EML", "Subject: a\n\nx\n");
	folder_write("x/readme.txt", "no mail");
	folder_write("x/Sent/c.eml", "Subject: c\n\nx\n");
	r = open_eml("x", false);
	drain(r, &d);
	check_order(&d, "x/a.EML x/b.eml");
	import_close(r);
	drained_clear(&d);
	r = open_eml("x", true);
	drain(r, &d);
	check_order(&d, "x/a.EML x/b.eml x/Sent/c.eml");
	ck_assert_int_eq(d.mails[2].hint, IMPORT_HINT_SENT);
	import_close(r);
	drained_clear(&d);
	r = open_eml("x/readme.txt", false);	/* what is named is taken */
	drain(r, &d);
	check_bytes(&d.mails[0], "no mail");
	import_close(r);
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(a_folder_without_eml_files_says_so)
{
	folder_make();
	folder_write("x/Sent/c.eml", "Subject: c\n\nx\n");
	ck_assert_ptr_null(open_eml("x", false));
	ck_assert_ptr_nonnull(strstr(err.msg, "/x: there is no .eml file in it"));
	ck_assert_str_eq(hint, "--recursive looks into its folders too");
	ck_assert_ptr_null(open_eml("none.eml", false));
	ck_assert_int_eq(err.kind, ERR_MISSING);
	folder_remove();
}
END_TEST

/* ---- names ---- */

START_TEST(names_become_text_that_survives)
{
	static const struct {
		const char *in, *controls, *blanks;
	} names[] = {
		{ "a b%.eml", "a b%.eml", "a%20b%25.eml" },
		{ "caf\xc3\xa9", "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "caf\xe9", "caf%E9", "caf%E9" },
		{ "a\nb\x1b[2J", "a%0Ab%1B[2J", "a%0Ab%1B[2J" },
	};

	for (size_t i = 0; i < countof(names); i++) {
		auto_free char *controls = import_escape(str_from(names[i].in), IMPORT_ESCAPE_CONTROLS);
		auto_free char *blanks = import_escape(str_from(names[i].in), IMPORT_ESCAPE_BLANKS);

		ck_assert_str_eq(controls, names[i].controls);
		ck_assert_str_eq(blanks, names[i].blanks);
	}
}
END_TEST

START_TEST(hints_come_from_the_last_part_of_a_path)
{
	ck_assert_int_eq(import_hint_of_file("/srv/mail/ana/mail/Sent.mbox"), IMPORT_HINT_SENT);
	ck_assert_int_eq(import_hint_of_file("mail/Enviados/"), IMPORT_HINT_SENT);
	ck_assert_int_eq(import_hint_of_file("INBOX"), IMPORT_HINT_INBOX);
	ck_assert_int_eq(import_hint_of_file("sales.mbox"), IMPORT_HINT_NONE);
	ck_assert_int_eq(import_hint_of_root("/srv/mail/ana/Maildir"), IMPORT_HINT_INBOX);
	ck_assert_int_eq(import_hint_of_root("/srv/mail/ana/Maildir/.Sent"), IMPORT_HINT_SENT);
	ck_assert_int_eq(import_hint_of_path(STR("INBOX/Sent")), IMPORT_HINT_SENT);
	ck_assert_int_eq(import_hint_of_path(STR("[Gmail]/Sent Mail")), IMPORT_HINT_SENT);
	ck_assert_int_eq(import_hint_of_path(STR("Projects/Sent")), IMPORT_HINT_NONE);
	ck_assert_int_eq(import_hint_of_path(STR("")), IMPORT_HINT_NONE);
}
END_TEST

RUN("import files", cur_and_new_are_one_folder_in_the_order_of_delivery,
    a_name_without_a_time_gets_that_of_the_file, folders_of_sent_mail_are_known_by_name,
    drafts_trash_and_junk_are_left_out_and_told,
    a_file_that_moved_is_found_and_one_that_vanished_is_passed_over,
    what_cannot_be_read_is_a_problem_of_that_mail_alone, what_is_no_maildir_is_an_error_with_a_hint,
    it_goes_on_behind_the_mark_and_takes_what_came_since,
    one_file_or_those_of_a_folder_or_of_its_folders_too, a_folder_without_eml_files_says_so,
    names_become_text_that_survives, hints_come_from_the_last_part_of_a_path)
