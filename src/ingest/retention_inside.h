/* What the files of retention share. Worker. */
#pragma once

#include "ingest/erase_inside.h"
#include "store/retention.h"

struct retention {
	struct erase e;			/* first: what takes entries and rows away */
	enum retention_class c;		/* under way */
	int64_t before_us;		/* what came before it is kept no longer */
	struct retention_state state;
	int64_t n_before;		/* state.n_rows when it began */
	int64_t n_failed;		/* rows that could not be read again */
	bool is_anew;			/* from the first row on */
};

/* retention_strip.c: the bytes of a row go, the entries stay. In one transaction. */
bool retention_strip(struct retention *r, const struct id_page *page);
