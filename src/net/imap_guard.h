/* A small lexer over what an IMAP server sends, in front of libetpan's parser, which recurses as deep and
 * buffers as much as the server likes. Pure; no allocation. It also remembers the last line in which
 * the server said NO, BAD or BYE, because libetpan loses that text when the connection ends behind it.
 *
 * The rule for literals is what keeps it honest: "{n}" hides the next n bytes from the lexer only where
 * libetpan surely reads a literal too, at the end of a FETCH, LIST, LSUB, XLIST or STATUS line. In any
 * other line "{n}" is text to libetpan ("* OK {99999}"), and bytes behind it must be looked at. Quotes
 * do not hide parentheses, for the same reason: where in doubt, we count. */
#pragma once

#include <daybook/str.h>

enum imap_guard_verdict {
	IMAP_GUARD_OK,
	IMAP_GUARD_DEPTH,	/* parentheses nested deeper than max_depth */
	IMAP_GUARD_LINE,	/* a line longer than max_line */
	IMAP_GUARD_LITERAL,	/* a literal longer than max_literal */
};

enum { IMAP_GUARD_HEAD = 32, IMAP_GUARD_STATUS = 256 };

struct imap_guard {
	size_t max_depth, max_line;
	uint64_t max_literal;

	uint64_t literal_left;		/* bytes of a literal still to come */
	uint64_t number;		/* between the braces */
	size_t line_len, depth;
	unsigned char state;
	bool is_continued;		/* this line follows a literal of the same response */
	char head[IMAP_GUARD_HEAD];	/* how the line began */
	size_t head_len;
	char line[IMAP_GUARD_STATUS];	/* the line so far, for status */
	char status[IMAP_GUARD_STATUS];	/* last NO, BAD or BYE: printable ASCII, terminated */
};

void imap_guard_init(struct imap_guard *g, size_t max_depth, size_t max_line, uint64_t max_literal);
/* Anything but OK is final: end the connection. */
enum imap_guard_verdict imap_guard_feed(struct imap_guard *g, const void *bytes, size_t n);
