#include "mime/stub.h"

#include <string.h>

#include "mime/date.h"
#include "mime/line.h"

enum { LOOKED_AT = 16 << 10, VALUE_MAX = 2048, CUT_MAX = 3 };

/* A fixed buffer that takes whole characters and then no more. */
struct sink {
	char *ptr;
	size_t len, room;	/* room leaves one for the terminator */
};

static void put_code(struct sink *s, uint32_t code)
{
	char c[4];
	size_t n;

	if (code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	    (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
		code = ' ';
	if (code == ' ' && (s->len == 0 || s->ptr[s->len - 1] == ' '))
		return;
	if (code < 0x80) {
		c[0] = (char)code;
		n = 1;
	} else if (code < 0x800) {
		c[0] = (char)(0xc0 | code >> 6);
		c[1] = (char)(0x80 | (code & 0x3f));
		n = 2;
	} else if (code < 0x10000) {
		c[0] = (char)(0xe0 | code >> 12);
		c[1] = (char)(0x80 | (code >> 6 & 0x3f));
		c[2] = (char)(0x80 | (code & 0x3f));
		n = 3;
	} else {
		c[0] = (char)(0xf0 | code >> 18);
		c[1] = (char)(0x80 | (code >> 12 & 0x3f));
		c[2] = (char)(0x80 | (code >> 6 & 0x3f));
		c[3] = (char)(0x80 | (code & 0x3f));
		n = 4;
	}
	if (n > s->room - s->len) {
		s->room = s->len;	/* full: a shorter character later must not slip in */
		return;
	}
	memcpy(s->ptr + s->len, c, n);
	s->len += n;
}

static void end(struct sink *s)
{
	while (s->len > 0 && s->ptr[s->len - 1] == ' ')
		s->len--;
	s->ptr[s->len] = '\0';
}

/* The code point at the front and its length; a byte that is no UTF-8 is read as Latin-1. */
static size_t next_code(struct str s, uint32_t *code)
{
	const unsigned char *p = (const unsigned char *)s.ptr;

	for (size_t n = 2; n <= 4 && n <= s.len && p[0] >= 0xc2; n++) {
		if (!str_is_utf8(str_sub(s, 0, n)))
			continue;
		*code = p[0] & (0x7fu >> n);
		for (size_t i = 1; i < n; i++)
			*code = *code << 6 | (p[i] & 0x3fu);
		return n;
	}
	*code = p[0];
	return 1;
}

static void put_bytes(struct sink *s, struct str bytes)
{
	uint32_t code;

	for (size_t i = 0, n; i < bytes.len; i += n) {
		n = next_code(str_sub(bytes, i, bytes.len), &code);
		put_code(s, code);
	}
}

static int digit(char c, int base)
{
	if (base == 16)
		return str_hex_digit(c);
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static size_t decode_q(struct str in, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		int high = in.ptr[i] == '=' && i + 2 < in.len ? digit(in.ptr[i + 1], 16) : -1;
		int low = high >= 0 ? digit(in.ptr[i + 2], 16) : -1;

		if (low >= 0) {
			out[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			out[n++] = in.ptr[i] == '_' ? ' ' : in.ptr[i];
		}
	}
	return n;
}

static size_t decode_b(struct str in, char *out)
{
	uint32_t bits = 0;
	int n_bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		int value = digit(in.ptr[i], 64);

		if (value < 0)
			continue;
		bits = bits << 6 | (uint32_t)value;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			out[n++] = (char)(bits >> n_bits);
		}
	}
	return n;
}

/* Read as UTF-8, and where it is none as Latin-1: of the others that are nearly that, too. */
static bool is_readable(struct str charset)
{
	static const char *const names[] = { "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso8859-1", "latin1", "windows-1252",
					     "cp1252", "iso-8859-15" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_ieq(charset, str_from(names[i])))
			return true;
	return false;
}

/* One encoded word of UTF-8 or Latin-1 at the front: decoded into out (never longer than the
 * word); its length, 0 when it is none. */
static size_t read_word(struct str s, char *out, size_t *n_out)
{
	struct str charset, rest = str_sub(s, 2, s.len);
	size_t mark = str_chr(str_sub(rest, 0, 40), '?'), stop;
	char encoding;

	if (!str_starts(s, STR("=?")) || mark == STR_NONE || rest.len < mark + 3 ||
	    rest.ptr[mark + 2] != '?')
		return 0;
	charset = str_sub(rest, 0, mark);
	charset = str_sub(charset, 0, str_chr(charset, '*'));	/* the language */
	encoding = (char)(rest.ptr[mark + 1] | 0x20);
	rest = str_sub(rest, mark + 3, 1024);
	stop = str_find(rest, STR("?="));
	if (stop == STR_NONE || (encoding != 'q' && encoding != 'b'))
		return 0;
	if (!is_readable(charset))
		return 0;
	rest = str_sub(rest, 0, stop);
	*n_out = encoding == 'q' ? decode_q(rest, out) : decode_b(rest, out);
	return (size_t)(rest.ptr + stop + 2 - s.ptr);
}

/* How many bytes at the end are the beginning of a character of UTF-8. */
static size_t cut_length(const char *bytes, size_t n)
{
	for (size_t k = 1; k <= 3 && k <= n; k++) {
		unsigned char c = (unsigned char)bytes[n - k];

		if (c >= 0xc0)
			return (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) > k ? k : 0;
		if (c < 0x80)
			return 0;
	}
	return 0;
}

static void put_decoded(struct sink *s, struct str value)
{
	char word[CUT_MAX + 1024];
	size_t step, n, at, n_cut = 0;		/* a character may be cut in two by the end of a word */

	for (size_t i = 0; i < value.len; i += step) {
		struct str rest = str_sub(value, i, value.len);

		step = read_word(rest, word + n_cut, &n);
		if (step == 0) {
			uint32_t code;

			put_bytes(s, (struct str){ word, n_cut });
			n_cut = 0;
			step = next_code(rest, &code);
			put_code(s, code);
			continue;
		}
		n += n_cut;
		n_cut = 0;
		/* Blanks between two words are only folding. */
		for (at = i + step; at < value.len && str_chr(STR(" \t\r\n"), value.ptr[at]) != STR_NONE; at++)
			;
		if (str_starts(str_sub(value, at, value.len), STR("=?"))) {
			step = at - i;
			n_cut = cut_length(word, n);
		}
		put_bytes(s, (struct str){ word, n - n_cut });
		memmove(word, word + n - n_cut, n_cut);
	}
	put_bytes(s, (struct str){ word, n_cut });
}

void mail_stub_text(struct str value, char *out, size_t size)
{
	struct sink text = { out, 0, size - 1 };

	put_decoded(&text, str_trim(value));
	end(&text);
}

static void read_from(struct str value, struct mail_stub *out)
{
	struct sink address = { out->from_address, 0, sizeof(out->from_address) - 1 };
	struct sink name = { out->from_name, 0, sizeof(out->from_name) - 1 };
	size_t open = str_rchr(value, '<'), close;
	struct str bare = value;

	if (open != STR_NONE) {
		struct str before = str_trim(str_sub(value, 0, open));

		bare = str_sub(value, open + 1, value.len);
		close = str_chr(bare, '>');
		bare = str_sub(bare, 0, close);
		if (before.len > 1 && before.ptr[0] == '"' && before.ptr[before.len - 1] == '"')
			before = str_sub(before, 1, before.len - 2);
		put_decoded(&name, before);
	}
	if (str_chr(bare, '@') != STR_NONE)
		put_bytes(&address, str_trim(bare));
	else if (name.len == 0)
		put_decoded(&name, bare);
	end(&address);
	end(&name);
}

/* A field with its folded lines; at stands behind its first line. */
static struct str whole_value(struct str text, struct str line, size_t at, size_t colon)
{
	struct str more, value = str_sub(line, colon + 1, line.len);

	while (line_next(text, &at, &more) && more.len > 0 &&
	       (more.ptr[0] == ' ' || more.ptr[0] == '\t'))
		value.len = (size_t)(more.ptr + more.len - value.ptr);
	return str_trim(str_sub(value, 0, VALUE_MAX));
}

static void read_field(struct str name, struct str value, struct mail_stub *out)
{
	if (str_ieq(name, STR("From")) && !out->from_address[0] && !out->from_name[0]) {
		read_from(value, out);
	} else if (str_ieq(name, STR("Subject")) && !out->subject[0]) {
		mail_stub_text(value, out->subject, sizeof(out->subject));
	} else if (str_ieq(name, STR("Date")) && out->date_us == 0 &&
		   !date_parse(value, &out->date_us)) {
		out->date_us = 0;
	}
}

bool mail_stub(struct str raw, struct mail_stub *out)
{
	struct str text = str_sub(raw, 0, LOOKED_AT), line, name;
	size_t at = 0, colon;

	memset(out, 0, sizeof(*out));
	while (line_next(text, &at, &line)) {
		if (line.len == 0 && at > 4)
			break;
		colon = str_chr(line, ':');
		if (colon == STR_NONE || line.ptr[0] == ' ' || line.ptr[0] == '\t')
			continue;
		name = str_trim(str_sub(line, 0, colon));
		/* Only for the three: else many folds would be walked again and again. */
		if (str_ieq(name, STR("From")) || str_ieq(name, STR("Subject")) ||
		    str_ieq(name, STR("Date")))
			read_field(name, whole_value(text, line, at, colon), out);
	}
	return out->from_address[0] || out->from_name[0] || out->subject[0] || out->date_us != 0;
}
