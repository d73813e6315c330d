#include "base/base64_lines.h"

#include <string.h>

#include "base/base64.h"

struct str base64_lines_trim(struct str text)
{
	while (text.len > 0 && (*text.ptr == '\r' || *text.ptr == '\n'))
		text = str_sub(text, 1, text.len);
	while (text.len > 0 && (text.ptr[text.len - 1] == '\r' || text.ptr[text.len - 1] == '\n'))
		text.len--;
	return text;
}

bool base64_shape_is_valid(struct base64_shape shape)
{
	if (shape.line == 0)
		return shape.eol == 0;
	return shape.line % 4 == 0 && (shape.eol == 1 || shape.eol == 2);
}

void base64_lines_begin(struct base64_lines *l, struct str text)
{
	size_t end = str_chr(text, '\n');

	*l = (struct base64_lines){ .rest = text };
	if (end != STR_NONE) {
		l->shape.eol = end > 0 && text.ptr[end - 1] == '\r' ? 2 : 1;
		end -= l->shape.eol - 1;
		l->is_broken = end == 0 || end > UINT32_MAX;
		l->shape.line = (uint32_t)end;
	}
	l->is_broken = l->is_broken || !base64_shape_is_valid(l->shape);
}

/* ---- reading ---- */

static unsigned value_of(char c)
{
	return base64_values[(unsigned char)c];
}

static bool read_fours(const char *at, size_t n, char *out)
{
	unsigned bad = 0;

	for (size_t i = 0; i < n; i++, at += 4, out += 3) {
		const unsigned a = value_of(at[0]), b = value_of(at[1]), c = value_of(at[2]), d = value_of(at[3]);

		bad |= a | b | c | d;
		out[0] = (char)(a << 2 | b >> 4);
		out[1] = (char)(b << 4 | c >> 2);
		out[2] = (char)(c << 6 | d);
	}
	return bad < 64;
}

/* The four that may be padded: only with as many "=" as are due, and no bit that the bytes do not need. */
static size_t read_last_four(const char *at, char *out)
{
	char four[4];
	size_t n = at[3] != '=' ? 3 : at[2] != '=' ? 2 : 1;

	memcpy(four, at, sizeof(four));
	for (size_t i = n + 1; i < sizeof(four); i++)
		four[i] = 'A';
	if (!read_fours(four, 1, out))
		return 0;
	for (size_t i = n; i < 3; i++)
		if (out[i] != 0)
			return 0;
	return n;
}

static bool is_line_end(const struct base64_lines *l)
{
	const size_t eol = l->shape.eol;

	return l->rest.len >= eol && l->rest.ptr[eol - 1] == '\n' && (eol == 1 || l->rest.ptr[0] == '\r');
}

static void advance(struct base64_lines *l, size_t n)
{
	l->rest = str_sub(l->rest, n, l->rest.len);
	l->column += n;
	if (l->rest.len == 0 || l->shape.line == 0 || l->column < l->shape.line)
		return;
	if (!is_line_end(l)) {
		l->is_broken = true;
		return;
	}
	l->rest = str_sub(l->rest, l->shape.eol, l->rest.len);
	l->column = 0;
}

/* As much of one line as there is room for; the last four of all by themselves. */
static size_t read_piece(struct base64_lines *l, char *out, size_t room)
{
	size_t n = l->shape.line == 0 ? l->rest.len : l->shape.line - l->column, got;

	if (l->rest.len == 4) {
		got = read_last_four(l->rest.ptr, out);
		l->is_broken = got == 0;
		advance(l, 4);
		return got;
	}
	if (n > l->rest.len - 4)
		n = l->rest.len - 4;
	if (n > room / 3 * 4)
		n = room / 3 * 4;
	n -= n % 4;
	l->is_broken = n == 0 || !read_fours(l->rest.ptr, n / 4, out);
	advance(l, n);
	return n / 4 * 3;
}

size_t base64_lines_next(struct base64_lines *l, char *out, size_t room)
{
	size_t n = 0;

	while (!l->is_broken && l->rest.len > 0 && room - n >= 3) {
		l->is_broken = l->rest.len < 4;
		if (!l->is_broken)
			n += read_piece(l, out + n, room - n);
	}
	return l->is_broken ? 0 : n;
}

/* ---- writing ---- */

size_t base64_lines_size(struct base64_shape shape, size_t n_bytes)
{
	const size_t n = (n_bytes + 2) / 3 * 4;

	return n == 0 || shape.line == 0 ? n : n + (n - 1) / shape.line * shape.eol;
}

static char *write_fours(const unsigned char *p, size_t n, char *out)
{
	for (; n > 0; n--, p += 3) {
		*out++ = base64_alphabet[p[0] >> 2];
		*out++ = base64_alphabet[(p[0] & 3) << 4 | p[1] >> 4];
		*out++ = base64_alphabet[(p[1] & 15) << 2 | p[2] >> 6];
		*out++ = base64_alphabet[p[2] & 63];
	}
	return out;
}

static void write_last_four(struct str bytes, char *out)
{
	unsigned char three[3] = { 0 };

	memcpy(three, bytes.ptr, bytes.len);
	write_fours(three, 1, out);
	memset(out + 1 + bytes.len, '=', 3 - bytes.len);
}

static char *write_line_end(struct base64_shape shape, char *out)
{
	if (shape.eol == 2)
		*out++ = '\r';
	*out++ = '\n';
	return out;
}

void base64_lines_write(struct base64_shape shape, struct str bytes, char *out)
{
	const size_t fours = shape.line == 0 ? SIZE_MAX : shape.line / 4;

	while (bytes.len >= 3) {
		size_t n = bytes.len / 3 < fours ? bytes.len / 3 : fours;

		out = write_fours((const unsigned char *)bytes.ptr, n, out);
		bytes = str_sub(bytes, n * 3, bytes.len);
		if (n == fours && bytes.len > 0)
			out = write_line_end(shape, out);
	}
	if (bytes.len > 0)
		write_last_four(bytes, out);
}
