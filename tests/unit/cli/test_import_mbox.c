#include "../check_main.h"

#include "base/buf.h"
#include "cli/import_from.h"
#include "folder.h"

#define FROM "From maria@example.com Tue Nov  3 14:02:11 2026\n"
#define AT INT64_C(1793714531000000)

static const char *hint;
static struct err err;

static struct import_reader *open_with(const char *text, size_t n, const struct import_options *options)
{
	auto_free char *path = folder_write_bytes("box.mbox", text, n);

	hint = NULL;
	err = (struct err){ 0 };
	return import_open_mbox(path, options, &hint, &err);
}

static struct import_reader *open_text(const char *text)
{
	return open_with(text, strlen(text), &plain_options);
}

/* All mails of a text; fails the test when it cannot be opened. */
static void read_text(const char *text, struct drained *d)
{
	struct import_reader *r = open_text(text);

	ck_assert_msg(r != NULL, "%s", err.msg);
	*d = (struct drained){ 0 };
	drain(r, d);
	ck_assert_int_eq(d->end, IMPORT_END);
	import_close(r);
}

START_TEST(two_mails_are_two)
{
	struct drained d;

	folder_make();
	read_text(FROM "Subject: a\n\nfirst\n\n" FROM "Subject: b\n\nsecond\n", &d);
	ck_assert_uint_eq(d.n, 2);
	check_bytes(&d.mails[0], "Subject: a\n\nfirst\n");
	check_bytes(&d.mails[1], "Subject: b\n\nsecond\n");
	ck_assert_int_eq(d.mails[0].internaldate_us, AT);
	ck_assert_ptr_nonnull(strstr(d.mails[1].origin, "/box.mbox, byte 67"));
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(crlf_files_are_read_as_they_are)
{
	struct drained d;

	folder_make();
	read_text("From a@b Tue Nov  3 14:02:11 2026\r\nSubject: a\r\n\r\nfirst\r\n\r\n"
		  "From a@b Tue Nov  3 14:02:11 2026\r\nSubject: b\r\n\r\n>From here\r\n", &d);
	ck_assert_uint_eq(d.n, 2);
	check_bytes(&d.mails[0], "Subject: a\r\n\r\nfirst\r\n");
	check_bytes(&d.mails[1], "Subject: b\r\n\r\nFrom here\r\n");
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(the_last_line_may_lack_its_end)
{
	struct drained d;

	folder_make();
	read_text(FROM "Subject: a\n\nno end", &d);
	ck_assert_uint_eq(d.n, 1);
	check_bytes(&d.mails[0], "Subject: a\n\nno end");
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(escaped_lines_lose_one_arrow)
{
	struct drained d;

	folder_make();
	read_text(FROM "Subject: a\n\n>From us\n>>From them\n> From afar\n>Fromage\n", &d);
	check_bytes(&d.mails[0], "Subject: a\n\nFrom us\n>From them\n> From afar\n>Fromage\n");
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(prose_that_begins_with_from_parts_nothing)
{
	struct drained d;

	folder_make();
	read_text(FROM "Subject: a\n\nHello\n\nFrom the price list you see\nFrom 10:30 on we are there\n\n"
		  "From now on: less\n", &d);
	ck_assert_uint_eq(d.n, 1);
	drained_clear(&d);
	/* Not even with a date, in the middle of a paragraph. */
	read_text(FROM "Subject: a\n\nHe wrote\nFrom me Tue Nov  3 14:02:11 2026\nand so on\n", &d);
	ck_assert_uint_eq(d.n, 1);
	check_bytes(&d.mails[0], "Subject: a\n\nHe wrote\nFrom me Tue Nov  3 14:02:11 2026\nand so on\n");
	drained_clear(&d);
	folder_remove();
}
END_TEST

/* Looking at what follows such a line moves the reader's buffer. */
START_TEST(prose_that_begins_with_from_is_kept_byte_for_byte)
{
	struct drained d;
	struct buf text;

	folder_make();
	buf_init(&text, 1 << 16);
	buf_add(&text, STR(FROM "Subject: a\n\nHe wrote\nFrom me Tue Nov  3 14:02:11 2026\n"));
	for (int i = 0; i < 60; i++)
		buf_addf(&text, "line %d\n", i);
	read_text(text.ptr, &d);
	ck_assert_uint_eq(d.n, 1);
	check_bytes(&d.mails[0], text.ptr + strlen(FROM));
	drained_clear(&d);
	buf_finish(&text);
	folder_remove();
}
END_TEST

START_TEST(a_from_line_without_a_date_parts_where_fields_follow)
{
	struct drained d;

	folder_make();
	read_text("From MAILER-DAEMON\nSubject: a\n\nx\n\nFrom somebody\nSubject: b\n\ny\n", &d);
	ck_assert_uint_eq(d.n, 2);
	ck_assert_int_eq(d.mails[0].internaldate_us, 0);
	check_bytes(&d.mails[1], "Subject: b\n\ny\n");
	drained_clear(&d);
	/* And one with a date where the empty line before it was lost. */
	read_text(FROM "Subject: a\n\nx\n" FROM "Subject: b\n\ny\n", &d);
	ck_assert_uint_eq(d.n, 2);
	check_bytes(&d.mails[0], "Subject: a\n\nx\n");
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(dates_of_from_lines_in_the_shapes_of_the_field)
{
	static const struct {
		const char *line;
		int64_t s;
	} lines[] = {
		{ "From a@b Tue Nov  3 14:02:11 2026", 1793714531 },
		{ "From a@b Tue Nov  3 14:02 2026\r\n", 1793714520 },
		{ "From - Tue Nov 03 14:02:11 2026", 1793714531 },
		{ "From a@b Tue Nov  3 14:02:11 +0100 2026", 1793710931 },
		{ "From 1781@xxx Tue Nov 03 14:02:11 -0330 2026", 1793727131 },
		{ "From a@b Tue Nov  3 14:02:11 PST 2026", 1793714531 },
		{ "From a@b Tue Nov  3 14:02:11 2026 +0100", 1793710931 },
		{ "From a@b Tue, 3 Nov 2026 14:02:11 +0000", 1793714531 },
		{ "From \"A B\"@c  Tue Nov  3 14:02:11 2026", 1793714531 },
	};
	int64_t us;

	for (size_t i = 0; i < countof(lines); i++) {
		ck_assert_msg(import_from_date(str_from(lines[i].line), &us), "%s", lines[i].line);
		ck_assert_msg(us == lines[i].s * 1000000, "%s: %lld", lines[i].line, (long long)us);
	}
	ck_assert(!import_from_date(STR("From a@b Tue Nov 33 14:02:11 2026"), &us));
	ck_assert(!import_from_date(STR("From a@b Tue Nov  3 25:02:11 2026"), &us));
	ck_assert(!import_from_date(STR("From here to May 10 we rest"), &us));
	ck_assert(!import_from_date(STR("from a@b Tue Nov  3 14:02:11 2026"), &us));
}
END_TEST

START_TEST(garbage_before_the_first_mail_is_named_with_its_line)
{
	folder_make();
	ck_assert_ptr_null(open_text("\n\nhello\n" FROM "Subject: a\n\nx\n"));
	ck_assert_ptr_nonnull(strstr(err.msg, "/box.mbox:3: this is not an mbox: the first line does not begin with \"From \""));
	ck_assert_ptr_nonnull(hint);
	ck_assert_ptr_null(open_text("Return-Path: <a@b>\nSubject: a\n\nx\n"));
	ck_assert_str_eq(hint, "it looks like a single mail, of kind eml: daybook import eml PATH");
	ck_assert_ptr_null(open_text("\x1f\x8b\x08zipped"));
	ck_assert_str_eq(hint, "it is compressed: unpack it first");
	folder_remove();
}
END_TEST

START_TEST(folders_and_missing_files_are_no_mboxes)
{
	auto_free char *none = NULL;

	folder_make();
	none = folder_path("none");
	ck_assert_ptr_null(import_open_mbox(folder, &plain_options, &hint, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "is a folder, not an mbox file"));
	ck_assert_ptr_null(import_open_mbox(none, &plain_options, &hint, &err));
	ck_assert_int_eq(err.kind, ERR_MISSING);
	ck_assert_ptr_nonnull(strstr(err.msg, "/none: No such file or directory"));
	folder_remove();
}
END_TEST

START_TEST(an_empty_file_is_an_mbox_without_mails)
{
	struct drained d;

	folder_make();
	read_text("", &d);
	ck_assert_uint_eq(d.n, 0);
	read_text("\n\n", &d);
	ck_assert_uint_eq(d.n, 0);
	folder_remove();
}
END_TEST

static void add_large(struct buf *text, size_t n, bool in_one_line)
{
	buf_add(text, STR(FROM "Subject: large\n\n"));
	while (n-- > 0)
		buf_addc(text, !in_one_line && n % 70 == 0 ? '\n' : 'x');
	buf_add(text, STR("\n\n"));
}

/* Larger than the reader's own buffer, too. */
START_TEST(a_mail_that_is_too_large_is_told_and_passed_over)
{
	const struct import_options options = { .max_message = 1000 };
	struct drained d = { 0 };
	struct import_reader *r;
	struct buf text;

	folder_make();
	for (int in_one_line = 0; in_one_line < 2; in_one_line++) {
		buf_init(&text, 16 << 20);
		buf_add(&text, STR(FROM "Subject: a\n\nfirst\n\n"));
		add_large(&text, 3 << 20, in_one_line);
		buf_add(&text, STR(FROM "Subject: b\n\nlast\n"));
		r = open_with(text.ptr, text.len, &options);
		drain(r, &d);
		ck_assert_uint_eq(d.n, 3);
		ck_assert_int_eq(d.mails[1].problem.kind, ERR_LIMIT);
		ck_assert_str_eq(d.mails[1].problem.msg, "it has 3145746 bytes, ingest.max_message is 1000");
		ck_assert_ptr_null(d.mails[1].bytes);
		ck_assert_ptr_nonnull(d.mails[1].mark);
		check_bytes(&d.mails[2], "Subject: b\n\nlast\n");
		import_close(r);
		drained_clear(&d);
		buf_finish(&text);
	}
	folder_remove();
}
END_TEST

START_TEST(a_mail_of_exactly_the_limit_is_read)
{
	const struct import_options options = { .max_message = 18 };
	const char *text = FROM "Subject: a\n\nfirst\n\n" FROM "Subject: b\n\nfirst!\n";
	struct drained d = { 0 };
	struct import_reader *r;

	folder_make();
	r = open_with(text, strlen(text), &options);
	drain(r, &d);
	check_bytes(&d.mails[0], "Subject: a\n\nfirst\n");
	ck_assert_str_eq(d.mails[1].problem.msg, "it has 19 bytes, ingest.max_message is 18");
	import_close(r);
	drained_clear(&d);
	folder_remove();
}
END_TEST

START_TEST(mails_across_the_reader_s_buffer_are_whole)
{
	struct drained d = { 0 };
	struct import_reader *r;
	struct buf text;

	folder_make();
	buf_init(&text, 64 << 20);
	for (int i = 0; i < 50; i++)
		add_large(&text, 70001 + (size_t)i, i % 2);
	r = open_with(text.ptr, text.len, &plain_options);
	drain(r, &d);
	ck_assert_uint_eq(d.n, 50);
	for (size_t i = 0; i < 50; i++)
		ck_assert_uint_eq(d.mails[i].n_bytes, strlen("Subject: large\n\n") + 70001 + i + 1);
	ck_assert_int_eq(r->done, r->total);
	import_close(r);
	drained_clear(&d);
	buf_finish(&text);
	folder_remove();
}
END_TEST

START_TEST(after_any_mail_it_goes_on_with_the_next)
{
	const char *text = FROM "Subject: a\n\nx\n\n" FROM "Subject: b\n\ny\n\n" FROM "Subject: c\n\nz\n";
	struct drained all = { 0 }, rest = { 0 };
	struct import_reader *r;

	folder_make();
	r = open_text(text);
	drain(r, &all);
	import_close(r);
	for (size_t i = 0; i < 3; i++) {
		r = open_text(text);
		ck_assert(r->resume(r, str_from(all.mails[i].mark)));
		drain(r, &rest);
		ck_assert_uint_eq(rest.n, 2 - i);
		if (i < 2)
			ck_assert_str_eq(rest.mails[0].origin, all.mails[i + 1].origin);
		import_close(r);
		drained_clear(&rest);
	}
	drained_clear(&all);
	folder_remove();
}
END_TEST

START_TEST(a_mark_of_another_file_is_refused_and_reading_begins_at_the_front)
{
	static const char *const marks[] = { "", "12", "12 abc", "99999999 0011223344556677", "-1 x", "67 0011223344556677" };
	struct drained d = { 0 };
	struct import_reader *r;

	folder_make();
	for (size_t i = 0; i < countof(marks); i++) {
		r = open_text("\n" FROM "Subject: a\n\nx\n\n" FROM "Subject: b\n\ny\n");
		ck_assert(!r->resume(r, str_from(marks[i])));
		drain(r, &d);
		ck_assert_uint_eq(d.n, 2);
		import_close(r);
		drained_clear(&d);
	}
	folder_remove();
}
END_TEST

START_TEST(the_name_of_the_file_may_say_that_it_was_sent)
{
	auto_free char *path = NULL;
	struct drained d = { 0 };
	struct import_reader *r;

	folder_make();
	path = folder_write_bytes("Itens Enviados.mbox", FROM "Subject: a\n\nx\n", strlen(FROM "Subject: a\n\nx\n"));
	r = import_open_mbox(path, &plain_options, &hint, &err);
	drain(r, &d);
	ck_assert_int_eq(d.mails[0].hint, IMPORT_HINT_SENT);
	import_close(r);
	drained_clear(&d);
	folder_remove();
}
END_TEST

RUN("import mbox", two_mails_are_two, crlf_files_are_read_as_they_are, the_last_line_may_lack_its_end,
    escaped_lines_lose_one_arrow, prose_that_begins_with_from_parts_nothing, prose_that_begins_with_from_is_kept_byte_for_byte,
    a_from_line_without_a_date_parts_where_fields_follow, dates_of_from_lines_in_the_shapes_of_the_field,
    garbage_before_the_first_mail_is_named_with_its_line, folders_and_missing_files_are_no_mboxes,
    an_empty_file_is_an_mbox_without_mails, a_mail_that_is_too_large_is_told_and_passed_over,
    a_mail_of_exactly_the_limit_is_read, mails_across_the_reader_s_buffer_are_whole,
    after_any_mail_it_goes_on_with_the_next,
    a_mark_of_another_file_is_refused_and_reading_begins_at_the_front,
    the_name_of_the_file_may_say_that_it_was_sent)
