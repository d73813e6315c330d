/* Writes text with HTML's white space rules: runs collapse, blocks end lines, quotes indent.
 * Private to html.c. */
#pragma once

#include "base/buf.h"

struct html_text {
	struct buf *out;
	unsigned newlines;	/* owed before the next visible character: 0, 1, 2 */
	bool space;		/* owed too, unless a new line begins */
	bool is_started;	/* something visible was written */
	bool is_after_bar;	/* nothing visible since the bar before a cell: no new line yet */
	int quote, pre;		/* open blockquote and pre elements */
};

void html_text_char(struct html_text *t, uint32_t code);
void html_text_add(struct html_text *t, struct str s);	/* as it is, between white space */
/* At least n line ends before what follows. */
void html_text_break(struct html_text *t, unsigned n);
/* One more line end: <br>. */
void html_text_newline(struct html_text *t);
/* " | " between two cells, on one line whatever blocks they are made of. */
void html_text_bar(struct html_text *t);
