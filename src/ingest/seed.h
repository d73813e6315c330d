/* What stays of a journal row that was taken away: the handles and contacts that it had made known first, as far as other
 * rows name them. Without it a rebuild would give these contacts other ids, and what people decided about them would be
 * lost. It holds nothing that is not in the store anyhow, and goes when they go. */
#pragma once

#include "store/store.h"

struct buf;

struct seed_handle {
	struct identity identity;
	int64_t contact;		/* 0: nobody's */
	struct str why;
};

struct seed_contact {
	int64_t id;
	struct str company;		/* domain; empty: none */
	struct str owner;		/* by rule; empty: nobody */
};

struct seed {
	struct seed_handle *handles;
	struct seed_contact *contacts;
	size_t n_handles, n_contacts;
};

void seed_json(const struct seed *seed, struct buf *out);
bool seed_parse(struct str json, struct arena *arena, struct seed *seed, struct err *err);

/* Writer thread. Into the journal, under the id of an entry of the row that is gone. */
bool seed_plant(const struct seed *seed, int64_t id, struct store *st, struct err *err);
/* A rebuild comes past it. */
bool seed_grow(const struct journal_row *row, struct store *st, struct err *err);
/* Whoever went meanwhile goes out of all seeds. */
bool seed_weed(struct store *st, struct err *err);
