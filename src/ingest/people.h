/* What people decide about who is who: merge, unmerge, split, move, add, remove, name, dismiss, assign, consent, set apart. Each is one journal row, so
 * that a rebuild repeats it (law 2), and is checked before anything changes. Writer thread, in a transaction.
 *
 * Undoing a merge is exact: what was linked by rules since, to either of the two, is matched anew in the order in which it
 * came, as if they had never been one; what people decided meanwhile stays with the contact that they decided it for. */
#pragma once

#include "ingest/decision.h"
#include "ingest/sources.h"

struct ingest_parts;

struct people_change {
	const struct decision *decision;
	int64_t replays;		/* the id that a replay repeats; 0: a new one */
	bool is_of_erasure;		/* about whom it takes; all others leave them alone */
	/* What became of it, for whoever asked. */
	int64_t id;			/* of the journal row */
	int64_t contact;		/* that stays, was made, or is moved to; 0: none */
	size_t n_entries;		/* that were matched anew or moved */
};

/* ERR_INPUT, ERR_MISSING: it cannot be done, with the reason and what to do instead. A replay of a decision about somebody
 * who was taken away since is journalled and does nothing. */
bool people_apply(struct people_change *change, struct sources *sources, struct store *st, struct err *err);
/* The same for a decision that is made now, under this configuration. */
bool people_decide(struct people_change *change, const struct config *config, const struct ingest_parts *parts,
		   struct store *st, struct err *err);
