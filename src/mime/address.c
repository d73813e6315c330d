#include "mime/address.h"

#include <gmime/internet-address.h>
#include <string.h>

#include "base/buf.h"
#include "mime/armour.h"
#include "mime/charset.h"
#include "mime/header.h"
#include "mime/utf8.h"
#include "mime/words.h"

enum {
	ADDR_MAX = 320,		/* 64 + 1 + 255 */
	WORD_MAX = 512,
	ANGLE_MAX = 1024,
	PIECE_MAX = 4096,	/* GMime goes back to the start of what makes no sense to it */
	PARENS_MAX = 16,
	COLONS_MAX = 64,	/* GMime calls itself once for each */
};

/* Once a closing character was looked for in vain it is not there for later openers either: that
 * keeps the whole linear. */
struct scanner {
	struct str field;
	bool has_no_quote, has_no_paren;
	size_t n_colons;
	struct buf piece;	/* what GMime gets next */
	bool has_at;		/* an address is in it */
	bool is_inside;		/* of brackets */
};

/* ---- to GMime: one address, or one with its group, at a time ---- */

/* Length of the quoted string at the front, 0 when its end is missing. */
static size_t quoted_length(struct scanner *sc, struct str s)
{
	for (size_t i = 1; i < s.len && !sc->has_no_quote; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '"')
			return i + 1;
	}
	sc->has_no_quote = true;
	return 0;
}

static size_t comment_length(struct scanner *sc, struct str s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.len && !sc->has_no_paren; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '(' && ++depth > PARENS_MAX)
			return 0;
		else if (s.ptr[i] == ')' && --depth == 0)
			return i + 1;
	}
	sc->has_no_paren = true;
	return 0;
}

/* An encoded word may hold any separator raw. */
static size_t word_length(struct str s)
{
	size_t end;

	s = str_sub(s, 0, WORD_MAX);
	if (!str_starts(s, STR("=?")))
		return 0;
	s = str_sub(s, 0, str_chr(s, ' '));
	end = str_rchr(s, '?');
	return end != STR_NONE && end > 2 && end + 1 < s.len && s.ptr[end + 1] == '=' ? end + 2 : 0;
}

/* Separators between brackets are a route's. */
static size_t angle_length(struct str s)
{
	size_t end = str_chr(str_sub(s, 0, ANGLE_MAX), '>');

	return s.ptr[0] == '<' && end != STR_NONE ? end + 1 : 0;
}

/* Something that belongs together, without its quotes and escapes. */
static void wrap(struct str s, bool is_word, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		i += !is_word && s.ptr[i] == '\\' && i + 1 < s.len;
		armour_add(out, s.ptr[i]);
	}
}

static void wrap_between(char open, struct str s, char close, struct buf *out)
{
	buf_addc(out, open);
	wrap(str_sub(s, 1, s.len - 2), false, out);
	buf_addc(out, close);
}

/* A byte that stands alone. Brackets are grammar only in user@[127.0.0.1]; openers without an end are
 * blanks. */
static void wrap_byte(struct scanner *sc, char c)
{
	bool is_after_at = sc->piece.len > 0 && sc->piece.ptr[sc->piece.len - 1] == '@';
	bool is_grammar = str_chr(STR("@<>,\t"), c) != STR_NONE || (c == '[' && is_after_at) ||
			  (c == ']' && sc->has_at);

	sc->has_at = sc->has_at || c == '@' || c == '<';
	if (c == ':')
		buf_addc(&sc->piece, ++sc->n_colons > COLONS_MAX ? ' ' : ':');
	else if (is_grammar)
		buf_addc(&sc->piece, c);
	else if (c == '"' || c == '(' || c == ')')
		buf_addc(&sc->piece, ' ');
	else
		armour_add(&sc->piece, c);
}

static size_t wrap_token(struct scanner *sc, struct str s);

static void wrap_angle(struct scanner *sc, struct str s)
{
	bool has_no_quote = sc->has_no_quote, has_no_paren = sc->has_no_paren;

	sc->is_inside = true;
	while (s.len > 0)
		s = str_sub(s, wrap_token(sc, s), s.len);
	sc->is_inside = false;
	sc->has_no_quote = has_no_quote;
	sc->has_no_paren = has_no_paren;
}

/* Takes what stands at the front of s into the piece; how much that is. */
static size_t wrap_token(struct scanner *sc, struct str s)
{
	size_t n = 0;

	if (s.ptr[0] == '"' && (n = quoted_length(sc, s)) > 0) {
		wrap_between('"', str_sub(s, 0, n), '"', &sc->piece);
	} else if (s.ptr[0] == '(' && (n = comment_length(sc, s)) > 0) {
		wrap_between('(', str_sub(s, 0, n), ')', &sc->piece);
	} else if ((n = word_length(s)) > 0) {
		wrap(str_sub(s, 0, n), true, &sc->piece);
	} else if (s.ptr[0] == '\\' && s.len > 1) {
		wrap(str_sub(s, 0, n = 2), false, &sc->piece);
	} else if (str_istarts(s, STR("mailto:"))) {
		n = 7;
	} else if (!sc->is_inside && (n = angle_length(s)) > 0) {
		wrap_angle(sc, str_sub(s, 0, n));
	} else if (str_istarts(s, STR("xn--"))) {
		armour_add_always(&sc->piece, s.ptr[0]);	/* GMime would decode it */
		n = 1;
	} else {
		wrap_byte(sc, s.ptr[0]);
		n = 1;
	}
	return n;
}

