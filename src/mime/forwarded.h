/* The mail that another one passes on: attached whole, or in its text below the marks of a mail program. */
#pragma once

#include <daybook/str.h>

struct forwarded {
	const char *how;		/* "attached" or "inline"; NULL: nothing is passed on */
	struct str address, name;	/* of its author */
	struct str date;		/* as it is written there */
	int64_t date_us;		/* 0 when that cannot be read */
	struct str subject, to, message_id;
	struct str text;		/* of an inline one: what stands below its header */
	size_t part;			/* of an attached one: which part of the tree */
};

/* Finds the block of headers of a forwarded mail in a text. is_forward: the subject says that it is one, so that a bare
 * block (Outlook's) will do; else a line has to say it ("---------- Forwarded message ---------"). Slices of the text. */
struct forwarded_block {
	struct str from, date, subject, to;	/* values as they stand */
	struct str text;
};
bool forwarded_find(struct str text, bool is_forward, struct forwarded_block *out);
