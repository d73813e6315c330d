#include "mime/transfer.h"

#include <gmime/gmime-encodings.h>

#include "base/base64.h"
#include "mime/line.h"

enum { CHUNK = 4 << 10 };	/* the compiler clears it for every part */

enum transfer transfer_from(struct str name, bool *is_known)
{
	GMimeContentEncoding encoding =
		name.len > 0 ? g_mime_content_encoding_from_string(name.ptr) :
			       GMIME_CONTENT_ENCODING_7BIT;

	*is_known = encoding != GMIME_CONTENT_ENCODING_DEFAULT;
	switch (encoding) {
	case GMIME_CONTENT_ENCODING_BASE64: return TRANSFER_BASE64;
	case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE: return TRANSFER_QP;
	case GMIME_CONTENT_ENCODING_UUENCODE: return TRANSFER_UU;
	default: return TRANSFER_NONE;
	}
}

size_t transfer_room(enum transfer t, size_t n)
{
	return t == TRANSFER_BASE64 ? n / 4 * 3 + 6 : n + 3;
}

static bool is_full(const struct buf *out)
{
	return out->is_exceeded || out->len >= out->max;
}

/* As many whole lines as a chunk holds, without the last line end: GMime's uudecoder takes a CR for a line of 45
 * bytes, and knows better only if it sees the LF in the same piece as what follows. */
static struct str next_piece(struct str in)
{
	struct str piece = str_sub(in, 0, CHUNK);
	size_t end = piece.len < in.len ? str_rchr(piece, '\n') : STR_NONE;

	if (end == STR_NONE)
		return piece;
	end -= end > 0 && piece.ptr[end - 1] == '\r';
	return end > 0 ? str_sub(piece, 0, end) : piece;
}

static void step(GMimeEncoding *state, struct str in, struct buf *out)
{
	char bytes[CHUNK + 8];

	while (in.len > 0 && !is_full(out)) {
		struct str piece = next_piece(in);
		size_t n = g_mime_encoding_step(state, piece.ptr, piece.len, bytes);

		buf_add(out, str_sub((struct str){ bytes, n }, 0, out->max - out->len));
		in = str_sub(in, piece.len, in.len);
	}
}

/* Length of the blanks between "=" and the line end at the front of s, 0 when it is not so. */
static size_t blanks_length(struct str s)
{
	size_t n = 1;

	while (n < s.len && (s.ptr[n] == ' ' || s.ptr[n] == '\t' || s.ptr[n] == '\r'))
		n++;
	return n == s.len || s.ptr[n] == '\n' ? n - 1 : 0;
}

/* "=", blanks, line end: a soft line break to everybody but GMime. */
static void decode_qp(GMimeEncoding *state, struct str in, struct buf *out)
{
	size_t done = 0, at = 0, hit, n;

	while (!is_full(out) && (hit = str_find(str_sub(in, at, in.len), STR("= "))) != STR_NONE) {
		at += hit;
		n = blanks_length(str_sub(in, at, in.len));
		if (n > 0) {
			step(state, str_sub(in, done, at + 1 - done), out);
			done = at + 1 + n;
		}
		at += 1 + n;
	}
	step(state, str_sub(in, done, in.len), out);
}

/* GMime's decoder wants what follows the line "begin 644 name". */
static struct str behind_begin(struct str in)
{
	struct str line;
	size_t at = 0;

	while (line_next(in, &at, &line))
		if (str_starts(line, STR("begin ")))
			return str_sub(in, at, in.len);
	return str_sub(in, in.len, 0);
}

static unsigned value_of(char c)
{
	return base64_values[(unsigned char)c];
}

/* Up to and with its padding: what follows is a list's footer, which GMime as of 3.2.14 takes for data. */
static struct str until_padding(struct str in)
{
	size_t end = str_find(in, STR("="));

	while (end < in.len && in.ptr[end] == '=')
		end++;
	return str_sub(in, 0, end);
}

/* Whole fours of the alphabet and the line ends between them: all of an attachment but its last bytes, at a third of
 * GMime's price. *in becomes what follows, from the first thing on that takes judgement to read. */
static size_t decode_plain_fours(struct str *in, char *out)
{
	const char *at = in->ptr, *end = at + in->len;
	size_t n = 0;

	while (end - at >= 4) {
		const unsigned a = value_of(at[0]), b = value_of(at[1]), c = value_of(at[2]), d = value_of(at[3]);

		if ((a | b | c | d) < 64) {
			out[n++] = (char)(a << 2 | b >> 4);
			out[n++] = (char)(b << 4 | c >> 2);
			out[n++] = (char)(c << 6 | d);
			at += 4;
		} else if (*at == '\r' || *at == '\n') {
			at++;
		} else {
			break;
		}
	}
	*in = (struct str){ at, (size_t)(end - at) };
	return n;
}

static size_t count_base64(struct str in)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++)
		n += value_of(in.ptr[i]) != BASE64_NONE || in.ptr[i] == '=';
	return n;
}

/* What some senders leave out: without it GMime keeps the last one or two bytes to itself. */
static struct str missing_padding(size_t n)
{
	return n % 4 < 2 ? STR("") : str_sub(STR("=="), 0, 4 - n % 4);
}

static void decode_base64(GMimeEncoding *state, struct str in, struct buf *out)
{
	char bytes[CHUNK + 8];
	size_t n_given = 0;		/* characters that count, to GMime; a multiple of four: it holds none back */

	while (in.len > 0 && !is_full(out)) {
		struct str piece = str_sub(in, 0, CHUNK);
		size_t n = n_given % 4 == 0 ? decode_plain_fours(&piece, bytes) : 0;

		/* A four that the end of the chunk cuts waits for the next one. */
		if (n == 0 || piece.len >= 4 || piece.ptr + piece.len == in.ptr + in.len) {
			n += g_mime_encoding_step(state, piece.ptr, piece.len, bytes + n);
			n_given += count_base64(piece);
			piece = str_sub(piece, piece.len, 0);
		}
		buf_add(out, str_sub((struct str){ bytes, n }, 0, out->max - out->len));
		in = str_sub(in, (size_t)(piece.ptr - in.ptr), in.len);
	}
	step(state, missing_padding(n_given), out);
}

void transfer_decode(enum transfer t, struct str in, struct buf *out)
{
	GMimeEncoding state;

	switch (t) {
	case TRANSFER_NONE:
		buf_add(out, str_sub(in, 0, out->max - out->len));
		break;
	case TRANSFER_BASE64:
		g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_BASE64);
		decode_base64(&state, until_padding(in), out);
		break;
	case TRANSFER_QP:
		g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
		decode_qp(&state, in, out);
		break;
	case TRANSFER_UU:
		g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_UUENCODE);
		state.state |= GMIME_UUDECODE_STATE_BEGIN;
		step(&state, behind_begin(in), out);
		break;
	}
}
