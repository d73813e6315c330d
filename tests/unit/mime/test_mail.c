#include "base/mem.h"
#include "mime/mail.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "mime/stub.h"

#include "../check_main.h"

static struct interactions out;
static struct err err;

static bool normalize_with(const struct mail_options *opt, struct str mail, const char *meta)
{
	struct raw raw = { .body = mail, .meta = str_from(meta),
			   .received_us = INT64_C(1795348800000000) };

	arena_destroy(out.arena);
	out = (struct interactions){ .arena = arena_create(64 << 20), .max_items = 1 };
	err = (struct err){ 0 };
	mime_warm_up();
	return mail_normalize(opt, &raw, &out, &err);
}

static bool normalize(const char *mail)
{
	return normalize_with(NULL, str_from(mail), "");
}

static const char *cstr(struct str s)
{
	return s.len ? arena_str(out.arena, s).ptr : "";
}

static bool has_warning(const char *text)
{
	return str_find(out.items[0].details, str_from(text)) != STR_NONE;
}

#define MAIL "From: Ana <ana@x.example>\nTo: b@y.example\nSubject: Hi\n" \
	     "Date: Mon, 14 Sep 2026 12:00:00 +0000\nMessage-ID: <1@x.example>\n"

static char first[80];

static bool is_same(const char *a, const char *b)
{
	ck_assert(normalize(a));
	snprintf(first, sizeof(first), "%s", cstr(out.items[0].discriminator));
	ck_assert(normalize(b));
	return str_eq(out.items[0].discriminator, str_from(first));
}

START_TEST(one_mail_in_two_mailboxes_is_one)
{
	ck_assert(is_same("Received: from a by b; Mon, 14 Sep 2026 12:00:01 +0000\n"
			  "Delivered-To: b@y.example\n" MAIL "\nHello  there.\n",
			  "Received: from c by d; Mon, 14 Sep 2026 12:00:09 +0000\n"
			  "Delivered-To: c@y.example\nX-Spam: no\n" MAIL
			  "Content-Transfer-Encoding: quoted-printable\n\nHello=\n there.\n\n> old\n"));
}
END_TEST

START_TEST(the_same_id_with_other_content_is_two)
{
	ck_assert(!is_same(MAIL "\nPage one.\n", MAIL "\nPage two.\n"));
	ck_assert(!is_same(MAIL "\nx\n", "Subject: Other\n" MAIL "\nx\n"));
	ck_assert(!is_same(MAIL "\nx\n", "Date: Mon, 14 Sep 2026 12:00:01 +0000\n" MAIL "\nx\n"));
	ck_assert(!is_same(MAIL "\nx\n", "From: eve@x.example\n" MAIL "\nx\n"));
}
END_TEST

START_TEST(a_mail_without_an_id_gets_the_same_one_wherever_it_is_found)
{
	ck_assert(normalize("From: a@x.example\nSubject: s\n\nbody\n"));
	snprintf(first, sizeof(first), "%s", cstr(out.items[0].external_id));
	ck_assert(normalize("Received: x\r\nFrom: a@x.example\r\nSubject: s\r\n\r\nbody\r\n\r\n"));
	ck_assert_str_eq(cstr(out.items[0].external_id), first);
	ck_assert(str_starts(out.items[0].external_id, STR("sha256:")));
	ck_assert(str_eq(out.items[0].thread, out.items[0].external_id));
	ck_assert(normalize("From: a@x.example\nSubject: s\n\nother body\n"));
	ck_assert_str_ne(cstr(out.items[0].external_id), first);
}
END_TEST

