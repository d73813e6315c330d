#include "imap/header_scan.h"

#include <stddef.h>

enum { ADDRESS_MAX = 320, WORD_MAX = 512, ANGLE_MAX = 1024, TEXT_MAX = 4 * ADDRESS_MAX };

static const char *const people[] = {
	"From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-From", "Resent-Sender", "Resent-Reply-To", "Resent-To",
	"Resent-Cc", "Resent-Bcc", NULL,
};
static const char *const senders[] = { "From", "Sender", NULL };

const char *const *header_names(enum header_fields which)
{
	return which == HEADER_SENDERS ? senders : people;
}

static bool is_wanted(struct str name, enum header_fields which)
{
	for (const char *const *n = header_names(which); *n != NULL; n++)
		if (str_ieq(name, str_from(*n)))
			return true;
	return false;
}

/* ---- one field ---- */

struct text {
	char bytes[TEXT_MAX];
	size_t n;
	bool is_too_long;
};

static void put(struct text *t, char c)
{
	if (t->n == sizeof(t->bytes))
		t->is_too_long = true;
	else
		t->bytes[t->n++] = c;
}

static void clear(struct text *t)
{
	t->n = 0;
	t->is_too_long = false;
}

/* One mailbox after the other: what stands in <> is the address; where nothing does, each word that is one. A quote,
 * comment or bracket without an end is a blank, as the parser has it; what was looked for in vain once is not there for
 * later ones either, so that each byte is looked at a bounded number of times. */
struct scan {
	struct text bare, angle;
	bool has_angle, is_in_angle, is_unclosed;
	size_t word_at;			/* in bare, behind the addresses that are in it: one a line */
	bool is_apart;			/* a blank was behind that word */
	bool has_at;			/* it is an address */
	bool has_no_quote, has_no_paren;
	bool (*fn)(struct str address, void *arg);
	void *arg;
	bool is_over;
};

static void end_word(struct scan *s)
{
	if (s->has_at)
		put(&s->bare, '\n');
	if (!s->has_at || s->bare.is_too_long)
		s->bare.n = s->word_at;
	s->bare.is_too_long = s->has_at = false;
	s->word_at = s->bare.n;
}

static void end_mailbox(struct scan *s)
{
	const struct text *t = s->has_angle ? &s->angle : &s->bare;
	struct str rest, address;

	if (!s->has_angle)
		end_word(s);
	rest = (struct str){ t->bytes, t->n };
	while (!t->is_too_long && !s->is_over && str_next(&rest, '\n', &address)) {
		address = str_trim(address);
		s->is_over = address.len <= ADDRESS_MAX && str_chr(address, '@') != STR_NONE && !s->fn(address, s->arg);
	}
	clear(&s->bare);
	clear(&s->angle);
	s->word_at = 0;
	s->has_angle = s->is_in_angle = s->is_apart = s->has_at = false;
}

static struct text *open_text(struct scan *s)
{
	return s->is_in_angle ? &s->angle : &s->bare;
}

/* "Ana ana@x.example" and "ana@x.example Ana", without brackets, are one word that is an address and others that are
 * not; "ana . lima @ x.example" is one, and "ana@x.example bia@y.example" are two. */
static void begin_word(struct scan *s, char c)
{
	struct text *t = &s->bare;
	bool is_glued = t->n == s->word_at || str_chr(STR(".@"), c) != STR_NONE || str_chr(STR(".@"), t->bytes[t->n - 1]) != STR_NONE;

	if (s->is_apart && !is_glued)
		end_word(s);
	s->is_apart = false;
}

static void put_open(struct scan *s, char c)
{
	c = c == '\n' ? ' ' : c;
	if (s->is_in_angle)
		put(&s->angle, c);
	else
		put(&s->bare, c);
}

/* The quotes stay, what is escaped in them does not. */
static size_t take_quoted(struct scan *s, struct str rest)
{
	size_t end = 1;

	while (!s->has_no_quote && end < rest.len && rest.ptr[end] != '"')
		end += rest.ptr[end] == '\\' ? 2 : 1;
	if (s->has_no_quote || end >= rest.len) {
		s->has_no_quote = true;
		return 1;
	}
	begin_word(s, '"');
	for (size_t i = 0; i <= end; i++) {
		i += rest.ptr[i] == '\\';
		put_open(s, rest.ptr[i]);
	}
	return end + 1;
}

