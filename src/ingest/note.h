/* A note somebody writes by hand: a decision in the journal, an entry on the contact's timeline, one
 * event in the ledger of "people". */
#pragma once

#include "ingest/intake.h"

/* The connector behind hand-made entries. */
extern const struct connector connector_people;

/* An intake whose commit makes the note; the caller sets finished and arg and submits it. source is that
 * of "people". */
struct intake *note_create(struct source *source, int64_t contact, struct str text, struct str by);
