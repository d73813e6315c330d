/* Base64 has a fast way of ours and GMime's; whatever comes, both say the same. And the seams between the pieces in
 * which an attachment is decoded are not seen. */
#include "mime/transfer.h"

#include <gmime/gmime-encodings.h>
#include <string.h>

#include "../check_main.h"

enum { MAX = 60000, ROUNDS = 4000 };

static bool is_base64(char c)
{
	return strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", c) != NULL && c != '\0';
}

/* By GMime alone: up to the padding, and with what is missing of it. */
static size_t by_gmime(const char *in, size_t n, char *out)
{
	GMimeEncoding state;
	size_t end = 0, n_chars = 0, made;

	while (end < n && in[end] != '=')
		end++;
	while (end < n && in[end] == '=')
		end++;
	for (size_t i = 0; i < end; i++)
		n_chars += is_base64(in[i]);
	g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_BASE64);
	made = g_mime_encoding_step(&state, in, end, out);
	return made + g_mime_encoding_step(&state, "==", n_chars % 4 < 2 ? 0 : 4 - n_chars % 4, out + made);
}

static void compare(const char *in, size_t n)
{
	static char want[MAX + 64];
	size_t n_want = by_gmime(in, n, want);
	struct buf got;

	buf_init(&got, transfer_room(TRANSFER_BASE64, n));
	transfer_decode(TRANSFER_BASE64, (struct str){ in, n }, &got);
	ck_assert_uint_eq(got.len, n_want);
	ck_assert(n_want == 0 || memcmp(got.ptr, want, n_want) == 0);
	buf_finish(&got);
}

/* The same numbers each time. */
static unsigned next_number(void)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 32);
}

static size_t write_lines(char *out, size_t n, size_t line, bool has_cr)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t at = 0;

	while (at < n) {
		for (size_t i = 0; i < line && at < n; i++)
			out[at++] = alphabet[next_number() % 64];
		if (has_cr && at < n)
			out[at++] = '\r';
		if (at < n)
			out[at++] = '\n';
	}
	return at;
}

static void break_it(char *bytes, size_t n, size_t n_places)
{
	static const char odd[] = "=\r\n -*\t\0\x80\xff";

	for (size_t i = 0; n > 0 && i < n_places; i++)
		bytes[next_number() % n] = odd[next_number() % (sizeof(odd) - 1)];
}

START_TEST(clean_lines_of_any_length_read_as_gmime_reads_them)
{
	static char bytes[MAX];

	for (size_t line = 1; line < 100; line += sample())
		for (int cr = 0; cr < 2; cr++)
			compare(bytes, write_lines(bytes, 20000 + next_number() % (MAX - 20000), line, cr));
}
END_TEST

START_TEST(broken_ones_too)
{
	static char bytes[MAX];

	for (int i = 0; i < ROUNDS; i += (int)sample()) {
		size_t n = write_lines(bytes, next_number() % (i % 10 == 0 ? MAX : 300), 1 + next_number() % 80,
				       next_number() % 2);

		break_it(bytes, n, next_number() % 6);
		compare(bytes, n);
	}
}
END_TEST

START_TEST(padding_anywhere_and_what_follows_it)
{
	static const char *const cases[] = {
		"", "=", "==", "====", "a", "ab", "abc", "abcd", "abcd=", "abcd==", "abcd====", "ab==", "abc=",
		"ab==cdef", "abc=defg", "abcdab==\r\nabcd\r\n", "a=b=c=d=", "abc\r\nd", "\r\n\r\nabcd", "abcd\r",
		"abcd\n-- \nlist footer", "=abcd", "abcd=abcd",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		compare(cases[i], strlen(cases[i]));
}
END_TEST

static char uu_digit(unsigned six)
{
	return six == 0 ? '`' : (char)(' ' + six);
}

static void add_uu_line(struct buf *out, const unsigned char *in, size_t n)
{
	buf_addc(out, uu_digit((unsigned)n));
	for (const unsigned char *p = in; p < in + n; p += 3) {
		buf_addc(out, uu_digit(p[0] >> 2));
		buf_addc(out, uu_digit((p[0] << 4 | p[1] >> 4) & 63));
		buf_addc(out, uu_digit((p[1] << 2 | p[2] >> 6) & 63));
		buf_addc(out, uu_digit(p[2] & 63));
	}
}

/* n bytes, a multiple of three, the first lines shorter than the others. */
static void uuencode(struct buf *out, const unsigned char *in, size_t n, size_t n_short, struct str line_end)
{
	buf_add(out, STR("begin 644 x"));
	buf_add(out, line_end);
	for (size_t done = 0, len; done < n; done += len) {
		len = done < 6 * n_short ? 6 : 45;
		if (len > n - done)
			len = n - done;
		add_uu_line(out, in + done, len);
		buf_add(out, line_end);
	}
	buf_addc(out, '`');
	buf_add(out, line_end);
	buf_add(out, STR("end"));
	buf_add(out, line_end);
}

START_TEST(uuencoded_attachments_come_out_whole)
{
	static unsigned char bytes[9000];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)next_number();
	/* As many short lines as a long one has characters: the seams come to lie everywhere in a line. */
	for (size_t n_short = 0; n_short < 63; n_short++) {
		for (int cr = 0; cr < 2; cr++) {
			struct buf text, got;

			buf_init(&text, 4 * sizeof(bytes));
			uuencode(&text, bytes, sizeof(bytes), n_short, cr ? STR("\r\n") : STR("\n"));
			buf_init(&got, transfer_room(TRANSFER_UU, text.len));
			transfer_decode(TRANSFER_UU, buf_str(&text), &got);
			ck_assert_uint_eq(got.len, sizeof(bytes));
			ck_assert_mem_eq(got.ptr, bytes, sizeof(bytes));
			buf_finish(&got);
			buf_finish(&text);
		}
	}
}
END_TEST

RUN("mime-transfer", clean_lines_of_any_length_read_as_gmime_reads_them, broken_ones_too,
    padding_anywhere_and_what_follows_it, uuencoded_attachments_come_out_whole)
