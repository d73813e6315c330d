#include "net/chunk.h"

#include <string.h>

#include "base/buf.h"
#include "net/http.h"
#include "../check_main.h"

static struct buf body;

/* Feeds text in pieces of `step`; the last result, with the body and what is left over. */
static enum chunk_result feed(const char *text, size_t step, struct str *left)
{
	enum chunk_result result = CHUNK_MORE;
	struct chunk c = { 0 };
	struct str all = str_from(text), data;

	buf_init(&body, 4096);
	for (size_t at = 0; at < all.len && result == CHUNK_MORE; at += step) {
		struct str in = str_sub(all, at, step);

		while ((result = chunk_next(&c, &in, &data)) == CHUNK_DATA)
			buf_add(&body, data);
		*left = str_sub(all, (size_t)(in.ptr - all.ptr), STR_NONE);
	}
	return result;
}

START_TEST(a_body_comes_out_whole_however_it_is_cut)
{
	static const char text[] = "5\r\nhello\r\nA;x=\"y z\"\r\n0123456789\r\n0003 \r\nend\r\n"
				   "000\r\nX: y\r\nZ:\r\n\r\nGET /";
	struct str left;

	for (size_t step = 1; step < sizeof(text); step++) {
		ck_assert_int_eq(feed(text, step, &left), CHUNK_DONE);
		ck_assert_str_eq(body.ptr, "hello0123456789end");
		ck_assert(str_eq(left, STR("GET /")));
		buf_finish(&body);
	}
}
END_TEST

START_TEST(what_could_be_read_in_two_ways_is_malformed)
{
	static const char *const bad[] = {
		"0x3\r\nabc\r\n", "+3\r\nabc\r\n", " 3\r\nabc\r\n", "-3\r\nabc\r\n", "\r\nabc\r\n",
		";a\r\n", "3\nabc", "3\rabc", "3\r\nabcd", "3\r\nabc\n", "3 3\r\nabc",
		"123456789\r\n", "000000003\r\n", "0\r\n\n", "0\r\nX: a\nb", "0\r\nX: \x01", "0\r\n\rx",
		"3;\x01\r\n", "g\r\n",
	};
	struct str left;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		for (size_t step = 1; step < 12; step++) {
			ck_assert_msg(feed(bad[i], step, &left) == CHUNK_BAD, "%s", bad[i]);
			buf_finish(&body);
		}
	}
}
END_TEST

START_TEST(extensions_and_trailers_have_an_end)
{
	struct chunk c = { 0 };
	struct str in = STR("1;"), data;
	enum chunk_result result = chunk_next(&c, &in, &data);

	for (int i = 0; i < 20000 && result == CHUNK_MORE; i++) {
		in = STR("x");
		result = chunk_next(&c, &in, &data);
	}
	ck_assert_int_eq(result, CHUNK_BAD);
	c = (struct chunk){ 0 };
	in = STR("0\r\n");
	result = chunk_next(&c, &in, &data);
	for (int i = 0; i < 5000 && result == CHUNK_MORE; i++) {
		in = STR("a: b\r\n");
		result = chunk_next(&c, &in, &data);
	}
	ck_assert_int_eq(result, CHUNK_BAD);
}
END_TEST

static bool decode(const char *raw, bool plus, const char *want)
{
	char out[64];
	size_t n = 0;

	return http_decode(str_from(raw), plus, out, &n) &&
	       str_eq((struct str){ out, n }, str_from(want));
}

START_TEST(percent_encoding_is_undone_and_tricks_are_not)
{
	char out[16];
	size_t n;

	ck_assert(decode("", false, ""));
	ck_assert(decode("/a%20b+c", false, "/a b+c"));
	ck_assert(decode("a+b%2B%c3%A9", true, "a b+\xc3\xa9"));
	static const char *const bad[] = { "%", "%4", "%zz", "a%00", "%0d%0a", "%ff", "%c0%af", "\x7f" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!http_decode(str_from(bad[i]), false, out, &n), "%s", bad[i]);
}
END_TEST

RUN("chunk", a_body_comes_out_whole_however_it_is_cut, what_could_be_read_in_two_ways_is_malformed,
    extensions_and_trailers_have_an_end, percent_encoding_is_undone_and_tricks_are_not)