START_TEST(the_time_is_the_claimed_one_only_while_that_is_possible)
{
	const char *meta = "folder: INBOX\ninternaldate: 1789387300000000\n";

	ck_assert(normalize_with(NULL, STR(MAIL "\nx"), meta));
	ck_assert_int_eq(out.items[0].occurred_us, INT64_C(1789387200000000));
	ck_assert_int_eq(out.items[0].key_us, INT64_C(1789387200000000));
	ck_assert(normalize_with(NULL, STR("From: a@x.example\n\nx"), meta));
	ck_assert_int_eq(out.items[0].occurred_us, INT64_C(1789387300000000));
	ck_assert_int_eq(out.items[0].key_us, 0);
	ck_assert(normalize_with(NULL, STR("Date: Fri, 1 Jan 2088 00:00:00 +0000\n\nx"), meta));
	ck_assert_int_eq(out.items[0].occurred_us, INT64_C(1789387300000000));
	ck_assert_int_eq(out.items[0].claimed_us, INT64_C(3723753600000000));
	ck_assert(has_warning("Date is later than the server got the mail"));
	ck_assert(normalize("Date: Fri, 1 Jan 2088 00:00:00 +0000\n\nx"));
	ck_assert_int_eq(out.items[0].occurred_us, INT64_C(1795348800000000));
	ck_assert(has_warning("Date is in the future"));
	ck_assert(normalize("From: a@x.example\n\nx"));
	ck_assert_int_eq(out.items[0].occurred_us, INT64_C(1795348800000000));
}
END_TEST

/* n times `piece` between two texts; the caller frees. */
static struct str repeated(const char *before, const char *piece, size_t n, const char *after)
{
	struct buf b;
	size_t len;

	buf_init(&b, 64 << 20);
	buf_add(&b, str_from(before));
	for (size_t i = 0; i < n; i++)
		buf_add(&b, str_from(piece));
	buf_add(&b, str_from(after));
	len = b.len;
	return (struct str){ buf_steal(&b), len };
}

START_TEST(the_html_is_given_to_who_asks_for_it)
{
	struct raw raw = { .content_type = STR(MAIL_WANT_HTML), .received_us = INT64_C(1795348800000000) };

	raw.body = STR(MAIL "Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html; charset=koi8-r\n\n"
		       "<p onload=\"x()\">\xf0\xd2\xc9</p>\n--r\nContent-Type: image/png\nContent-ID: <p@x>\n\nxx\n--r--\n");
	ck_assert(normalize_with(NULL, raw.body, ""));
	ck_assert_uint_eq(out.items[0].n_attachments, 1);
	ck_assert_str_eq(cstr(out.items[0].attachments[0].content_id), "p@x");
	out.n_items = 0;
	ck_assert(mail_normalize(NULL, &raw, &out, &err));
	ck_assert_uint_eq(out.items[0].n_attachments, 1);
	ck_assert_str_eq(cstr(out.items[0].attachments[0].media_type), "text/html");
	ck_assert_str_eq(cstr(out.items[0].attachments[0].body), "\xef\xbb\xbf<p onload=\"x()\">При</p>");
}
END_TEST

START_TEST(html_that_grows_in_utf8_stays_within_what_a_parser_may_say)
{
	struct str mail = repeated(MAIL "Content-Type: text/html; charset=koi8-r\n\n", "\xf0\xd2\xc9\xf0\xd2\xc9\xf0\xd2", 200000, "");
	struct raw raw = { .content_type = STR(MAIL_WANT_HTML), .body = mail, .received_us = 1 };

	ck_assert(normalize_with(NULL, STR(MAIL "\nx"), ""));
	out.n_items = 0;
	ck_assert(mail_normalize(NULL, &raw, &out, &err));
	ck_assert_uint_ge(out.items[0].attachments[0].body.len, mail.len + (500 << 10));
	ck_assert_uint_le(out.items[0].attachments[0].body.len, mail.len + (1 << 20));
	ck_assert(str_is_utf8(out.items[0].attachments[0].body));
	free((char *)mail.ptr);
}
END_TEST

#define STATION(day, time) "Received: from a by b; " day " Sep 2026 " time " +0000\n"