static size_t pass_comment(struct scan *s, struct str rest)
{
	size_t depth = 0;

	s->is_apart = true;
	for (size_t i = 0; i < rest.len && !s->has_no_paren; i++) {
		if (rest.ptr[i] == '\\')
			i++;
		else if (rest.ptr[i] == '(')
			depth++;
		else if (rest.ptr[i] == ')' && --depth == 0)
			return i + 1;
	}
	s->has_no_paren = true;
	return 1;
}

/* An encoded word is a name, or a part of one, whatever separators somebody left raw in it. */
static size_t pass_word(struct str rest)
{
	size_t end;

	if (!str_starts(rest, STR("=?")))
		return 0;
	rest = str_sub(rest, 0, WORD_MAX);
	rest = str_sub(rest, 0, str_chr(rest, ' '));
	end = str_rchr(rest, '?');
	return end != STR_NONE && end > 2 && end + 1 < rest.len && rest.ptr[end + 1] == '=' ? end + 2 : 0;
}

static void open_angle(struct scan *s, struct str rest)
{
	if (s->has_angle)
		end_mailbox(s);
	s->has_angle = s->is_in_angle = true;
	s->is_unclosed = str_chr(str_sub(rest, 0, ANGLE_MAX), '>') == STR_NONE;
}

static void take_byte(struct scan *s, struct str rest)
{
	char c = rest.ptr[0];

	switch (c) {
	case '<':
		open_angle(s, rest);
		break;
	case '>':
		/* "<a@x> b@y", "<a@x> <b@y>": two mailboxes that somebody forgot to part. */
		if (s->is_in_angle)
			end_mailbox(s);
		break;
	case ':':
		/* Behind it are the members of a group, or the mailbox of a route. */
		clear(open_text(s));
		s->word_at = 0;
		s->has_at = false;
		break;
	case ',':
	case ';':
		if (!s->is_in_angle || s->is_unclosed)
			end_mailbox(s);
		break;
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		s->is_apart = true;
		break;
	default:
		if (!s->is_in_angle)
			begin_word(s, c);
		s->has_at |= c == '@' && !s->is_in_angle;
		put_open(s, c);
	}
}

static void scan_value(struct scan *s, struct str value)
{
	while (value.len > 0 && !s->is_over) {
		size_t n = s->is_in_angle ? 0 : pass_word(value);

		if (n == 0 && value.ptr[0] == '"') {
			n = take_quoted(s, value);
		} else if (n == 0 && value.ptr[0] == '(') {
			n = pass_comment(s, value);
		} else if (n == 0) {
			take_byte(s, value);
			n = 1;
		}
		value = str_sub(value, n, STR_NONE);
	}
	if (!s->is_over)
		end_mailbox(s);
}

/* ---- all of them ---- */

static bool is_folded(struct str rest)
{
	return rest.len > 0 && (rest.ptr[0] == ' ' || rest.ptr[0] == '\t');
}

bool header_next(struct str *rest, struct str *name, struct str *field)
{
	struct str more;
	size_t colon;

	while (str_next(rest, '\n', field)) {
		if (str_trim(*field).len == 0)
			return false;	/* the end of the header */
		colon = str_chr(*field, ':');
		while (is_folded(*rest) && str_next(rest, '\n', &more))
			field->len = (size_t)(more.ptr + more.len - field->ptr);
		if (colon == STR_NONE)
			continue;
		*name = str_trim(str_sub(*field, 0, colon));
		return true;
	}
	return false;
}

void header_each_address(struct str header, enum header_fields which, bool (*fn)(struct str address, void *arg), void *arg)
{
	struct str rest = header, name, field;
	bool is_over = false;

	while (!is_over && header_next(&rest, &name, &field)) {
		struct scan scan = { .fn = fn, .arg = arg };

		if (!is_wanted(name, which))
			continue;
		scan_value(&scan, str_sub(field, str_chr(field, ':') + 1, STR_NONE));
		is_over = scan.is_over;
	}
}
