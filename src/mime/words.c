#include "mime/words.h"

#include "mime/charset.h"
#include "mime/header.h"
#include "mime/transfer.h"
#include "mime/utf8.h"

enum { WORD_MAX = 8192 };	/* RFC 2047 says 75; whole subjects in one word are common */

struct word {
	struct str charset;
	char encoding;		/* 'b' or 'q' */
	struct str text;
	size_t length;		/* of the whole, from "=?" to "?=" */
};

/* =?charset*language?encoding?text?= at the front of s. */
static bool read_word(struct str s, struct word *w)
{
	struct str rest = str_sub(s, 2, s.len);
	size_t end, star;

	end = str_chr(str_sub(rest, 0, 64), '?');
	if (end == STR_NONE || end == 0 || rest.len < end + 3 || rest.ptr[end + 2] != '?')
		return false;
	w->charset = str_sub(rest, 0, end);
	star = str_chr(w->charset, '*');
	if (star != STR_NONE)
		w->charset.len = star;
	w->encoding = (char)(rest.ptr[end + 1] | 0x20);
	if (w->encoding != 'b' && w->encoding != 'q')
		return false;
	rest = str_sub(rest, end + 3, rest.len);
	/* Bounded, so that many beginnings without an end cost no more than their length. */
	end = str_find(str_sub(rest, 0, WORD_MAX), STR("?="));
	if (end == STR_NONE)
		return false;
	w->text = str_sub(rest, 0, end);
	w->length = (size_t)(rest.ptr + end + 2 - s.ptr);
	return true;
}

/* Bytes of words in one charset that wait for their conversion. */
struct run {
	struct decode *dec;
	struct str charset;
	struct buf bytes;
	struct buf *out;
};

static void flush(struct run *run)
{
	if (run->bytes.len > 0)
		charset_decode(run->dec, buf_str(&run->bytes), run->charset, run->out);
	buf_clear(&run->bytes);
}

/* Quoted-printable in which "_" is a space. */
static void add_q(struct run *run, struct str text)
{
	struct str copy = arena_str(run->dec->arena, text);

	for (size_t i = 0; i < copy.len; i++)
		if (copy.ptr[i] == '_')
			((char *)copy.ptr)[i] = ' ';
	transfer_decode(TRANSFER_QP, copy, &run->bytes);
}

static void add_word(struct run *run, const struct word *w)
{
	if (!str_ieq(run->charset, w->charset))
		flush(run);
	run->charset = w->charset;
	if (w->encoding == 'b')
		transfer_decode(TRANSFER_BASE64, w->text, &run->bytes);
	else
		add_q(run, w->text);
}

static void add_plain(struct run *run, struct str text)
{
	flush(run);
	if (text.len > 0)
		charset_decode(run->dec, text, (struct str){ NULL, 0 }, run->out);
}

static bool is_blank(struct str s)
{
	return str_trim(s).len == 0;
}

static void decode_all(struct run *run, struct str value)
{
	struct word w;
	bool after_word = false;
	size_t plain = 0, at = 0, hit;

	while (at < value.len) {
		hit = str_find(str_sub(value, at, value.len), STR("=?"));
		if (hit == STR_NONE)
			break;
		at += hit;
		if (!read_word(str_sub(value, at, value.len), &w)) {
			at += 2;
			continue;
		}
		/* White space between two words is only folding. */
		if (!after_word || !is_blank(str_sub(value, plain, at - plain)))
			add_plain(run, str_sub(value, plain, at - plain));
		add_word(run, &w);
		after_word = true;
		at += w.length;
		plain = at;
	}
	add_plain(run, str_sub(value, plain, value.len));
}

struct str words_decode(struct decode *dec, struct str value)
{
	struct buf text, clean;
	struct run run = { .dec = dec, .out = &text };
	struct str result;

	value = field_unfold(value, dec->arena);
	buf_init(&run.bytes, value.len);
	buf_init(&text, 4 * value.len + 16);
	buf_init(&clean, 16 * value.len + 64);
	decode_all(&run, value);
	utf8_clean_line(buf_str(&text), &clean);
	result = arena_str(dec->arena, buf_str(&clean));
	buf_finish(&run.bytes);
	buf_finish(&text);
	buf_finish(&clean);
	return result;
}