START_TEST(the_time_lies_within_what_the_servers_saw)
{
	/* A clock that is years slow. */
	ck_assert(normalize(STATION("Mon, 14", "12:00:09") STATION("Mon, 14", "12:00:00")
			    "Date: Sat, 1 Jan 2000 00:00:00 +0000\n\nx"));
	ck_assert_int_eq(out.items[0].occurred_us, INT64_C(1789387200000000));
	ck_assert(has_warning("Date is more than a day before the mail's first Received header"));
	/* Half a day on its way, or written before it was sent. */
	ck_assert(normalize(STATION("Tue, 15", "00:00:00") "Date: Mon, 14 Sep 2026 12:00:00 +0000\n\nx"));
	ck_assert_int_eq(out.items[0].occurred_us, INT64_C(1789387200000000));
	/* A station that the sender made up, or of an earlier journey. */
	ck_assert(normalize(STATION("Mon, 14", "12:00:00") "Received: from x by y; Sat, 1 Jan 2000 00:00:05 +0000\n"
			    "Date: Sat, 1 Jan 2000 00:00:00 +0000\n\nx"));
	ck_assert_int_eq(out.items[0].occurred_us, INT64_C(1789387200000000));
}
END_TEST

START_TEST(a_copy_in_sent_that_was_moved_keeps_its_date)
{
	const char *meta = "folder: Sent\ninternaldate: 1789387200000000\n";

	ck_assert(normalize_with(NULL, STR("Date: Mon, 14 Sep 2020 12:00:00 +0000\n\nx"), meta));
	ck_assert_int_eq(out.items[0].occurred_us, INT64_C(1600084800000000));
	ck_assert(normalize_with(NULL, STR("Date: Mon, 14 Sep 2026 12:00:09 +0000\n\nx"), meta));
	ck_assert_int_eq(out.items[0].occurred_us, INT64_C(1789387200000000));
	ck_assert(!has_warning("Date is later"));
}
END_TEST

static void check_limit(struct str mail, const char *text)
{
	ck_assert(!normalize_with(NULL, mail, ""));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.msg, text);
	ck_assert_uint_eq(out.n_items, 0);
	free((char *)mail.ptr);
}

START_TEST(limits_name_themselves_and_what_the_mail_has)
{
	check_limit(repeated(MAIL, "X: y\n", 2000, "\nx"), "mail has 2005 header fields; the limit is 2000");
	check_limit(repeated(MAIL "X: ", "yyyyyyyyyy", 7000, "\n\nx"),
		    "header \"X\" has 70001 bytes; the limit is 65536");
	check_limit(repeated(MAIL, "X-Long-Header: 123456789012345678901234567890"
				   "1234567890123456789012345678901234567890"
				   "1234567890123456789012345678901234567890"
				   "1234567890123456789012345678901234567890\n", 1900, "\nx"),
		    "header block has 315519 bytes; the limit is 262144");
	check_limit(repeated(MAIL "Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\nx\n", 200, ""),
		    "mail has 201 MIME parts; the limit is 200");
	check_limit(repeated(MAIL, "Content-Type: multipart/mixed; boundary=b\n\n--b\n", 21, "\nx"),
		    "MIME parts are nested at least 21 deep; the limit is 20");
	check_limit(repeated(MAIL "\n", "0123456789abcde\n", (50 << 20) / 16, ""),
		    "mail has 52428919 bytes; the limit is 52428800");
}
END_TEST

START_TEST(what_is_no_mail_is_an_input_error)
{
	ck_assert(!normalize(""));
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_str_eq(err.msg, "the mail is empty");
	ck_assert(!normalize("just words\nand more"));
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_str_eq(err.msg, "no header field was found: this is not a mail");
}
END_TEST

