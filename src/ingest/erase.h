/* A person is erased: all that only they took part in goes, out of timeline, index, journal and files; in what others took part
 * in, too, their name and handles are blanked. Tombstones keep it from coming back. It begins in one transaction, goes on in
 * the background in many small ones, and after an interruption where it was. */
#pragma once

#include "store/erase.h"

struct config;
struct ingest;
struct ingest_parts;

/* Writer thread, in a transaction. What comes of them from now on is somebody new. *id: of the erasure. ERR_MISSING. */
bool erase_begin(struct store *st, int64_t contact, struct str by, int64_t *id, struct err *err);

void erase_wake(struct ingest *g);	/* loop: one has begun */
/* Loop. Is there one to go on with? Called often, and cheap when not. */
void erase_look(struct ingest *g);
void erase_cancel(struct ingest *g);	/* soon; it goes on at the next start */

/* All that have begun, to their end, before anything listens: after a restore. */
bool erase_finish_all(const struct ingest_parts *parts, const struct config *config, struct err *err);
