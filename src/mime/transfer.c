#include "mime/transfer.h"

#include "base/mem.h"
#include "mime/line.h"

enum transfer transfer_from(struct str name, bool *is_known)
{
	static const struct {
		const char *name;
		enum transfer transfer;
	} names[] = {
		{ "7bit", TRANSFER_NONE },	{ "8bit", TRANSFER_NONE },
		{ "binary", TRANSFER_NONE },	{ "base64", TRANSFER_BASE64 },
		{ "quoted-printable", TRANSFER_QP }, { "x-uuencode", TRANSFER_UU },
		{ "uuencode", TRANSFER_UU },	{ "x-uue", TRANSFER_UU },
	};

	*is_known = true;
	for (size_t i = 0; i < countof(names); i++)
		if (str_ieq(name, str_from(names[i].name)))
			return names[i].transfer;
	*is_known = name.len == 0;
	return TRANSFER_NONE;
}

size_t transfer_room(enum transfer t, size_t n)
{
	return t == TRANSFER_BASE64 ? n / 4 * 3 + 3 : n;
}

void transfer_decode(enum transfer t, struct str in, struct buf *out)
{
	switch (t) {
	case TRANSFER_NONE: buf_add(out, str_sub(in, 0, out->max - out->len)); break;
	case TRANSFER_BASE64: transfer_base64(in, out); break;
	case TRANSFER_QP: transfer_qp(in, out); break;
	case TRANSFER_UU: transfer_uu(in, out); break;
	}
}

/* One more than the value; 0: not of the alphabet. "-" and "_" are those of base64url. */
static const unsigned char base64_values[256] = {
	['+'] = 63, ['-'] = 63, ['/'] = 64, ['_'] = 64,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50,
	51, 52,
};

static int base64_value(char c)
{
	return base64_values[(unsigned char)c] - 1;
}

/* Output is gathered in a block: a call per byte would cost more than the decoding. */
struct block {
	char bytes[4096];
	size_t n;
	struct buf *out;
};

static void block_flush(struct block *b)
{
	size_t room = b->out->max - b->out->len;

	buf_add(b->out, (struct str){ b->bytes, b->n < room ? b->n : room });
	b->n = 0;
}

static void block_put(struct block *b, char c)
{
	b->bytes[b->n++] = c;
	if (b->n == sizeof(b->bytes))
		block_flush(b);
}

static bool is_full(const struct buf *out)
{
	return out->is_exceeded || out->len >= out->max;
}

/* Whole groups of four from in[i] on, as long as there is nothing else; how many characters that were. Most of
 * a large mail goes through here. */
static size_t base64_groups(struct str in, size_t i, struct block *b)
{
	const size_t start = i;

	for (; i + 4 <= in.len && b->n + 3 < sizeof(b->bytes); i += 4) {
		int a = base64_value(in.ptr[i]), c = base64_value(in.ptr[i + 1]);
		int d = base64_value(in.ptr[i + 2]), e = base64_value(in.ptr[i + 3]);
		uint32_t bits;

		if ((a | c | d | e) < 0)
			break;
		bits = (uint32_t)a << 18 | (uint32_t)c << 12 | (uint32_t)d << 6 | (uint32_t)e;
		b->bytes[b->n++] = (char)(bits >> 16);
		b->bytes[b->n++] = (char)(bits >> 8);
		b->bytes[b->n++] = (char)bits;
	}
	return i - start;
}

/* Padding ends a group and not the text: some senders join padded pieces. What is not of the
 * alphabet is skipped. */
void transfer_base64(struct str in, struct buf *out)
{
	struct block b;
	uint32_t bits = 0;
	int n_bits = 0;

	b.n = 0;
	b.out = out;
	for (size_t i = 0; i < in.len && !is_full(out); i++) {
		int value;

		if (n_bits == 0)
			i += base64_groups(in, i, &b);
		if (i >= in.len)
			break;
		value = base64_value(in.ptr[i]);
		if (in.ptr[i] == '=')
			n_bits = 0;
		if (value < 0)
			continue;
		bits = bits << 6 | (uint32_t)value;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			block_put(&b, (char)(bits >> n_bits));
		}
	}
	block_flush(&b);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte of "=XX" at in[i], −1 when it is none. */
static int escaped_byte(struct str in, size_t i)
{
	int high, low;

	if (i + 2 >= in.len)
		return -1;
	high = hex_value(in.ptr[i + 1]);
	low = hex_value(in.ptr[i + 2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Length of a soft line break ("=", blanks, line end) at in[i], 0 when it is none. */
static size_t soft_break(struct str in, size_t i)
{
	size_t n = 1;

	while (i + n < in.len && (in.ptr[i + n] == ' ' || in.ptr[i + n] == '\t'))
		n++;
	if (i + n < in.len && in.ptr[i + n] == '\r')
		n++;
	if (i + n >= in.len)
		return n;
	return in.ptr[i + n] == '\n' ? n + 1 : 0;
}

void transfer_qp(struct str in, struct buf *out)
{
	struct block b;
	size_t step;
	int byte;

	b.n = 0;
	b.out = out;
	for (size_t i = 0; i < in.len && !is_full(out); i += step) {
		step = 1;
		if (in.ptr[i] != '=') {
			block_put(&b, in.ptr[i]);
		} else if ((byte = escaped_byte(in, i)) >= 0) {
			block_put(&b, (char)byte);
			step = 3;
		} else if ((step = soft_break(in, i)) == 0) {
			block_put(&b, '=');
			step = 1;
		}
	}
	block_flush(&b);
}

void transfer_q(struct str in, struct buf *out)
{
	int byte;

	for (size_t i = 0; i < in.len; i++) {
		byte = in.ptr[i] == '=' ? escaped_byte(in, i) : -1;
		if (byte >= 0)
			i += 2;
		buf_addc(out, byte >= 0 ? (char)byte : in.ptr[i] == '_' ? ' ' : in.ptr[i]);
	}
}

static void uu_line(struct str line, struct block *b)
{
	size_t n = ((unsigned char)line.ptr[0] - 32u) & 63u;
	uint32_t bits = 0;
	int n_bits = 0;

	for (size_t i = 1; i < line.len && n > 0; i++) {
		bits = bits << 6 | (((unsigned char)line.ptr[i] - 32u) & 63u);
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			n--;
			block_put(b, (char)(bits >> n_bits));
		}
	}
}

void transfer_uu(struct str in, struct buf *out)
{
	bool is_inside = false;
	struct block b;
	struct str line;
	size_t at = 0;

	b.n = 0;
	b.out = out;
	while (line_next(in, &at, &line) && !is_full(out)) {
		if (!is_inside)
			is_inside = str_starts(line, STR("begin "));
		else if (line.len == 0 || str_eq(line, STR("end")))
			break;
		else
			uu_line(line, &b);
	}
	block_flush(&b);
}