START_TEST(a_mail_that_needs_too_much_memory_is_a_limit)
{
	struct raw raw = { .body = STR(MAIL "\nx"), .received_us = 1 };
	struct interactions small = { .arena = arena_create(500), .max_items = 1 };

	mime_warm_up();
	ck_assert(!mail_normalize(NULL, &raw, &small, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_uint_eq(small.n_items, 0);
	arena_destroy(small.arena);
}
END_TEST

START_TEST(long_text_is_cut_with_a_warning)
{
	struct str mail = repeated(MAIL "\n", "0123456789abcde\n", 70000, "");

	ck_assert(normalize_with(NULL, mail, ""));
	ck_assert_uint_eq(out.items[0].text.len, (1 << 20) - 1);	/* the last line end is trimmed */
	ck_assert(has_warning("the text was cut at 1048576 bytes"));
	free((char *)mail.ptr);
}
END_TEST

START_TEST(the_true_number_of_recipients_is_told)
{
	struct str mail = repeated("To: team: ", "a@x.example,", 5000, ";\n\nx");

	ck_assert(normalize_with(NULL, mail, ""));
	ck_assert_uint_eq(out.items[0].n_parties, 200);
	ck_assert(has_warning("To has 5000 addresses, the first 200 are listed"));
	free((char *)mail.ptr);
}
END_TEST

START_TEST(messages_in_messages_are_one_attachment)
{
	struct str mail = repeated(MAIL, "Content-Type: message/rfc822\n\n", 100000, "x");

	ck_assert(normalize_with(NULL, mail, ""));
	ck_assert_uint_eq(out.items[0].n_attachments, 1);
	ck_assert_str_eq(cstr(out.items[0].attachments[0].name), "message.eml");
	free((char *)mail.ptr);
}
END_TEST

START_TEST(files_in_a_text_beyond_the_cap_stay_text)
{
	struct str mail = repeated(MAIL "\n", "begin 644 x\n#86)C\n`\nend\n", 102, "bye");

	ck_assert(normalize_with(NULL, mail, ""));
	ck_assert_uint_eq(out.items[0].n_attachments, 100);
	ck_assert_str_eq(cstr(out.items[0].text), "begin 644 x\n#86)C\n`\nend\nbegin 644 x\n#86)C\n`\nend\nbye");
	ck_assert(has_warning("the text holds more files than the 100 that are listed"));
	free((char *)mail.ptr);
}
END_TEST

/* The text is what is left without its file, however large that is. */
START_TEST(a_large_file_in_a_text_does_not_cut_the_text)
{
	struct str mail = repeated(MAIL "\nHi\n\nbegin 644 x\n",
				   "MAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", 30000, "`\nend\nbye\n");

	ck_assert(normalize_with(NULL, mail, ""));
	ck_assert_uint_eq(out.items[0].n_attachments, 1);
	ck_assert_int_eq(out.items[0].attachments[0].size, 30000 * 45);
	ck_assert_str_eq(cstr(out.items[0].text), "Hi\n\nbye");
	free((char *)mail.ptr);
}
END_TEST

START_TEST(limits_may_be_lowered_by_the_caller)
{
	const struct mail_options opt = { .max_bytes = 10, .legacy_charset = "koi8-r" };
	const struct mail_options koi = { .legacy_charset = "koi8-r" };

	ck_assert(!normalize_with(&opt, STR(MAIL "\nx"), ""));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert(normalize_with(&koi, STR(MAIL "\n\xf0\xd2\xc9"), ""));
	ck_assert_str_eq(cstr(out.items[0].text), "При");
}
END_TEST

START_TEST(a_stub_says_who_when_and_what)
{
	struct mail_stub stub;

	ck_assert(mail_stub(STR("Received: x\r\nFrom: =?utf-8?Q?Jos=C3=A9?= =?utf-8?B?IEw=?=\r\n <jose@x.example>\r\n"
				"Subject: =?iso-8859-1?q?Or=E7?=amento \x07\xe7\r\n"
				"Date: Mon, 14 Sep 2026 12:00:00 -0300\r\n\r\nFrom: no\r\n"), &stub));
	ck_assert_str_eq(stub.from_name, "José L");
	ck_assert_str_eq(stub.from_address, "jose@x.example");
	ck_assert_str_eq(stub.subject, "Orçamento ç");
	ck_assert_int_eq(stub.date_us, INT64_C(1789398000000000));
	ck_assert(mail_stub(STR("From: a@x.example"), &stub));
	ck_assert_str_eq(stub.from_address, "a@x.example");
	ck_assert(!mail_stub(STR("nothing\nhere"), &stub));
	ck_assert(!mail_stub(STR(""), &stub));
}
END_TEST

START_TEST(a_stub_never_overflows)
{
	struct str mail = repeated("Subject: ", "\xe2\x82\xac", 5000, "\n");
	struct mail_stub stub;

	ck_assert(mail_stub(mail, &stub));
	ck_assert_uint_eq(strlen(stub.subject), 399);	/* 133 whole characters of three bytes */
	free((char *)mail.ptr);
}
END_TEST

static void read_dropped_by(const char *by, const char *type, const char *mark, const char *inner)
{
	static const char *drops[] = { "log@us.example" };
	const struct mail_options opt = { .drop_addresses = { drops, 1 } };
	struct buf mail;
	struct raw raw;

	buf_init(&mail, 1 << 20);
	buf_addf(&mail, "%sTo: log@us.example\nDate: Mon, 14 Sep 2026 13:00:00 +0000\nMessage-ID: <2@us.example>\n"
			"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfyi\n--b\n%sContent-Type: message/rfc822\n\n%s\n--b--\n",
		 by, mark, inner);
	raw = (struct raw){ .body = buf_str(&mail), .content_type = str_from(type), .received_us = INT64_C(1795348800000000) };
	arena_destroy(out.arena);
	out = (struct interactions){ .arena = arena_create(64 << 20), .max_items = 1 };
	mime_warm_up();
	ck_assert(mail_normalize(&opt, &raw, &out, &err));
	buf_finish(&mail);
}

static void read_dropped(const char *type, const char *mark, const char *inner)
{
	read_dropped_by("From: bob@us.example\n", type, mark, inner);
}

static bool is_left_by(const char *from, const char *by)
{
	auto_free char *said = xasprintf("\"by\":%s", by);

	read_dropped_by(from, "message/rfc822", "", MAIL "\nHello from outside.\n");
	return str_find(out.items[0].details, str_from(said)) != STR_NONE;
}

/* DMARC speaks of the domain of one From: of an author whom a stranger writes elsewhere it says nothing. */
START_TEST(who_left_a_mail_is_the_one_in_from)
{
	ck_assert(is_left_by("From: Bob <bob@us.example>\n", "\"bob@us.example\""));
	ck_assert(is_left_by("From: \"Bob via Steel\" <x@evil.example>\nList-Id: <x.evil.example>\nReply-To: bob@us.example\n",
			     "\"x@evil.example\""));
	ck_assert(is_left_by("Sender: bob@us.example\n", "null"));
	ck_assert(is_left_by("From: bob@us.example, x@evil.example\n", "null"));
	ck_assert(is_left_by("From: bob@us.example\nFrom: x@evil.example\n", "null"));
}
END_TEST

START_TEST(a_mail_left_at_a_drop_address_is_unwrapped_only_where_it_is_here)
{
	read_dropped("message/rfc822", "", MAIL "\nHello from outside.\n");
	ck_assert_str_eq(cstr(out.items[0].external_id), "1@x.example");
	ck_assert_str_eq(cstr(out.items[0].text), "Hello from outside.");
	/* Of one that was not fetched there is the header alone: it would be another mail, without a text. */
	read_dropped(MAIL_SOME_PARTS, MAIL_LEFT_OUT ": 900000 2 not fetched: attachments: none\n", MAIL "\n");
	ck_assert_str_eq(cstr(out.items[0].external_id), "2@us.example");
	ck_assert_str_eq(cstr(out.items[0].text), "fyi");
}
END_TEST

START_TEST(a_mark_in_a_mail_that_was_passed_on_is_not_believed)
{
	read_dropped(MAIL_SOME_PARTS, "", MAIL "Content-Type: multipart/mixed; boundary=i\n\n--i\n\nHello.\n--i\n"
		     MAIL_LEFT_OUT ": 5 2 nothing to see\nContent-Type: application/pdf; name=a.pdf\n\nPDF\n--i--\n");
	ck_assert_str_eq(cstr(out.items[0].external_id), "1@x.example");
	ck_assert_uint_eq(out.items[0].n_attachments, 1);
	ck_assert_uint_eq(out.items[0].attachments[0].body.len, 3);
	ck_assert_uint_eq(out.items[0].attachments[0].remote_id.len, 0);
}
END_TEST

/* A field of this many bytes, and what stands behind them. */
static void add_field(struct buf *mail, const char *name, const char *unit, size_t n_bytes, const char *end)
{
	size_t begin = mail->len;

	buf_addf(mail, "%s: ", name);
	while (mail->len - begin < n_bytes)
		buf_addf(mail, "%s\n ", unit);
	buf_addf(mail, "%s\n", end);
}

/* Signatures are the sender's to add, and so is everything below the topmost header. */
START_TEST(no_sender_pushes_out_what_our_server_says_of_them)
{
	static const char *const others[] = { "Reply-To", "References", "Authentication-Results", "Authentication-Results",
					      "Authentication-Results" };
	static const char *const units[] = { "\"\\\"\\\"\\\"\\\"\\\"\\\"\" <a@b.example>,", "<\"\"\"\"\"\"\"\"\"\"\"\"\"\"@x>",
					     "evil; \001\001\001\001\001\001\001\001\001", "\001\001\001", "\001\001" };
	struct buf mail;

	buf_init(&mail, 1 << 20);
	add_field(&mail, "Authentication-Results", "mx.us.example; dkim=pass header.i=@evil.example header.s=a header.b=AAAA;", 30000,
		  "dmarc=fail header.from=us.example");
	for (size_t i = 0; i < countof(others); i++)
		add_field(&mail, others[i], units[i], 40000, "");
	buf_add(&mail, STR(MAIL "\nHello.\n"));
	ck_assert_msg(normalize_with(NULL, buf_str(&mail), ""), "%s", err.msg);
	ck_assert(has_warning("dmarc=fail header.from=us.example"));
	buf_finish(&mail);
}
END_TEST

RUN("mime-mail", no_sender_pushes_out_what_our_server_says_of_them, one_mail_in_two_mailboxes_is_one, the_same_id_with_other_content_is_two,
    a_mail_without_an_id_gets_the_same_one_wherever_it_is_found,
    the_time_is_the_claimed_one_only_while_that_is_possible,
    the_html_is_given_to_who_asks_for_it, html_that_grows_in_utf8_stays_within_what_a_parser_may_say,
    the_time_lies_within_what_the_servers_saw, a_copy_in_sent_that_was_moved_keeps_its_date,
    limits_name_themselves_and_what_the_mail_has, what_is_no_mail_is_an_input_error,
    a_mail_that_needs_too_much_memory_is_a_limit, long_text_is_cut_with_a_warning,
    the_true_number_of_recipients_is_told, messages_in_messages_are_one_attachment,
    files_in_a_text_beyond_the_cap_stay_text, a_large_file_in_a_text_does_not_cut_the_text,
    limits_may_be_lowered_by_the_caller, a_stub_says_who_when_and_what, a_stub_never_overflows,
    a_mail_left_at_a_drop_address_is_unwrapped_only_where_it_is_here,
    who_left_a_mail_is_the_one_in_from, a_mark_in_a_mail_that_was_passed_on_is_not_believed)
