#include <string.h>

#include "../check_main.h"
#include "base/mem.h"
#include "both_ways.h"
#include "imap/parts.h"
#include "mail_cutter.h"
#include "mime/mail.h"

static struct parts_policy policy;
static struct cut *cut;
static struct parts_plan plan;
static struct err err;

#define HEAD "Message-ID: <1@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
#define TEXT "--b\r\n\r\nhello\r\n"
#define FILE_OF(name, size) "--b\r\nContent-Type: application/octet-stream; name=" name "\r\n\r\n" size "\r\n"
#define KILO "0123456789012345678901234567890123456789012345678901234567890123" \
	     "0123456789012345678901234567890123456789012345678901234567890123"

static void setup(void)
{
	policy = (struct parts_policy){ .attachments = ATTACHMENTS_SMALL, .max_attachment = 100, .max_message = 1 << 20 };
	cut = xnew(struct cut);
}

static void teardown(void)
{
	parts_plan_finish(&plan);
	cut_finish(cut);
	free(cut);
}

static bool make_plan(const char *mail)
{
	cut_mail(str_from(mail), cut);
	return parts_plan(&cut->structure, &policy, (int64_t)strlen(mail), &plan, &err);
}

static size_t n_bodies(void)
{
	size_t n = 0;

	for (size_t i = 0; i < plan.n_pieces; i++)
		n += plan.pieces[i].kind == PIECE_BODY;
	return n;
}

START_TEST(what_is_larger_than_wanted_is_left_out_and_the_rest_is_taken)
{
	setup();
	ck_assert(make_plan(HEAD TEXT FILE_OF("a.pdf", "small") FILE_OF("b.pdf", KILO) "--b--\r\n"));
	ck_assert_int_eq(plan.left_out[3], LEFT_LARGE);
	ck_assert_int_eq(plan.spared, 128);
	ck_assert_uint_eq(n_bodies(), 2);
	ck_assert_uint_eq(plan.n_pieces, 5);
	teardown();
}
END_TEST

START_TEST(nothing_but_text_is_taken_where_no_attachment_is_wanted)
{
	setup();
	policy.attachments = ATTACHMENTS_NONE;
	ck_assert(make_plan(HEAD TEXT FILE_OF("a.pdf", KILO) FILE_OF("b.pdf", KILO) "--b--\r\n"));
	ck_assert_int_eq(plan.left_out[2], LEFT_UNWANTED);
	ck_assert_uint_eq(n_bodies(), 1);
	teardown();
}
END_TEST

START_TEST(what_the_parser_reads_is_always_taken)
{
	setup();
	policy.attachments = ATTACHMENTS_NONE;
	ck_assert(make_plan(HEAD TEXT FILE_OF("INVITE.ICS", "x") FILE_OF("winmail.dat", "x") FILE_OF("=?utf-8?B?eA==?=", "x")
			    "--b\r\nContent-Type: message/delivery-status\r\n\r\nx\r\n" FILE_OF("b.pdf", KILO) "--b--\r\n"));
	ck_assert_uint_eq(n_bodies(), 5);
	teardown();
}
END_TEST

START_TEST(a_message_that_may_be_the_one_that_is_meant_is_taken_with_the_mail)
{
	static const char mail[] = HEAD TEXT "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n" KILO "\r\n"
				   FILE_OF("b.pdf", KILO) "--b--\r\n";

	setup();
	policy.attachments = ATTACHMENTS_NONE;
	ck_assert(make_plan(mail));
	ck_assert_int_eq(plan.left_out[2], LEFT_UNWANTED);
	parts_plan_finish(&plan);
	cut_finish(cut);
	policy.wants_messages = true;
	ck_assert(make_plan(mail));
	ck_assert_int_eq(plan.left_out[2], LEFT_NOTHING);
	ck_assert_int_eq(plan.left_out[3], LEFT_UNWANTED);
	teardown();
}
END_TEST

START_TEST(what_fits_into_max_message_is_taken_of_a_larger_mail)
{
	setup();
	policy.attachments = ATTACHMENTS_ALL;
	policy.max_message = 150;
	ck_assert(make_plan(HEAD TEXT FILE_OF("a.pdf", KILO) FILE_OF("b.pdf", KILO) FILE_OF("c.pdf", "x") "--b--\r\n"));
	ck_assert_int_eq(plan.left_out[2], LEFT_NOTHING);
	ck_assert_int_eq(plan.left_out[3], LEFT_NO_ROOM);
	ck_assert_int_eq(plan.left_out[4], LEFT_NOTHING);
	teardown();
}
END_TEST

START_TEST(a_text_that_is_too_large_alone_is_refused)
{
	setup();
	policy.max_message = 100;
	ck_assert(!make_plan(HEAD "--b\r\n\r\n" KILO "\r\n" FILE_OF("a.pdf", KILO) "--b--\r\n"));
	ck_assert_str_eq(err.msg, "its text alone is too large");
	teardown();
}
END_TEST

