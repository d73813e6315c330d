#include "sandbox/details.h"

#include <string.h>

/* A cursor that stands at the end reads as NUL, which no rule accepts. */
struct scan {
	struct str rest;
	int depth;
};

static char front(const struct scan *s)
{
	return s->rest.len > 0 ? s->rest.ptr[0] : '\0';
}

static void step(struct scan *s)
{
	s->rest = str_sub(s->rest, 1, s->rest.len);
}

static bool skip(struct scan *s, char c)
{
	if (front(s) != c)
		return false;
	step(s);
	return true;
}

static void white(struct scan *s)
{
	while (front(s) != '\0' && strchr(" \t\r\n", front(s)) != NULL)
		step(s);
}

static bool escape(struct scan *s)
{
	char c = front(s);

	if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL)
		return false;
	step(s);
	if (c != 'u')
		return true;
	for (int i = 0; i < 4; i++) {
		c = front(s);
		if (c == '\0' || strchr("0123456789abcdefABCDEF", c) == NULL)
			return false;
		step(s);
	}
	return true;
}

static bool string(struct scan *s)
{
	if (!skip(s, '"'))
		return false;
	while (!skip(s, '"')) {
		if ((unsigned char)front(s) < 0x20)
			return false;
		if (skip(s, '\\')) {
			if (!escape(s))
				return false;
		} else {
			step(s);
		}
	}
	return true;
}

static bool digits(struct scan *s)
{
	if (front(s) < '0' || front(s) > '9')
		return false;
	while (front(s) >= '0' && front(s) <= '9')
		step(s);
	return true;
}

static bool number(struct scan *s)
{
	skip(s, '-');
	if (!skip(s, '0') && !digits(s))
		return false;
	if (skip(s, '.') && !digits(s))
		return false;
	if (!skip(s, 'e') && !skip(s, 'E'))
		return true;
	if (!skip(s, '+'))
		skip(s, '-');
	return digits(s);
}

static bool word(struct scan *s, struct str literal)
{
	if (!str_starts(s->rest, literal))
		return false;
	s->rest = str_sub(s->rest, literal.len, s->rest.len);
	return true;
}

static bool value(struct scan *s);

static bool member(struct scan *s)
{
	white(s);
	if (!string(s))
		return false;
	white(s);
	return skip(s, ':') && value(s);
}

/* What stands between the brackets: items with commas between them, or nothing. */
static bool items(struct scan *s, bool (*item)(struct scan *s), char close)
{
	white(s);
	if (skip(s, close))
		return true;
	do {
		if (!item(s))
			return false;
		white(s);
	} while (skip(s, ','));
	return skip(s, close);
}

static bool nested(struct scan *s, bool (*item)(struct scan *s), char close)
{
	bool is_valid;

	if (s->depth == DETAILS_MAX_DEPTH)
		return false;
	s->depth++;
	step(s);
	is_valid = items(s, item, close);
	s->depth--;
	return is_valid;
}

static bool value(struct scan *s)
{
	white(s);
	switch (front(s)) {
	case '{': return nested(s, member, '}');
	case '[': return nested(s, value, ']');
	case '"': return string(s);
	case 't': return word(s, STR("true"));
	case 'f': return word(s, STR("false"));
	case 'n': return word(s, STR("null"));
	default: return number(s);
	}
}

bool details_is_valid(struct str text)
{
	struct scan s = { text, 0 };

	white(&s);
	if (front(&s) != '{' || !value(&s))
		return false;
	white(&s);
	return s.rest.len == 0;
}
