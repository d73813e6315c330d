/* The side from which a search is narrow. */
#pragma once

#include "base/buf.h"
#include "store/view_inside.h"

enum { AMONG_FEW = 1000 };	/* to find out takes 1 ms, which the searches of who has more pay too */

/* Entries among which all that the search finds are, newest first; where is_few is false, there are too many to name. They
 * are not asked yet whether they are seen, nor whether they are wanted. */
struct view_among {
	bool is_few;
	size_t n;
	int64_t ids[AMONG_FEW];
};

/* Of the contacts of somebody who sees few. */
bool view_among(struct store *st, const struct viewer *v, struct view_among *among, struct err *err);
/* As a JSON array, at most AMONG_FEW * 21 bytes. */
void view_among_put(const struct view_among *among, struct buf *out);