START_TEST(a_mail_of_which_all_is_wanted_is_refused)
{
	setup();
	ck_assert(!make_plan(HEAD TEXT FILE_OF("a.pdf", "small") "--b--\r\n"));
	ck_assert_str_eq(err.msg, "next to nothing would be spared");
	teardown();
}
END_TEST

START_TEST(a_large_text_with_a_name_is_left_out_only_beside_another_text)
{
	setup();
	policy.attachments = ATTACHMENTS_NONE;
	cut_mail(STR(HEAD TEXT "--b\r\nContent-Type: text/plain; name=log\r\n\r\nx\r\n--b--\r\n"), cut);
	cut->structure.nodes[2].octets = 1 << 20;
	ck_assert(parts_plan(&cut->structure, &policy, 1 << 20, &plan, &err));
	ck_assert(plan.has_left_text && plan.left_out[2] == LEFT_UNWANTED);
	parts_plan_finish(&plan);
	cut->structure.nodes[1].octets = 0;
	ck_assert(!parts_plan(&cut->structure, &policy, 1 << 20, &plan, &err));
	teardown();
}
END_TEST

/* A mail of these parts, behind or in front of a log of 96 KB that has a name and is no attachment. */
static bool leaves_out_log(const char *before, const char *type, const char *after)
{
	struct both_ways both;
	struct buf mail;

	buf_init(&mail, 1 << 20);
	buf_addf(&mail, "From: ana@x\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n" HEAD "%s--b\r\nContent-Type: %s; name=log\r\n\r\n",
		 before, type);
	for (int i = 0; i < 4000; i++)
		buf_add(&mail, STR("a line of the machine's\r\n"));
	buf_addf(&mail, "%s--b--\r\n", after);
	read_both_ways(buf_str(&mail), &both);
	ck_assert_msg(!both.is_different, "%s", both.difference);
	buf_finish(&mail);
	return !both.is_refused && both.n_left_out > 0;
}

/* A mail with another one of 96 KB in it, which begins so. */
static bool leaves_out_message(const char *beginning)
{
	struct both_ways both;
	struct buf mail;

	buf_init(&mail, 1 << 20);
	buf_addf(&mail, "From: ana@x\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n" HEAD TEXT
		 "--b\r\nContent-Type: message/rfc822\r\n\r\n%s", beginning);
	for (int i = 0; i < 4000; i++)
		buf_add(&mail, STR("a line of another mail\r\n"));
	buf_add(&mail, STR("--b--\r\n"));
	read_both_ways(buf_str(&mail), &both);
	ck_assert_msg(!both.is_different, "%s", both.difference);
	buf_finish(&mail);
	return !both.is_refused && both.n_left_out > 0;
}

START_TEST(a_message_inside_is_not_left_out_where_its_header_may_be_another)
{
	mime_warm_up();
	ck_assert(leaves_out_message("From: bia@y\r\nSubject: Offer\r\n\r\n"));
	ck_assert(!leaves_out_message("\r\nFrom: bia@y\r\nSubject: Offer\r\n\r\n"));
	ck_assert(!leaves_out_message("From 822\r\n\r\nFrom: bia@y\r\nSubject: Offer\r\n\r\n"));
	ck_assert(!leaves_out_message("no header\r\nFrom: bia@y\r\nSubject: Offer\r\n\r\n"));
}
END_TEST

#define IN(charset, text) "--b\r\nContent-Type: text/plain; charset=" charset "\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" text "\r\n\r\n"

START_TEST(a_text_with_a_name_is_not_left_out_where_the_key_may_be_made_of_it)
{
	static const char nothing[] = "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
				      "quoted-printable\r\n\r\n=C2=A0\r\n=C2=A0=\r\n\r\n";
	struct buf dots;

	mime_warm_up();
	ck_assert(leaves_out_log(TEXT, "text/plain", ""));
	ck_assert(leaves_out_log("--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C2=A0 gr=C3=BC\r\n", "text/html", ""));
	ck_assert(!leaves_out_log("", "text/plain", TEXT));
	ck_assert(!leaves_out_log("", "text/html", TEXT));
	ck_assert(!leaves_out_log(nothing, "text/plain", ""));
	ck_assert(!leaves_out_log(nothing, "text/plain", TEXT));
	ck_assert(leaves_out_log(IN("\"ISO-8859-1\"", "caf\xe9 de l'usine"), "text/plain", ""));
	/* Blanks, a comma and a full stop, in letters. */
	ck_assert(!leaves_out_log(IN("utf-7", "+ACAAIA-"), "text/plain", ""));
	ck_assert(!leaves_out_log(IN("iso-2022-jp", "\x1b$B!!\x1b(B"), "text/plain", ""));
	ck_assert(!leaves_out_log(IN("shift_jis", "\x81""A"), "text/plain", ""));
	ck_assert(!leaves_out_log(IN("big5", "\xa1""A"), "text/plain", ""));
	ck_assert(!leaves_out_log(IN("utf-16le", "a b "), "text/plain", ""));
	/* The first letter comes behind the front of the text. */
	buf_init(&dots, 1 << 20);
	buf_add(&dots, STR("--b\r\n\r\n"));
	for (int i = 0; i < 1000; i++)
		buf_add(&dots, STR(". . . . . . . . . . . . . . . . . . . . . . . .\r\n"));
	buf_add(&dots, STR("hello\r\n"));
	buf_addc(&dots, '\0');
	ck_assert(!leaves_out_log(dots.ptr, "text/plain", ""));
	buf_finish(&dots);
}
END_TEST

