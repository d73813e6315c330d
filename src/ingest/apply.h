/* The one transaction of a message: journal row, identities, contact, interactions,
 * participants, dead letter, ledger and cursor. Writer thread; called through struct job. */
#pragma once

#include "store/writer.h"

struct intake;

/* "input: field x is empty", as the journal keeps a death; in out. */
struct str verdict_text(const struct err *verdict, char *out, size_t size);

bool intake_apply(struct job *job, struct store *st, struct err *err);
/* What the verdict says, under in->journal_id and with ids after in->base_id: events or a dead letter,
 * in->counts and in->outcome. Shared with resolve.c. */
bool apply_verdict(struct intake *in, struct store *st, struct err *err);
void intake_done(struct job *job, const struct err *err);
