#include <stdlib.h>
#include <string.h>

#include "net/imap_guard.h"

#include "../check_main.h"

static struct imap_guard g;

static enum imap_guard_verdict feed(const char *text)
{
	return imap_guard_feed(&g, text, strlen(text));
}

static void again(void)
{
	imap_guard_init(&g, 10, 100, 50);
}

START_TEST(ordinary_talk_passes)
{
	again();
	ck_assert_int_eq(feed("* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n"), IMAP_GUARD_OK);
	ck_assert_int_eq(feed("* 1 FETCH (UID 7 FLAGS (\\Seen) BODY[] {5}\r\nab\r\nc)\r\n1 OK done\r\n"), IMAP_GUARD_OK);
	ck_assert_uint_eq(g.depth, 0);
	ck_assert_str_eq(g.status, "");
}
END_TEST

START_TEST(deep_nesting_is_refused_across_pieces_and_literals)
{
	again();
	ck_assert_int_eq(feed("* 1 FETCH (((((("), IMAP_GUARD_OK);
	ck_assert_int_eq(feed(" {1}\r\nx((("), IMAP_GUARD_OK);
	ck_assert_int_eq(feed("(("), IMAP_GUARD_DEPTH);
}
END_TEST

START_TEST(quotes_do_not_hide_parentheses)
{
	again();
	ck_assert_int_eq(feed("* 1 FETCH (X a\"(((((((((("), IMAP_GUARD_DEPTH);
}
END_TEST

START_TEST(the_bytes_of_a_literal_are_anything)
{
	again();
	ck_assert_int_eq(feed("* 1 FETCH (BODY[] {30}\r\n"), IMAP_GUARD_OK);
	ck_assert_int_eq(feed("(((((((((((((((((((((((((((((("), IMAP_GUARD_OK);
	ck_assert_int_eq(feed(")\r\n* LIST () \"/\" {12}\r\n(((((((((((("), IMAP_GUARD_OK);
	ck_assert_int_eq(feed("\r\n* LIST () \"/\" {12}\n(((((((((((("), IMAP_GUARD_OK);
}
END_TEST

/* libetpan takes "{40}" in these lines for text, so what follows is parsed: it must be counted. */
START_TEST(a_literal_mark_in_text_hides_nothing)
{
	static const char *const lines[] = {
		"* OK {40}\r\n", "+ {40}\r\n", "1 OK {40}\r\n", "* BYE {40}\r\n", "* XFOO {40}\r\n", "* CAPABILITY {40}\r\n",
		"* 12 EXISTS {40}\r\n", "*  1 FETCH {40}\r\n", "FETCH {40}\r\n", "* 1 FETCH ({40} \r\n", "* 1 FETCH ({40+}\r\n",
		"* 1 FETCHX {40}\r\n", "* FETCH {40}\r\n",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		again();
		ck_assert_int_eq(feed(lines[i]), IMAP_GUARD_OK);
		ck_assert_msg(feed("* 1 FETCH ((((((((((((((") == IMAP_GUARD_DEPTH, "%s", lines[i]);
	}
}
END_TEST

START_TEST(a_literal_too_large_is_refused_before_its_bytes)
{
	static const char *const marks[] = { "{51}", "{4294967295}", "{18446744073709551615}", "{99999999999999999999999999}" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		again();
		feed("* 1 FETCH (BODY[] ");
		feed(marks[i]);
		ck_assert_msg(feed("\r\n") == IMAP_GUARD_LITERAL, "%s", marks[i]);
	}
	again();
	ck_assert_int_eq(feed("* 1 FETCH (BODY[] {50}\r\n"), IMAP_GUARD_OK);
}
END_TEST

START_TEST(a_long_line_is_refused_and_a_long_literal_is_not_a_line)
{
	char line[200];

	memset(line, 'a', sizeof(line));
	again();
	ck_assert_int_eq(imap_guard_feed(&g, line, 100), IMAP_GUARD_OK);
	ck_assert_int_eq(imap_guard_feed(&g, line, 1), IMAP_GUARD_LINE);
	imap_guard_init(&g, 10, 100, 1000);
	feed("* 1 FETCH (BODY[] {200}\r\n");
	ck_assert_int_eq(imap_guard_feed(&g, line, 200), IMAP_GUARD_OK);
	ck_assert_int_eq(feed(")\r\n"), IMAP_GUARD_OK);
}
END_TEST

START_TEST(the_last_refusal_is_remembered_printable)
{
	again();
	feed("5 NO [AUTHENTICATIONFAILED] b\x1b" "ad\r\n");
	ck_assert_str_eq(g.status, "5 NO [AUTHENTICATIONFAILED] b?ad");
	feed("* BYE [OVERQUOTA] too much\r\n* OK fine\r\n");
	ck_assert_str_eq(g.status, "* BYE [OVERQUOTA] too much");
	feed("6 BAD Request is throttled\r\n");
	ck_assert_str_eq(g.status, "6 BAD Request is throttled");
	feed("* 1 FETCH (BODY[] {10}\r\n* BYE mail\r\n)\r\n");
	ck_assert_str_eq(g.status, "6 BAD Request is throttled");
}
END_TEST

START_TEST(the_verdict_does_not_depend_on_how_the_bytes_are_cut)
{
	const char *text = "* OK x\r\n* 1 FETCH (UID 1 BODY[] {4}\r\n((((\r\n X ({3}\r\nabc))\r\n2 NO {9}\r\n* 2 FETCH ((((((((((((";
	size_t len = strlen(text);

	for (size_t cut = 1; cut < len; cut++) {
		enum imap_guard_verdict verdict = IMAP_GUARD_OK;

		again();
		for (size_t at = 0; at < len && verdict == IMAP_GUARD_OK; at += cut)
			verdict = imap_guard_feed(&g, text + at, len - at < cut ? len - at : cut);
		ck_assert_int_eq(verdict, IMAP_GUARD_DEPTH);
		ck_assert_str_eq(g.status, "2 NO {9}");
	}
}
END_TEST

RUN("imap_guard", ordinary_talk_passes, deep_nesting_is_refused_across_pieces_and_literals,
    quotes_do_not_hide_parentheses, the_bytes_of_a_literal_are_anything, a_literal_mark_in_text_hides_nothing,
    a_literal_too_large_is_refused_before_its_bytes, a_long_line_is_refused_and_a_long_literal_is_not_a_line,
    the_last_refusal_is_remembered_printable, the_verdict_does_not_depend_on_how_the_bytes_are_cut)