/* ---- and back ---- */

static struct str plain_name(struct decode *dec, const char *name)
{
	struct str text = words_decode(dec, armour_undo(name, dec->arena));

	while (text.len > 0 && (text.ptr[text.len - 1] == ',' || text.ptr[text.len - 1] == ' '))
		text.len--;
	/* 'Name' and "Name" inside of each other are a habit of Outlook. */
	if (text.len > 2 && text.ptr[0] == '\'' && text.ptr[text.len - 1] == '\'')
		text = str_sub(text, 1, text.len - 2);
	return text;
}

/* Something before and after the last "@", a bounded whole. Whether the domain exists is not ours. */
static bool is_address(struct str s)
{
	size_t at = str_rchr(s, '@');

	return at != STR_NONE && at > 0 && at + 1 < s.len && s.len <= ADDR_MAX;
}

static void add(struct decode *dec, struct str name, struct str addr, size_t max,
		struct addresses *list)
{
	struct address *grown;

	if ((name.len == 0 && addr.len == 0) || list->n_found++ >= max)
		return;
	grown = arena_grow(dec->arena, list->items, list->n_items, sizeof(*grown));
	if (grown == NULL)
		return;
	list->items = grown;
	grown[list->n_items++] = (struct address){ .name = name, .addr = addr };
}

static void add_mailbox(struct decode *dec, InternetAddress *from, size_t max, struct addresses *list)
{
	const char *spec = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(from));
	struct str name = plain_name(dec, internet_address_get_name(from));
	struct str addr = words_decode(dec, armour_undo(spec, dec->arena));

	if (is_address(addr))
		add(dec, name, addr, max, list);
	else
		add(dec, name.len > 0 ? name : addr, (struct str){ NULL, 0 }, max, list);
}

/* Groups are flattened. */
static void add_all(struct decode *dec, InternetAddressList *from, size_t max, struct addresses *list)
{
	for (int i = 0; from != NULL && i < internet_address_list_length(from); i++) {
		InternetAddress *a = internet_address_list_get_address(from, i);

		if (INTERNET_ADDRESS_IS_GROUP(a))
			add_all(dec, internet_address_group_get_members(INTERNET_ADDRESS_GROUP(a)), max,
				list);
		else
			add_mailbox(dec, a, max, list);
	}
}

static size_t read_piece(struct decode *dec, const char *piece, size_t max, struct addresses *list)
{
	InternetAddressList *found = internet_address_list_parse(NULL, piece);
	size_t before = list->n_found;

	add_all(dec, found, max, list);
	g_clear_object(&found);
	return list->n_found - before;
}

/* "Silva Maria maria@x.example" has its address at the end; of "MAILER-DAEMON <>" nothing is left but
 * the name. */
static void read_nonsense(struct decode *dec, struct buf *piece, size_t max, struct addresses *list)
{
	struct str s = str_trim(buf_str(piece));
	size_t space = str_rchr(s, ' ');
	struct buf guess;

	buf_init(&guess, piece->len + 4);
	if (space != STR_NONE && str_chr(s, '<') == STR_NONE) {
		buf_add(&guess, str_sub(s, 0, space));
		buf_addf(&guess, " <" STR_FMT ">", STR_ARG(str_sub(s, space + 1, s.len)));
	}
	if (guess.len == 0 || read_piece(dec, guess.ptr, max, list) == 0) {
		buf_truncate(piece, strcspn(piece->ptr, "<"));
		add(dec, plain_name(dec, piece->ptr), (struct str){ NULL, 0 }, max, list);
	}
	buf_finish(&guess);
}

static void end_piece(struct decode *dec, struct scanner *sc, size_t max, struct addresses *list)
{
	if (sc->piece.len > 0 && sc->piece.len <= PIECE_MAX &&
	    read_piece(dec, sc->piece.ptr, max, list) == 0 && sc->has_at)
		read_nonsense(dec, &sc->piece, max, list);
	buf_clear(&sc->piece);
	sc->has_at = false;
}

struct addresses address_parse(struct decode *dec, struct str field, size_t max)
{
	struct scanner sc = { .field = field_unfold(field, dec->arena) };
	struct addresses list = { 0 };
	struct str f = sc.field;
	size_t n;

	buf_init(&sc.piece, armour_room(f.len));
	for (size_t i = 0; i < f.len; i += n) {
		n = 1;
		/* A comma without an address before it stands in a name: Silva, Maria <m@x>. */
		if (f.ptr[i] == ';' || (f.ptr[i] == ',' && sc.has_at))
			end_piece(dec, &sc, max, &list);
		else
			n = wrap_token(&sc, str_sub(f, i, f.len));
	}
	end_piece(dec, &sc, max, &list);
	buf_finish(&sc.piece);
	return list;
}

struct addresses address_parse_quietly(const struct decode *dec, struct str field, size_t max)
{
	struct decode quiet = { .arena = dec->arena, .legacy = dec->legacy };

	return address_parse(&quiet, field, max);
}
