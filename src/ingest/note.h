/* A note, a call or a meeting that somebody enters by hand: a decision in the journal, an entry on the contact's timeline,
 * one event in the ledger of "people". */
#pragma once

#include "ingest/intake.h"

/* The connector behind hand-made entries. */
extern const struct connector connector_people;

struct decision;

/* An intake whose commit makes the entry; the caller sets finished and arg and submits it. source is that
 * of "people"; the decision is copied. */
struct intake *note_create(struct source *source, const struct decision *decision);
/* "note", "call" or "meeting", and whether the rest fits it: ERR_INPUT. text is trimmed. */
bool note_check(struct str kind, struct decision *decision, struct err *err);
