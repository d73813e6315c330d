/* A handle is found in a body however that is written. */
#include "base/base64.h"
#include "base/buf.h"
#include "ingest/erase_decoded.h"
#include "ingest/erase_words.h"

#include "../check_main.h"

#define MARIA "maria.silva@example.com"

static bool names_maria(struct str text, void *arg)
{
	++*(int *)arg;
	return erase_words_has(text, STR(MARIA));
}

static bool finds(const char *text)
{
	int n = 0;

	return erase_decoded_any(str_from(text), names_maria, &n);
}

/* Each line with a break behind it, as mail has it; width 0: one line. */
static const char *in_base64(const char *before, const char *text, size_t width, const char *line_break, const char *after)
{
	static char out[4096];
	struct buf whole, coded;

	buf_init(&whole, sizeof(out) - 1);
	buf_init(&coded, sizeof(out) - 1);
	base64_put(&coded, str_from(text));
	buf_add(&whole, str_from(before));
	for (size_t at = 0; at < coded.len; at += width ? width : coded.len) {
		buf_add(&whole, str_sub(buf_str(&coded), at, width ? width : coded.len));
		if (width != 0)
			buf_add(&whole, str_from(line_break));
	}
	buf_add(&whole, str_from(after));
	memcpy(out, whole.ptr, whole.len + 1);
	buf_finish(&whole);
	buf_finish(&coded);
	return out;
}

START_TEST(escapes_are_undone)
{
	ck_assert(finds("write to " MARIA " today"));
	ck_assert(finds("{\"from\":\"maria\\u002esilva\\u0040example.com\"}"));
	ck_assert(finds("{\"from\":\"\\u006d\\u0061ria.silva@example\\u002Ecom\"}"));
	ck_assert(finds("email=maria%2Esilva%40example.com&x=1"));
	ck_assert(finds("=6Daria.silva=40example=2Ecom"));
	ck_assert(finds("a long line about maria.sil=\r\nva@example.com") && finds("maria.silva@exam=\nple.com"));
	ck_assert(finds("From: =?utf-8?Q?=4Daria.silva=40example.com?= <x@y.example>"));
	ck_assert(!finds("joao\\u0040example.com =4Doana.silva=40example.com") && !finds("") && !finds("\\u00 =4 % ="));
}
END_TEST

START_TEST(base64_is_read)
{
	static const char letter[] = "Dear all, this is a letter of more than one line of base64, so that the address is in a "
				     "later one. Yours, " MARIA ", of the best house in town, with many greetings to you all";

	ck_assert(finds(in_base64("Content-Transfer-Encoding: base64\r\n\r\n", letter, 76, "\r\n", "--b--\r\n")));
	ck_assert(finds(in_base64("Content-Transfer-Encoding: base64\n\n", letter, 60, "\n", "")));
	ck_assert(finds(in_base64("{\"raw\":\"", letter, 0, "", "\"}")));
	ck_assert(finds(in_base64("Subject: =?utf-8?B?", MARIA, 0, "", "?=")));
	ck_assert(finds(in_base64("x", "{\"to\":\"maria.silva\\u0040example.com\"}", 0, "", "") + 1));
	ck_assert(!finds(in_base64("{\"raw\":\"", "joana@example.com and nobody else", 0, "", "\"}")));
	ck_assert(!finds("c29tZXRoaW5nIGVsc2U="));
}
END_TEST

RUN("erase_decoded", escapes_are_undone, base64_is_read)
