#include "net/imap_guard.h"

#include <string.h>

enum { IN_TEXT, IN_BRACE, AFTER_BRACE, AFTER_CR };

void imap_guard_init(struct imap_guard *g, size_t max_depth, size_t max_line, uint64_t max_literal)
{
	*g = (struct imap_guard){ .max_depth = max_depth, .max_line = max_line,
				  .max_literal = max_literal };
}

static struct str head_of(const struct imap_guard *g)
{
	return (struct str){ g->head, g->head_len };
}

/* "* 12 FETCH …" */
static bool is_fetch(struct str rest)
{
	size_t digits = 0;

	while (digits < rest.len && rest.ptr[digits] >= '0' && rest.ptr[digits] <= '9')
		digits++;
	return digits > 0 && str_istarts(str_sub(rest, digits, STR_NONE), STR(" FETCH "));
}

static bool may_hold_literal(const struct imap_guard *g)
{
	struct str head = head_of(g);
	struct str rest = str_sub(head, 2, STR_NONE);

	if (g->is_continued)
		return true;
	if (!str_starts(head, STR("* ")))
		return false;
	return is_fetch(rest) || str_istarts(rest, STR("LIST ")) || str_istarts(rest, STR("LSUB ")) ||
	       str_istarts(rest, STR("XLIST ")) || str_istarts(rest, STR("STATUS "));
}

/* The word behind the tag or the star. */
static bool is_refusal(struct str line)
{
	struct str word = str_sub(line, str_chr(line, ' '), STR_NONE);

	return str_istarts(word, STR(" NO ")) || str_istarts(word, STR(" BAD ")) ||
	       str_istarts(word, STR(" BYE ")) || str_ieq(word, STR(" BYE"));
}

static void end_line(struct imap_guard *g)
{
	size_t len = g->line_len < sizeof(g->line) - 1 ? g->line_len : sizeof(g->line) - 1;
	struct str line = str_trim((struct str){ g->line, len });

	if (!g->is_continued && str_chr(line, ' ') != STR_NONE && is_refusal(line)) {
		memcpy(g->status, line.ptr, line.len);
		g->status[line.len] = '\0';
	}
	g->is_continued = false;
	g->line_len = g->head_len = g->depth = 0;
	g->state = IN_TEXT;
}

static enum imap_guard_verdict end_literal_mark(struct imap_guard *g)
{
	if (g->number > g->max_literal)
		return IMAP_GUARD_LITERAL;
	g->literal_left = g->number;
	g->is_continued = true;
	g->line_len = 0;	/* the depth stays: the response goes on behind the literal */
	g->state = IN_TEXT;
	return IMAP_GUARD_OK;
}

/* Follows "{" digits "}" CR LF; whatever does not fit is plain text. */
static void step_literal(struct imap_guard *g, unsigned char c)
{
	switch (g->state) {
	case IN_BRACE:
		if (c >= '0' && c <= '9' && g->number < (UINT64_C(1) << 50))
			g->number = g->number * 10 + (uint64_t)(c - '0');
		else if (c == '}')
			g->state = AFTER_BRACE;
		else if (c < '0' || c > '9')	/* a number too large stays too large */
			g->state = IN_TEXT;
		break;
	case AFTER_BRACE:
		g->state = c == '\r' ? AFTER_CR : IN_TEXT;
		break;
	default:
		g->state = IN_TEXT;
	}
	if (c == '{') {
		g->state = IN_BRACE;
		g->number = 0;
	}
}

static enum imap_guard_verdict feed_byte(struct imap_guard *g, unsigned char c)
{
	if (g->head_len < sizeof(g->head) && !g->is_continued)
		g->head[g->head_len++] = (char)c;
	if (g->line_len < sizeof(g->line) - 1)
		g->line[g->line_len] = c >= 0x20 && c < 0x7f ? (char)c : c == '\r' || c == '\n' ? ' ' : '?';
	if (++g->line_len > g->max_line)
		return IMAP_GUARD_LINE;
	if (c == '\n') {
		if ((g->state == AFTER_CR || g->state == AFTER_BRACE) && may_hold_literal(g))
			return end_literal_mark(g);
		end_line(g);
		return IMAP_GUARD_OK;
	}
	step_literal(g, c);
	if (c == '(' && ++g->depth > g->max_depth)
		return IMAP_GUARD_DEPTH;
	if (c == ')' && g->depth > 0)
		g->depth--;
	return IMAP_GUARD_OK;
}

enum imap_guard_verdict imap_guard_feed(struct imap_guard *g, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n;) {
		enum imap_guard_verdict verdict;
		size_t skip = n - i < g->literal_left ? n - i : (size_t)g->literal_left;

		if (skip > 0) {
			g->literal_left -= skip;
			i += skip;
			continue;
		}
		verdict = feed_byte(g, p[i++]);
		if (verdict != IMAP_GUARD_OK)
			return verdict;
	}
	return IMAP_GUARD_OK;
}
