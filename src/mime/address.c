#include "mime/address.h"

#include "base/buf.h"
#include "mime/charset.h"
#include "mime/header.h"
#include "mime/utf8.h"
#include "mime/words.h"

enum { ADDR_MAX = 320 /* 64 + 1 + 255 */, WORD_MAX = 512 };

/* Once a closing character was looked for in vain it is not there for later openers either: that
 * keeps the whole linear. */
struct scanner {
	struct str field;
	bool has_no_quote, has_no_paren, has_no_angle;
};

/* Length of the quoted string at `at`, 0 when its end is missing. */
static size_t quoted_length(struct scanner *sc, size_t at)
{
	struct str s = str_sub(sc->field, at, sc->field.len);

	for (size_t i = 1; i < s.len && !sc->has_no_quote; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '"')
			return i + 1;
	}
	sc->has_no_quote = true;
	return 0;
}

static size_t comment_length(struct scanner *sc, size_t at)
{
	struct str s = str_sub(sc->field, at, sc->field.len);
	size_t depth = 0;

	for (size_t i = 0; i < s.len && !sc->has_no_paren; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '(')
			depth++;
		else if (s.ptr[i] == ')' && --depth == 0)
			return i + 1;
	}
	sc->has_no_paren = true;
	return 0;
}

static size_t angle_length(struct scanner *sc, size_t at)
{
	size_t end = sc->has_no_angle ? STR_NONE :
					str_chr(str_sub(sc->field, at, sc->field.len), '>');

	sc->has_no_angle = end == STR_NONE;
	return end == STR_NONE ? 0 : end + 1;
}

/* An encoded word may hold any separator raw. */
static size_t word_length(struct scanner *sc, size_t at)
{
	struct str s = str_sub(sc->field, at, WORD_MAX);
	size_t end;

	if (!str_starts(s, STR("=?")))
		return 0;
	s = str_sub(s, 0, str_chr(s, ' '));
	end = str_rchr(s, '?');
	return end != STR_NONE && end > 2 && end + 1 < s.len && s.ptr[end + 1] == '=' ? end + 2 : 0;
}

/* How many bytes at `at` belong together, so that separators inside of them are none. */
static size_t token_length(struct scanner *sc, size_t at)
{
	size_t n = 0;

	switch (sc->field.ptr[at]) {
	case '"': n = quoted_length(sc, at); break;
	case '(': n = comment_length(sc, at); break;
	case '<': n = angle_length(sc, at); break;
	case '=': n = word_length(sc, at); break;
	case '\\': n = at + 1 < sc->field.len ? 2 : 1; break;
	}
	return n ? n : 1;
}

/* One mailbox, taken apart: where its pieces lie in the field. */
struct mailbox {
	struct str before;	/* all of it up to the angle bracket, or all of it */
	struct str angle;	/* between < and > */
	struct str comment;	/* the last one, without its parentheses */
	bool has_angle;
};

static void take_apart(struct str piece, struct mailbox *m)
{
	struct scanner sc = { .field = piece };
	size_t n;

	*m = (struct mailbox){ .before = piece };
	for (size_t i = 0; i < piece.len; i += n) {
		n = token_length(&sc, i);
		if (piece.ptr[i] == '(' && n > 1) {
			m->comment = str_sub(piece, i + 1, n - 2);
		} else if (piece.ptr[i] == '<' && n > 1) {
			m->angle = str_sub(piece, i + 1, n - 2);
			m->before = str_sub(piece, 0, i);
			m->has_angle = true;
		}
	}
}

/* Text without comments; quotes and their escapes undone when asked for. */
static void add_text(struct str s, bool unquote, struct buf *out)
{
	struct scanner sc = { .field = s };
	bool is_quoted = false;
	size_t n;

	for (size_t i = 0; i < s.len; i += n) {
		n = 1;
		if (s.ptr[i] == '(' && !is_quoted)
			n = token_length(&sc, i);
		if (n > 1)
			continue;
		if (s.ptr[i] == '"')
			is_quoted = !is_quoted;
		if (unquote && s.ptr[i] == '"')
			continue;
		if (unquote && s.ptr[i] == '\\' && i + 1 < s.len) {
			buf_addc(out, s.ptr[i + 1]);
			n = 2;
			continue;
		}
		buf_addc(out, s.ptr[i]);
	}
}

static struct str plain_text(struct decode *dec, struct str s)
{
	struct str text;
	struct buf b;

	buf_init(&b, s.len);
	add_text(s, true, &b);
	text = words_decode(dec, arena_str(dec->arena, str_trim(buf_str(&b))));
	buf_finish(&b);
	while (text.len > 0 && (text.ptr[text.len - 1] == ',' || text.ptr[text.len - 1] == ' '))
		text.len--;
	/* 'Name' and "Name" inside of each other are a habit of Outlook. */
	if (text.len > 2 && text.ptr[0] == '\'' && text.ptr[text.len - 1] == '\'')
		text = str_sub(text, 1, text.len - 2);
	return text;
}

