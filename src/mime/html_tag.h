/* Reads one tag of HTML and those of its attributes that matter to its text. Private to html.c. */
#pragma once

#include <daybook/str.h>

enum { HTML_TAG_MAX = 16 };

/* The input and how far it is read. What was looked for in vain is not looked for again: keeps the
 * whole linear. */
struct html_source {
	struct str in;
	size_t at;
	bool has_no_quote[2];
};

/* One tag as read. Values are slices of the input, their references not yet decoded. */
struct html_tag {
	char name[HTML_TAG_MAX];	/* lower case, cut */
	bool is_end;
	bool is_hidden;			/* its style or an attribute keeps it from being seen */
	bool is_quote;			/* its class says that it is a quoted mail */
	bool is_old_from_here;		/* all that follows is the old mail */
	struct str href, alt, src, start, border, width, height;
};

/* s->at stands on the letter or slash behind "<"; afterwards behind ">". */
void html_tag_read(struct html_source *s, struct html_tag *tag);

bool html_is_white(char c);
bool html_is_letter(char c);