static bool is_read(const char *block)
{
	struct parts_header h;

	return parts_read_header(str_from(block), &h);
}

START_TEST(a_header_that_can_be_read_in_two_ways_is_none)
{
	ck_assert(is_read("\r\n") && is_read("A: b\r\n c\r\nContent-Type: text/plain;\r\n\tx=y\r\n\r\n"));
	ck_assert(!is_read("") && !is_read("A: b\r\n") && !is_read("junk\r\n\r\n") && !is_read(" a: b\r\n\r\n"));
	ck_assert(!is_read("A: b\r\n \r\nC: d\r\n\r\n") && !is_read("A : b\r\n\r\n") && !is_read("A: b\r\n\r\nC: d\r\n\r\n"));
	ck_assert(!is_read("Content-Type: text/plain\r\nCONTENT-TYPE: text/html\r\n\r\n"));
	ck_assert(!is_read("Content-Type: text/plain x=y\r\n\r\n") && !is_read("Content-Type: (a) text/plain\r\n\r\n"));
	ck_assert(!is_read("Content-Type: \vtext/plain\r\n\r\n") && !is_read("Content-Disposition: inline\f; a=b\r\n\r\n"));
	ck_assert(!is_read("Content-Disposition: inline; filename=invite.i\rcs\r\n\r\n") && !is_read("A: b\r\r\n\r\n"));
	ck_assert(!is_read("Content-Type: text\r\n\r\n") && !is_read("Content-Type: a/b/c\r\n\r\n"));
	ck_assert(!is_read("x-daybook-left-out: 1 2 none\r\n\r\n") && !is_read("--b: x\r\n\r\n"));
}
END_TEST

static bool has(const char *type_field, const char *boundary)
{
	return parts_has_boundary(str_from(type_field), str_from(boundary));
}

START_TEST(a_boundary_must_be_written_plainly)
{
	ck_assert(has("multipart/mixed; boundary=abc", "abc") && has("multipart/mixed;\r\n\tBoundary = \"a=b(c)\"; x=y;", "a=b(c)"));
	ck_assert(has("multipart/mixed; name=\"boundary=no\"; boundary=yes", "yes"));
	ck_assert(!has("multipart/mixed; boundary=abc", "ab") && !has("multipart/mixed; boundary=abc", "ABC"));
	ck_assert(!has("multipart/mixed; boundary=a; boundary=b", "a") && !has("multipart/mixed; boundary*=utf-8''a", "a"));
	ck_assert(!has("multipart/mixed; boundary=\"a\\\"\"", "a\\") && !has("multipart/mixed; boundary=a (c)", "a"));
	ck_assert(!has("multipart/mixed; boundary=\"a b\"", "a b") && !has("multipart/mixed", "") && !has("multipart/mixed;", "a"));
}
END_TEST

START_TEST(the_size_of_base64_is_told_to_two_bytes)
{
	static const struct {
		uint32_t octets;
		int64_t size;
	} rows[] = { { 0, 0 }, { 4, 3 }, { 76, 57 }, { 78, 57 }, { 82, 60 }, { 154, 114 }, { 7798, 5700 } };
	struct node node = { .encoding = (char *)"base64" };

	for (size_t i = 0; i < countof(rows); i++) {
		node.octets = rows[i].octets;
		ck_assert_int_le(llabs(structure_decoded_size(&node) - rows[i].size), 2);
	}
	node.encoding = (char *)"8bit";
	ck_assert_int_eq(structure_decoded_size(&node), 7798);
}
END_TEST

RUN("imap_parts", what_is_larger_than_wanted_is_left_out_and_the_rest_is_taken,
    nothing_but_text_is_taken_where_no_attachment_is_wanted,
    what_the_parser_reads_is_always_taken,
    a_message_that_may_be_the_one_that_is_meant_is_taken_with_the_mail,
    what_fits_into_max_message_is_taken_of_a_larger_mail,
    a_text_that_is_too_large_alone_is_refused,
    a_mail_of_which_all_is_wanted_is_refused,
    a_message_inside_is_not_left_out_where_its_header_may_be_another,
    a_large_text_with_a_name_is_left_out_only_beside_another_text,
    a_text_with_a_name_is_not_left_out_where_the_key_may_be_made_of_it,
    a_header_that_can_be_read_in_two_ways_is_none,
    a_boundary_must_be_written_plainly,
    the_size_of_base64_is_told_to_two_bytes)
