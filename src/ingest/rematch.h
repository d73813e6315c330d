/* Entries that are there already, matched anew after a decision about people: whose they are follows from what is known of
 * handles now, by the same rules as when they came (ingest/link.h). Writer thread, in the decision's transaction. */
#pragma once

#include "ingest/sources.h"

struct rematch {
	struct store *st;
	struct sources *sources;
	int64_t decision;
	bool keeps_reviews;		/* what was asked about them stays: it answers itself */
	struct arena *arena;		/* of the lists below */
	int64_t *entries, *contacts;	/* to be matched; whose name and times are to be told anew */
	size_t n_entries, n_contacts;
};

void rematch_init(struct rematch *r, struct store *st, struct sources *sources, int64_t decision, bool keeps_reviews);
void rematch_finish(struct rematch *r);
/* Once each. False: no room. An id_fn fits. */
bool rematch_add(int64_t entry, void *rematch);
bool rematch_touch(struct rematch *r, int64_t contact, struct err *err);
/* All of them in the order of their ids, then the contacts they had and have. */
bool rematch_run(struct rematch *r, struct err *err);
/* Whose timelines an entry is on; 0: nobody's. At most max. */
bool rematch_owners(struct store *st, int64_t entry, struct arena *arena, int64_t *contacts, size_t max, size_t *n,
		    struct err *err);
