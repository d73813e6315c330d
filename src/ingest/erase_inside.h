/* What the files of an erasure share. Worker. */
#pragma once

#include <stdatomic.h>

#include "ingest/erase.h"
#include "ingest/sources.h"

struct erase {
	struct ingest *ingest;		/* NULL: nothing listens yet */
	struct config *config;
	const struct ingest_parts *parts;
	atomic_bool is_canceled;

	struct store *reader;
	struct sources sources;
	struct arena *arena;		/* of one erasure */
	struct erasure what;
	int64_t contact;		/* under way */
	int64_t n_done;
	struct err err;
};

bool erase_is_canceled(struct erase *e);	/* with ERR_CANCELED */

/* erase_take.c */
/* Entries of the contact, with all that brought them, in one transaction. gone: the contact goes with it, and what is left of
 * these messages comes to whoever it is of now. */
bool erase_take_entries(struct erase *e, const int64_t *entries, size_t n, bool gone);
/* Rows of which nothing is to be left. */
bool erase_take_rows(struct erase *e, const int64_t *rows, size_t n);

/* erase_leftovers.c */
/* Dead letters and filtered events that name one of the contact's handles. */
bool erase_take_leftovers(struct erase *e);

/* erase_answers.c; writer thread, while the contact is there. What requests were answered (docs/api.md, Idempotency-Key) and
 * names them, in the key or in the answer; and what operators are told of connectors and webhooks (store/told.h). */
bool erase_answers(struct store *st, int64_t contact, struct arena *arena, struct err *err);

/* erase_begin.c; writer thread. The contact itself, and what people decided about it. ERR_AGAIN: it has entries. */
bool erase_end_contact(struct store *st, int64_t erasure, int64_t contact, struct err *err);

/* erase_list.c: the ledger of erasures as a file beside the store, where a restore leaves it. */
/* Durable. */
bool erase_list_add(const char *dir, struct store *st, const struct erasure *what, struct arena *arena, struct err *err);
