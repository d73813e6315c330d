#include "ingest/erase_decoded.h"

#include "base/base64.h"
#include "base/buf.h"

/* The shortest handle that is looked for has five characters. Lines of base64 in mail are as long as they may be. */
enum { SHORTEST_RUN = 7, SHORTEST_LINE = 56 };

/* ---- escapes ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* n digits at `at`; -1: there are none. */
static int hex_at(struct str text, size_t at, size_t n)
{
	int value = 0;

	if (at + n > text.len)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int digit = hex_value(text.ptr[at + i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* Halves of a pair come out as two characters, neither of which stands in a handle. */
static void put_utf8(struct buf *out, int c)
{
	if (c < 0x80) {
		buf_addc(out, (char)c);
	} else if (c < 0x800) {
		buf_addc(out, (char)(0xc0 | c >> 6));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_addc(out, (char)(0xe0 | c >> 12));
		buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	}
}

static size_t soft_break(struct str text, size_t at)
{
	struct str rest = str_sub(text, at, text.len);

	return str_starts(rest, STR("=\r\n")) ? 3 : str_starts(rest, STR("=\n")) ? 2 : 0;
}

/* How much of the text it took; 0: there is no escape. */
static size_t undo_one(struct str text, size_t at, struct buf *out)
{
	char c = text.ptr[at];
	int value;

	if (c == '\\' && at + 1 < text.len && text.ptr[at + 1] == 'u' && (value = hex_at(text, at + 2, 4)) >= 0) {
		put_utf8(out, value);
		return 6;
	}
	if ((c == '%' || c == '=') && (value = hex_at(text, at + 1, 2)) >= 0) {
		buf_addc(out, (char)value);
		return 3;
	}
	return c == '=' ? soft_break(text, at) : 0;
}

static void undo_escapes(struct str text, struct buf *out)
{
	for (size_t at = 0; at < text.len;) {
		size_t n = undo_one(text, at, out);

		if (n == 0)
			buf_addc(out, text.ptr[at++]);
		at += n;
	}
}

/* ---- base64 ---- */

/* Also of the alphabet for URLs (RFC 4648 §5). */
static int value_of(char c)
{
	unsigned char value = base64_values[(unsigned char)(c == '-' ? '+' : c == '_' ? '/' : c)];

	return value == BASE64_NONE ? -1 : value;
}

static size_t end_of_line(struct str text, size_t at)
{
	while (at < text.len && value_of(text.ptr[at]) >= 0)
		at++;
	return at;
}

/* Behind the line break at `at`; at itself when there is none. */
static size_t next_line(struct str text, size_t at)
{
	if (at < text.len && text.ptr[at] == '\r')
		at++;
	return at < text.len && text.ptr[at] == '\n' ? at + 1 : at;
}

/* Of a run that may go on in the next line. */
static size_t end_of_run(struct str text, size_t from)
{
	for (size_t line = from;;) {
		size_t end = end_of_line(text, line), next = next_line(text, end);

		if (next == end || end - line < SHORTEST_LINE || end_of_line(text, next) == next)
			return end;
		line = next;
	}
}

static void put_run(struct str run, struct buf *out)
{
	unsigned bits = 0;
	int n_bits = 0;

	for (size_t i = 0; i < run.len; i++) {
		int value = value_of(run.ptr[i]);

		if (value < 0)
			continue;	/* a line break */
		bits = (bits << 6 | (unsigned)value) & 0xffff;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			buf_addc(out, (char)(bits >> n_bits & 0xff));
		}
	}
	buf_addc(out, '\n');
}

static void put_runs(struct str text, struct buf *out)
{
	for (size_t at = 0; at < text.len;) {
		size_t end = end_of_run(text, at);

		if (end - at >= SHORTEST_RUN)
			put_run(str_sub(text, at, end - at), out);
		at = end + 1;
	}
}

/* ---- all of them ---- */

static bool plain_or_escaped(struct str text, erase_text_fn is_so, void *arg)
{
	struct buf plain;
	bool is = is_so(text, arg);

	if (is)
		return true;
	buf_init(&plain, SIZE_MAX / 2);
	undo_escapes(text, &plain);
	is = is_so(buf_str(&plain), arg);
	buf_finish(&plain);
	return is;
}

bool erase_decoded_any(struct str text, erase_text_fn is_so, void *arg)
{
	struct buf runs;
	bool is = plain_or_escaped(text, is_so, arg);

	if (is)
		return true;
	buf_init(&runs, SIZE_MAX / 2);
	put_runs(text, &runs);
	is = plain_or_escaped(buf_str(&runs), is_so, arg);
	buf_finish(&runs);
	return is;
}
