/* Whose is it: the contact behind each foreign party of one interaction. First find (before the row is
 * written, for its provenance), then put. Writer thread; a dry run finds on its own and puts nothing. */
#pragma once

#include "ingest/intake.h"
#include "model/match.h"

struct link {
	const struct party *party;
	struct match_decision decision;
	int64_t *identities;		/* store ids of party->ids, 0 unknown */
	int64_t *contacts;		/* of those identities, 0 nobody */
	bool *is_settled;		/* a person said that it is nobody's */
	int64_t home;			/* of the first identity, 0 nobody … */
	bool is_mixed;			/* … and not all of them are at home there */
	bool is_new;			/* the first identity was never seen before this entry */
};

struct links {
	struct link *items;
	size_t n_items;
	int64_t entry;			/* its id */
	int64_t since;			/* what makes handles somebody's: the entry, or a decision by which it is matched anew */
	struct str reason;		/* "from: e-mail; cc: nobody yet", in the intake's arena */
};

/* entry: the id it has, or will have. st NULL: there is no store yet, and nobody is known. */
bool links_find(struct links *links, struct intake *in, struct store *st, int64_t entry, const struct interaction *it,
		struct err *err);
bool links_put(struct links *links, struct intake *in, struct store *st, const struct interaction *it, struct err *err);
/* Neither one of ours nor our side of it. */
bool link_is_foreign(const struct intake *in, const struct interaction *it, const struct party *party);
/* Nobody is known by it: would a contact be made? *why says which rule decided. */
bool link_may_create(const struct link *link, const struct intake *in, const struct interaction *it,
		     const char **why);
