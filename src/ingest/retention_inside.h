/* What the files of retention share. Worker. */
#pragma once

#include "ingest/erase_inside.h"
#include "store/retention.h"

struct retention {
	struct erase e;			/* first: what takes entries and rows away */
	enum retention_class c;		/* under way */
	int64_t before_us;		/* what came before it is kept no longer */
	struct retention_state state;
	int64_t at;			/* the row up to which it has looked */
	int64_t first_failed;		/* row that could not be taken; 0: none. The next run begins with it */
	int64_t n_failed, n_failed_in_all;
	bool is_anew;			/* from the first row on */
	bool is_first;			/* since the start: only what a night missed */
	bool has_run;			/* some class */
};

void retention_note_failure(struct retention *r, int64_t row);

/* retention_strip.c: the bytes of a row go, the entries stay. In one transaction. */
bool retention_strip(struct retention *r, const struct id_page *page);
