/* The canonical record as JSON: the one form for the API, the CLI, exports, golden files and compacted
 * journal rows. Pure. */
#pragma once

#include <daybook/interaction.h>

struct buf;

/* What only the store knows of one party. */
struct party_extra {
	int64_t contact;		/* 0: nobody */
	struct str staff;		/* name; empty: not one of us */
};

struct interaction_extra {
	int64_t id;			/* 0: not recorded yet */
	int64_t recorded_us;		/* 0: not recorded yet */
	struct str connector;
	int64_t journal_id;		/* 0: none */
	struct str normalizer;		/* its version; empty: none */
	struct str match;		/* why these contacts; empty: none */
	struct str shared;		/* how much of it is shown; empty: nobody asks */
	struct str dead_letter;		/* its id as people give it to the CLI; empty: none */
	const struct party_extra *parties;	/* it->n_parties of them, or NULL */
};

/* Appends one object. extra may be NULL. Empty texts and zero times are null. */
void interaction_json(struct buf *out, const struct interaction *it,
		      const struct interaction_extra *extra);
