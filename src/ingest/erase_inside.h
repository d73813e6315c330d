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
	bool is_gone;			/* it */
	int64_t expires_before;		/* a row: no erasure; what came before it is kept no longer (retention.h) */
	int64_t n_done;
	struct err err;
};

bool erase_is_canceled(struct erase *e);	/* with ERR_CANCELED */
bool erase_empty_log(struct erase *e);		/* of the database, where what was taken away still stands */

/* erase_take.c */
/* Entries of the contact, with all that brought them, in one transaction. gone: the contact goes with it, and what is left of
 * these messages comes to whoever it is of now. */
bool erase_take_entries(struct erase *e, const int64_t *entries, size_t n, bool gone);
/* Rows of which nothing is to be left. */
bool erase_take_rows(struct erase *e, const int64_t *rows, size_t n);
/* Entries that these rows brought, with the same of rows that came later: e->expires_before. */
bool erase_take_expired(struct erase *e, const int64_t *rows, size_t n);
/* The row as it is read today; NULL: ERR_MISSING when its bytes are lost. */
struct intake *erase_read_again(struct erase *e, const struct journal_row *row);

/* erase_leftovers.c */
/* Dead letters and filtered events that name one of the contact's handles. */
bool erase_take_leftovers(struct erase *e);

/* erase_origins.c */
/* No row and no mark says any more that it came out of a file which is named after the contact. */
bool erase_hide_origins(struct erase *e);

/* erase_answers.c; writer thread, while the contact is there. What requests were answered (docs/api.md, Idempotency-Key) and
 * names them, in the key or in the answer; and what operators are told of connectors and webhooks (store/told.h). */
bool erase_answers(struct store *st, int64_t contact, struct arena *arena, struct err *err);

/* erase_begin.c; writer thread. The contact itself, and what people decided about it; not *is_gone: it has entries. */
bool erase_end_contact(struct store *st, int64_t erasure, int64_t contact, bool *is_gone, struct err *err);

/* erase_list.c: the ledger of erasures as a file beside the store, where a restore leaves it. */
/* Durable. */
bool erase_list_add(const char *dir, struct store *st, const struct erasure *what, struct arena *arena, struct err *err);