static bool is_addr_byte(char c)
{
	return (unsigned char)c > ' ' && str_chr(STR("<>(),;\x7f"), c) == STR_NONE;
}

/* Something before and after the last "@", a bounded whole. Whether the domain exists is not ours. */
static bool is_address(struct str s)
{
	size_t at = str_rchr(s, '@');

	return at != STR_NONE && at > 0 && at + 1 < s.len && s.len <= ADDR_MAX;
}

/* "<@relay,@other:user@host>", "mailto:user@host", "user @ host", "(x)user@host" → user@host */
static struct str bare_address(struct decode *dec, struct str s)
{
	struct str none = { NULL, 0 }, addr = none;
	struct buf text, packed, utf8;
	size_t colon;

	s = str_trim(s);
	if (str_starts(s, STR("@")) && (colon = str_chr(s, ':')) != STR_NONE)
		s = str_sub(s, colon + 1, s.len);
	if (str_istarts(s, STR("mailto:")))
		s = str_sub(s, 7, s.len);
	if (s.len > 4 * ADDR_MAX)
		return none;
	buf_init(&text, s.len);
	buf_init(&packed, s.len);
	buf_init(&utf8, 4 * s.len + 16);
	add_text(s, false, &text);
	for (size_t i = 0; i < text.len; i++)
		if (is_addr_byte(text.ptr[i]))
			buf_addc(&packed, text.ptr[i]);
	charset_decode(dec, buf_str(&packed), none, &utf8);
	if (is_address(buf_str(&utf8)))
		addr = words_decode(dec, arena_str(dec->arena, buf_str(&utf8)));
	buf_finish(&text);
	buf_finish(&packed);
	buf_finish(&utf8);
	return is_address(addr) ? addr : none;
}

/* "Silva Maria maria@x.example", without brackets: the last word is the address. */
static void split_bare(struct str piece, struct mailbox *m)
{
	struct str s = str_trim(piece);
	size_t at = str_rchr(s, '@'), space;

	if (at == STR_NONE || str_chr(s, '"') != STR_NONE || str_chr(s, '(') != STR_NONE)
		return;
	space = str_rchr(str_sub(s, 0, at), ' ');
	if (space == STR_NONE || space + 1 == at || str_chr(str_sub(s, at, s.len), ' ') != STR_NONE)
		return;
	m->before = str_sub(s, 0, space);
	m->angle = str_sub(s, space + 1, s.len);
	m->has_angle = true;
}

static void add_mailbox(struct decode *dec, struct str piece, size_t max, struct addresses *list)
{
	struct address a = { 0 }, *grown;
	struct mailbox m;

	if (str_trim(piece).len == 0)
		return;
	if (list->n_found++ >= max)
		return;
	take_apart(piece, &m);
	if (!m.has_angle)
		split_bare(piece, &m);
	if (m.has_angle) {
		a.addr = bare_address(dec, m.angle);
		a.name = plain_text(dec, m.before);
	} else {
		a.addr = bare_address(dec, m.before);
		if (a.addr.len == 0)
			a.name = plain_text(dec, m.before);
	}
	if (a.name.len == 0)
		a.name = plain_text(dec, m.comment);
	if (a.name.len == 0 && a.addr.len == 0)
		return;
	grown = arena_grow(dec->arena, list->items, list->n_items, sizeof(*grown));
	if (grown == NULL)
		return;
	list->items = grown;
	grown[list->n_items++] = a;
}

struct addresses address_parse(struct decode *dec, struct str field, size_t max)
{
	struct addresses list = { 0 };
	struct scanner sc = { .field = field_unfold(field, dec->arena) };
	struct str f = sc.field;
	size_t start = 0, n;
	bool has_at = false;	/* an address was seen since the last separator */

	for (size_t i = 0; i < f.len; i += n) {
		char c = f.ptr[i];

		n = token_length(&sc, i);
		has_at = has_at || c == '@' || (c == '<' && n > 1);
		if (c == ':' && !has_at) {
			start = i + 1;	/* the name of a group */
		} else if (c == ';' || (c == ',' && has_at) ||
			   (c == ',' && str_trim(str_sub(f, start, i - start)).len == 0)) {
			/* A comma without an address before it stands in a name: Silva, Maria <m@x>. */
			add_mailbox(dec, str_sub(f, start, i - start), max, &list);
			start = i + 1;
			has_at = false;
		}
	}
	add_mailbox(dec, str_sub(f, start, f.len), max, &list);
	return list;
}
