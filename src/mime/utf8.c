#include "mime/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"

/* utf8proc sorts combining marks by exchange, which is quadratic in a run of them: bounded pieces
 * keep the whole linear. */
enum { PIECE = 512 };

size_t utf8_step(struct str s)
{
	unsigned char first;
	size_t n;

	if (s.len == 0)
		return 0;
	first = (unsigned char)s.ptr[0];
	if (first < 0x80)
		return 1;
	n = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	return n <= s.len && str_is_utf8(str_sub(s, 0, n)) ? n : 0;
}

uint32_t utf8_get(struct str s, size_t *step)
{
	const unsigned char *p = (const unsigned char *)s.ptr;

	if (p[0] < 0x80) {
		*step = 1;
		return p[0];
	}
	if (p[0] < 0xe0) {
		*step = 2;
		return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	}
	if (p[0] < 0xf0) {
		*step = 3;
		return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	}
	*step = 4;
	return (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
}

void utf8_put(struct buf *out, uint32_t code)
{
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t n;

	if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		code = 0xfffd;
	n = utf8proc_encode_char((utf8proc_int32_t)code, bytes);
	buf_add(out, (struct str){ (const char *)bytes, (size_t)n });
}

struct str utf8_cut(struct str s, size_t max)
{
	size_t n = s.len < max ? s.len : max;
	size_t start = n, step;

	/* Back to the last byte that starts a character; keep it if it is complete. */
	while (start > 0 && n - start < 4) {
		start--;
		if (((unsigned char)s.ptr[start] & 0xc0) != 0x80)
			break;
	}
	step = utf8_step(str_sub(s, start, n - start));
	return str_sub(s, 0, step == 0 || start + step != n ? start : n);
}

/* How many bytes at the front are whole characters, NUL among them. */
static size_t good_run(struct str s)
{
	size_t n = 0;

	for (; n < s.len; n++) {
		n += str_utf8_length(str_sub(s, n, s.len));
		if (n == s.len || s.ptr[n] != '\0')
			break;
	}
	return n;
}

void utf8_count(struct str s, size_t *n_multibyte, size_t *n_bad)
{
	*n_multibyte = *n_bad = 0;
	for (size_t i = 0, end; i < s.len; i = end + 1) {
		end = i + good_run(str_sub(s, i, s.len));
		for (; i < end; i++)
			*n_multibyte += (unsigned char)s.ptr[i] >= 0xc0;
		*n_bad += end < s.len;
	}
}

void utf8_repair(struct str s, struct buf *out)
{
	for (size_t i = 0, run; i < s.len; i += run + 1) {
		run = good_run(str_sub(s, i, s.len));
		buf_add(out, str_sub(s, i, run));
		if (i + run < s.len)
			buf_add(out, STR("\xef\xbf\xbd"));
	}
}

/* May a piece begin here without losing a composition across the cut? */
static bool is_starter(uint32_t code)
{
	const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)code);
	bool is_jamo = code >= 0x1160 && code <= 0x11ff;
	/* The high bit marks the second half of a composition. */
	bool is_second = p->comb_index != UINT16_MAX && (p->comb_index & 0x8000) != 0;

	return p->combining_class == 0 && !is_jamo && !is_second;
}

static size_t piece_length(struct str s)
{
	size_t hard = 0, soft = 0, step;

	if (s.len <= PIECE)
		return s.len;
	for (size_t i = 0; i < PIECE; i += step) {
		uint32_t code = utf8_get(str_sub(s, i, s.len), &step);

		if (i > 0 && is_starter(code))
			soft = i;
		hard = i;
	}
	return soft ? soft : hard;
}

static void compose_piece(struct str s, struct buf *out)
{
	utf8proc_uint8_t *composed = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len,
					  &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);

	buf_add(out, n < 0 ? s : (struct str){ (const char *)composed, (size_t)n });
	free(composed);
}

