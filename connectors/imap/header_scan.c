#include "imap/header_scan.h"

#include <stddef.h>

enum { ADDRESS_MAX = 320, MAX_DEPTH = 1000 };

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
	char bytes[ADDRESS_MAX];
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

/* One mailbox after the other: what stands in <> is the address; where nothing does, all that is no comment. */
struct scan {
	struct text bare, angle;
	bool has_angle, is_in_angle, is_in_quotes, is_escaped;
	bool is_without_quotes;		/* one has no end: none of them counts */
	unsigned depth;			/* of comments */
	bool (*fn)(struct str address, void *arg);
	void *arg;
	bool is_over;
};

static void end_mailbox(struct scan *s)
{
	const struct text *t = s->has_angle ? &s->angle : &s->bare;
	struct str address = str_trim((struct str){ t->bytes, t->n });

	if (!t->is_too_long && str_chr(address, '@') != STR_NONE && !s->fn(address, s->arg))
		s->is_over = true;
	clear(&s->bare);
	clear(&s->angle);
	s->has_angle = s->is_in_angle = false;
}

static void in_comment(struct scan *s, char c)
{
	if (s->is_escaped)
		s->is_escaped = false;
	else if (c == '\\')
		s->is_escaped = true;
	else if (c == '(' && s->depth < MAX_DEPTH)
		s->depth++;
	else if (c == ')')
		s->depth--;
}

static void in_quotes(struct scan *s, char c)
{
	if (!s->is_escaped && c == '\\') {
		s->is_escaped = true;
		return;
	}
	if (!s->is_escaped && c == '"')
		s->is_in_quotes = false;
	s->is_escaped = false;
	put(s->is_in_angle ? &s->angle : &s->bare, c);
}

static void in_the_open(struct scan *s, char c)
{
	switch (c) {
	case '"':
		s->is_in_quotes = !s->is_without_quotes;
		put(s->is_in_angle ? &s->angle : &s->bare, c);
		break;
	case '(':
		s->depth = 1;
		break;
	case '<':
		/* "<a@x> <b@y>": two mailboxes that somebody forgot to part. */
		if (s->has_angle)
			end_mailbox(s);
		s->has_angle = s->is_in_angle = true;
		break;
	case '>':
		s->is_in_angle = false;
		break;
	case ':':
		/* Behind it are the members of a group, or the mailbox of a route. */
		clear(s->is_in_angle ? &s->angle : &s->bare);
		break;
	case ',':
	case ';':
		if (!s->is_in_angle)
			end_mailbox(s);
		break;
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		break;
	default:
		if (s->is_in_angle || !s->has_angle)
			put(s->is_in_angle ? &s->angle : &s->bare, c);
	}
}

static void scan_value(struct scan *s, struct str value)
{
	for (size_t i = 0; i < value.len && !s->is_over; i++) {
		if (s->depth > 0)
			in_comment(s, value.ptr[i]);
		else if (s->is_in_quotes)
			in_quotes(s, value.ptr[i]);
		else
			in_the_open(s, value.ptr[i]);
	}
	if (s->is_in_quotes && !s->is_over) {
		*s = (struct scan){ .fn = s->fn, .arg = s->arg, .is_without_quotes = true };
		scan_value(s, value);
	} else if (!s->is_over) {
		end_mailbox(s);
	}
}

/* ---- all of them ---- */

static bool is_folded(struct str rest)
{
	return rest.len > 0 && (rest.ptr[0] == ' ' || rest.ptr[0] == '\t');
}

void header_each_address(struct str header, enum header_fields which, bool (*fn)(struct str address, void *arg), void *arg)
{
	struct str rest = header, line, more;
	bool is_over = false;

	while (!is_over && str_next(&rest, '\n', &line)) {
		struct scan scan = { .fn = fn, .arg = arg };
		size_t colon = str_chr(line, ':');
		struct str value;

		if (str_trim(line).len == 0)
			break;		/* the end of the header */
		while (is_folded(rest) && str_next(&rest, '\n', &more))
			line.len = (size_t)(more.ptr + more.len - line.ptr);
		if (colon == STR_NONE || !is_wanted(str_trim(str_sub(line, 0, colon)), which))
			continue;
		value = str_sub(line, colon + 1, STR_NONE);
		scan_value(&scan, value);
		is_over = scan.is_over;
	}
}
