/* What customers write does not steer a terminal. */
#include "../check_main.h"
#include "cli/plain.h"

static const char *line(const char *text)
{
	static struct buf out;

	buf_finish(&out);
	buf_init(&out, 1 << 16);
	plain_line(&out, str_from(text));
	buf_addc(&out, '\0');
	return out.ptr;
}

static const char *with(void (*fn)(struct buf *out, struct str s), struct str s)
{
	static struct buf out;

	buf_finish(&out);
	buf_init(&out, 1 << 16);
	fn(&out, s);
	buf_addc(&out, '\0');
	return out.ptr;
}

START_TEST(escape_sequences_lose_their_escape)
{
	ck_assert_str_eq(line("red \033[31m now"), "red [31m now");
	ck_assert_str_eq(line("title \033]0;x\007 end"), "title ]0;x end");
	ck_assert_str_eq(line("\x7f" "del"), "del");
}
END_TEST

START_TEST(the_eight_bit_controls_are_controls_too)
{
	ck_assert_str_eq(line("a\xc2\x9b" "31mb"), "a 31mb");
	ck_assert_str_eq(line("a\xc2\x85" "b"), "a b");
	ck_assert_str_eq(line("no-break\xc2\xa0space"), "no-break\xc2\xa0space");
}
END_TEST

START_TEST(marks_that_turn_or_hide_text_are_gone)
{
	ck_assert_str_eq(line("gpj.\xe2\x80\xae" "exe"), "gpj.exe");
	ck_assert_str_eq(line("a\xe2\x81\xa6" "b\xe2\x81\xa9"), "ab");
	ck_assert_str_eq(line("\xef\xbb\xbfstart"), "start");
	ck_assert_str_eq(line("tag\xf3\xa0\x81\x81s"), "tags");
	ck_assert_str_eq(line("family \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"),
			 "family \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7");
}
END_TEST

START_TEST(a_line_is_one_line)
{
	ck_assert_str_eq(line("one\r\n\ttwo\n\nthree"), "one two three");
	ck_assert_str_eq(line("para\xe2\x80\xa9graph"), "para graph");
	ck_assert_str_eq(line("  lead"), "lead");
}
END_TEST

START_TEST(bad_bytes_are_shown_as_bad)
{
	ck_assert_str_eq(line("a\xff" "b"), "a\xef\xbf\xbd" "b");
	ck_assert_str_eq(line("cut \xe2\x82"), "cut \xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

START_TEST(a_preview_is_cut_between_characters)
{
	struct buf out;

	buf_init(&out, 100);
	plain_preview(&out, STR("\xc3\xa9\xc3\xa9\xc3\xa9"), 2);
	ck_assert_str_eq(out.ptr, "\xc3\xa9\xc3\xa9\xe2\x80\xa6");
	buf_clear(&out);
	plain_preview(&out, STR("two"), 3);
	ck_assert_str_eq(out.ptr, "two");
	buf_finish(&out);
}
END_TEST

START_TEST(raw_bytes_keep_their_lines_and_spell_out_the_rest)
{
	ck_assert_str_eq(with(plain_bytes, STR("a\r\nb\tc\033[0m\xff")), "a\nb\tc\\x1b[0m\\xff");
	ck_assert_str_eq(with(plain_bytes, STR("\xe2\x80\xae" "x\xc2\x9b")), "\\u202ex\\u009b");
	ck_assert_str_eq(with(plain_bytes, ((struct str){ "n\0l", 3 })), "n\\x00l");
}
END_TEST

START_TEST(json_says_the_same_in_escapes)
{
	ck_assert_str_eq(with(plain_json, STR("{\"a\":\"\xc2\x9b\xe2\x80\xae\x7f\"}")),
			 "{\"a\":\"\\u009b\\u202e\\u007f\"}");
	ck_assert_str_eq(with(plain_json, STR("\"\xf3\xa0\x81\x81\"")), "\"\\udb40\\udc41\"");
	ck_assert_str_eq(with(plain_json, STR("{\"n\":\"Z\xc3\xa9\"}")), "{\"n\":\"Z\xc3\xa9\"}");
}
END_TEST

RUN("cli/plain", escape_sequences_lose_their_escape, the_eight_bit_controls_are_controls_too,
    marks_that_turn_or_hide_text_are_gone, a_line_is_one_line, bad_bytes_are_shown_as_bad,
    a_preview_is_cut_between_characters, raw_bytes_keep_their_lines_and_spell_out_the_rest,
    json_says_the_same_in_escapes)
