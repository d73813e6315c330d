#include "store/search_text.h"

enum { MAX_BYTES = 256, MAX_TERMS = 16 };

static bool is_word_byte(char c)
{
	return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

static bool has_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_word_byte(s.ptr[i]))
			return true;
	return false;
}

/* Up to the next blank, or the closing quote; the rest stays in *rest. */
static struct str next_term(struct str *rest, bool *is_phrase)
{
	struct str term;
	size_t n = 0;

	*is_phrase = rest->ptr[0] == '"';
	if (*is_phrase) {
		*rest = str_sub(*rest, 1, rest->len);
		n = str_chr(*rest, '"');
		n = n == STR_NONE ? rest->len : n;
	} else {
		while (n < rest->len && rest->ptr[n] != ' ' && rest->ptr[n] != '"' &&
		       (unsigned char)rest->ptr[n] >= ' ')
			n++;
	}
	term = str_sub(*rest, 0, n);
	*rest = str_sub(*rest, n + (*is_phrase ? 1 : 0), rest->len);
	return term;
}

static void put_term(struct buf *out, struct str term, bool is_prefix)
{
	if (out->len > 0)
		buf_addc(out, ' ');
	buf_addc(out, '"');
	for (size_t i = 0; i < term.len; i++)
		buf_addc(out, term.ptr[i] == '"' || term.ptr[i] == '\0' ? ' ' : term.ptr[i]);
	buf_addc(out, '"');
	if (is_prefix)
		buf_addc(out, '*');
}

bool search_text(struct str typed, struct buf *out, struct err *err)
{
	struct str rest = str_trim(typed), term;
	bool is_phrase;
	int n_terms = 0;

	if (typed.len > MAX_BYTES)
		return err_setf(err, ERR_LIMIT, "the search text has %zu bytes, %d at most", typed.len,
				MAX_BYTES);
	if (!str_is_utf8(typed))
		return err_setf(err, ERR_INPUT, "the search text is not UTF-8");
	for (; rest.len > 0; rest = str_trim(rest)) {
		if ((unsigned char)rest.ptr[0] < ' ') {
			rest = str_sub(rest, 1, rest.len);
			continue;
		}
		term = next_term(&rest, &is_phrase);
		if (!has_word(term))
			continue;
		if (++n_terms > MAX_TERMS)
			return err_setf(err, ERR_LIMIT, "the search has more than %d words", MAX_TERMS);
		put_term(out, term, !is_phrase && str_ends(term, STR("*")));
	}
	return true;
}
