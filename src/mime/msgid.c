#include "mime/msgid.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "mime/charset.h"
#include "mime/utf8.h"

static bool is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Behind the comment at the front; an unclosed one takes all. */
static struct str skip_comment(struct str s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '(')
			depth++;
		else if (s.ptr[i] == ')' && --depth == 0)
			return str_sub(s, i + 1, s.len);
	}
	return str_sub(s, s.len, 0);
}

/* The raw piece that holds an id: between brackets (white space inside is folding), else a word. */
static bool next_piece(struct str *rest, struct str *piece, bool *is_bracketed)
{
	size_t n;

	while (rest->len > 0) {
		char c = rest->ptr[0];

		if (c == '(') {
			*rest = skip_comment(*rest);
		} else if (is_white(c) || c == '>' || c == ',' || c == ';') {
			*rest = str_sub(*rest, 1, rest->len);
		} else if (c == '<') {
			n = str_chr(*rest, '>');
			n = n == STR_NONE ? rest->len : n;
			*piece = str_sub(*rest, 1, n - 1);
			*is_bracketed = true;
			*rest = str_sub(*rest, n + 1, rest->len);
			return true;
		} else {
			for (n = 0; n < rest->len && !is_white(rest->ptr[n]) &&
				    rest->ptr[n] != '<' && rest->ptr[n] != '>'; n++)
				;
			*piece = str_sub(*rest, 0, n);
			*is_bracketed = false;
			*rest = str_sub(*rest, n, rest->len);
			return true;
		}
	}
	return false;
}

static struct str canonical(struct decode *dec, struct str piece)
{
	struct str none = { NULL, 0 }, id;
	struct buf bare, utf8, clean;

	buf_init(&bare, piece.len);
	for (size_t i = 0; i < piece.len; i++)
		if ((unsigned char)piece.ptr[i] > ' ' && piece.ptr[i] != '<')
			buf_addc(&bare, piece.ptr[i]);
	buf_init(&utf8, 4 * piece.len + 16);
	buf_init(&clean, 16 * piece.len + 64);
	charset_decode(dec, buf_str(&bare), none, &utf8);
	utf8_clean_line(buf_str(&utf8), &clean);
	id = arena_str(dec->arena, buf_str(&clean));
	buf_finish(&bare);
	buf_finish(&utf8);
	buf_finish(&clean);
	return id;
}

bool msgid_next(struct decode *dec, struct str *rest, struct str *id)
{
	struct str piece;
	bool is_bracketed;

	while (next_piece(rest, &piece, &is_bracketed)) {
		/* Free text in In-Reply-To ("message of Monday") is not an id. */
		if (!is_bracketed && str_chr(piece, '@') == STR_NONE)
			continue;
		*id = canonical(dec, piece);
		if (id->len > 0)
			return true;
	}
	return false;
}

struct str msgid_first(struct decode *dec, struct str field)
{
	unsigned char digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	struct str rest = field, id = { NULL, 0 };
	bool is_bracketed;

	if (!msgid_next(dec, &rest, &id)) {
		/* A single word without "@" is still what the sender calls this mail. */
		rest = field;
		if (!next_piece(&rest, &id, &is_bracketed) || str_trim(rest).len > 0)
			return (struct str){ NULL, 0 };
		id = canonical(dec, id);
	}
	if (id.len <= MSGID_MAX)
		return id;
	decode_warn(dec, "a message id of %zu bytes was replaced by its digest", id.len);
	crypto_sha256(id, digest);
	return arena_strf(dec->arena, "sha256:%s", crypto_hex(digest, sizeof(digest), hex));
}
