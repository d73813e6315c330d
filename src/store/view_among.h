/* The side from which a search is narrow. */
#pragma once

#include "base/buf.h"
#include "store/view_inside.h"

enum { AMONG_FEW = 4000, AMONG_MOST = 50000 };

/* Entries among which all that the search finds are, newest first; where is_few is false, there are too many to name. They
 * are not asked yet whether they are seen, nor whether they are wanted. */
struct view_among {
	bool is_few;
	size_t n;
	int64_t ids[AMONG_MOST];	/* more than AMONG_FEW where there are no words to look for */
};

/* By who asks (somebody who sees few), else by channel:, by from:, by to:. */
bool view_among(struct store *st, const struct viewer *v, const struct view_search *want, struct view_among *among, struct err *err);
/* As a JSON array, at most AMONG_FEW * 21 bytes. */
void view_among_put(const struct view_among *among, struct buf *out);
