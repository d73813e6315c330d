#include "net/chunk.h"

enum {
	MAX_DIGITS = 8,
	/* Extensions and trailers mean nothing to us: enough for the honest, no more. */
	MAX_OVERHEAD = 16 * 1024,
};

static bool is_text(char c)
{
	return c == '\t' || ((unsigned char)c >= 0x20 && c != 0x7f);
}

static bool goes_to(struct chunk *c, bool is_right, enum chunk_state next)
{
	c->state = next;
	return is_right;
}

/* The size line: 1*HEXDIG [blanks] [";" extension] CR LF. */
static bool take_size(struct chunk *c, char ch)
{
	int digit = str_hex_digit(ch);

	if (c->state == CHUNK_SIZE && digit >= 0) {
		c->left = c->left * 16 + (unsigned)digit;
		return ++c->n_digits <= MAX_DIGITS;
	}
	if (c->n_digits == 0)
		return false;
	if (ch == '\r')
		return goes_to(c, true, CHUNK_SIZE_LF);
	c->n_overhead++;
	if (c->state == CHUNK_EXTENSION || ch == ';')
		return goes_to(c, is_text(ch), CHUNK_EXTENSION);
	return goes_to(c, ch == ' ' || ch == '\t', CHUNK_PAD);
}

static bool take_framing(struct chunk *c, char ch)
{
	switch (c->state) {
	case CHUNK_SIZE:
	case CHUNK_PAD:
	case CHUNK_EXTENSION:
		return take_size(c, ch) && c->n_overhead <= MAX_OVERHEAD;
	case CHUNK_SIZE_LF:
		c->n_digits = 0;
		return goes_to(c, ch == '\n', c->left > 0 ? CHUNK_BYTES : CHUNK_TRAILER);
	case CHUNK_BYTES_CR:
		return goes_to(c, ch == '\r', CHUNK_BYTES_LF);
	case CHUNK_BYTES_LF:
		return goes_to(c, ch == '\n', CHUNK_SIZE);
	case CHUNK_TRAILER:
		if (ch == '\r')
			return goes_to(c, true, CHUNK_END_LF);
		c->state = CHUNK_TRAILER_LINE;
		/* fall through */
	case CHUNK_TRAILER_LINE:
		if (ch == '\r')
			return goes_to(c, true, CHUNK_TRAILER_LF);
		return is_text(ch) && ++c->n_overhead <= MAX_OVERHEAD;
	case CHUNK_TRAILER_LF:
		return goes_to(c, ch == '\n', CHUNK_TRAILER);
	case CHUNK_BYTES:
	case CHUNK_END_LF:
		break;
	}
	return false;
}

enum chunk_result chunk_next(struct chunk *c, struct str *in, struct str *data)
{
	while (in->len > 0) {
		char ch = in->ptr[0];

		if (c->state == CHUNK_BYTES) {
			*data = str_sub(*in, 0, c->left < in->len ? (size_t)c->left : in->len);
			*in = str_sub(*in, data->len, STR_NONE);
			c->left -= data->len;
			if (c->left == 0)
				c->state = CHUNK_BYTES_CR;
			return CHUNK_DATA;
		}
		*in = str_sub(*in, 1, STR_NONE);
		if (c->state == CHUNK_END_LF)
			return ch == '\n' ? CHUNK_DONE : CHUNK_BAD;
		if (!take_framing(c, ch))
			return CHUNK_BAD;
	}
	return CHUNK_MORE;
}