/* Of one that has a canonical decomposition: й and ご come back, the Ångström sign does not. */
static bool is_composed_again(uint32_t code)
{
	utf8proc_int32_t codes[8];
	utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)code, codes, countof(codes), UTF8PROC_DECOMPOSE, NULL);

	return n > 0 && n <= (utf8proc_ssize_t)countof(codes) &&
	       utf8proc_normalize_utf32(codes, n, UTF8PROC_STABLE | UTF8PROC_COMPOSE) == 1 && codes[0] == (utf8proc_int32_t)code;
}

/* Does composing leave it as it is, unless something follows that combines with it? Nearly all do: letters, dashes and
 * ideographs. What has only a compatibility form (decomp_type) keeps it. */
static bool is_inert(uint32_t code)
{
	const utf8proc_property_t *p;

	if (code < 0x300)
		return true;
	p = utf8proc_get_property((utf8proc_int32_t)code);
	return is_starter(code) && (p->decomp_seqindex == UINT16_MAX || p->decomp_type != 0 || is_composed_again(code));
}

/* How much of s can be taken as it is: all that is inert, but for its last character if something follows that may
 * combine with it. */
static size_t simple_run(struct str s)
{
	size_t n = 0, step;

	while (n < s.len) {
		step = str_ascii_run(str_sub(s, n, s.len));
		if (step == 0 && !is_inert(utf8_get(str_sub(s, n, s.len), &step)))
			break;
		n += step;
	}
	if (n == s.len || n == 0)
		return n;
	n--;
	while (n > 0 && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void compose(struct str s, struct buf *out)
{
	size_t n;

	for (size_t i = 0; i < s.len; i += n) {
		struct str rest = str_sub(s, i, s.len);

		n = simple_run(rest);
		if (n > 0) {
			buf_add(out, str_sub(rest, 0, n));
			continue;
		}
		n = piece_length(rest);
		compose_piece(str_sub(rest, 0, n), out);
	}
}

/* Are these eight bytes all ASCII, and no control character? */
static bool are_plain(const char *p)
{
	const uint64_t high = 0x8080808080808080, ones = 0x0101010101010101;
	uint64_t word;

	memcpy(&word, p, 8);
	return ((word | (word - 0x20 * ones) | (word + ones)) & high) == 0;
}

/* How long it goes on without a control character: C1 ones are C2 80 to C2 9F. */
static size_t plain_run(struct str s)
{
	size_t n = 0;

	for (; n < s.len; n++) {
		unsigned char c;

		while (n + 8 < s.len && are_plain(s.ptr + n))
			n += 8;
		c = (unsigned char)s.ptr[n];
		if (c >= 0x20 && c < 0x7f)
			continue;
		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			break;
		if (c == 0xc2 && n + 1 < s.len && (unsigned char)s.ptr[n + 1] < 0xa0)
			break;
	}
	return n;
}

static void drop_controls(struct str s, struct buf *out)
{
	size_t run;

	while (s.len > 0) {
		run = plain_run(s);
		buf_add(out, str_sub(s, 0, run));
		s = str_sub(s, run, s.len);
		/* CRLF is one line end, a lone CR another. */
		if (str_starts(s, STR("\r")) && !str_starts(s, STR("\r\n")))
			buf_addc(out, '\n');
		s = str_sub(s, str_starts(s, STR("\xc2")) ? 2 : 1, s.len);
	}
}

void utf8_clean(struct str s, struct buf *out)
{
	struct buf plain;

	buf_init(&plain, s.len);
	drop_controls(s, &plain);
	compose(buf_str(&plain), out);
	buf_finish(&plain);
}

void utf8_clean_line(struct str s, struct buf *out)
{
	struct buf plain;

	buf_init(&plain, s.len);
	drop_controls(s, &plain);
	for (size_t i = 0; i < plain.len; i++)
		if (plain.ptr[i] == '\n' || plain.ptr[i] == '\t')
			plain.ptr[i] = ' ';
	compose(str_trim(buf_str(&plain)), out);
	buf_finish(&plain);
}

bool utf8_is_bidi(uint32_t code)
{
	return code == 0x061c || code == 0x200e || code == 0x200f ||
	       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}
