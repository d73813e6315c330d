/* A second look at something journalled: a pending row that can be read now, or a dead letter that a
 * person wants tried again. Writer thread; see apply.c for what comes in fresh. */
#pragma once

#include "ingest/intake.h"

/* in->journal_id once more, under ids of its own as of now, in->counts zeroed before; the ledger is the caller's. */
bool resolve_anew(struct intake *in, struct store *st, struct err *err);
bool resolve_apply(struct intake *in, struct store *st, struct err *err);
