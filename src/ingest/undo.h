/* Imports that somebody wants back: what their deliveries brought is taken away as if it had never come, with the daemon running;
 * what another delivery has brought as well stays. It begins where it was after an interruption. Loop thread, but for the
 * beginning. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct ingest;
struct store;

/* Writer thread, in a transaction. Nothing comes in by it from now on. ERR_MISSING; ERR_DENIED: it was undone before. */
bool undo_begin(struct store *st, int64_t import, struct str by, struct err *err);

void undo_wake(struct ingest *g);	/* one is wanted */
/* Is there one to go on with? Called often, and cheap when not. */
void undo_look(struct ingest *g);
void undo_cancel(struct ingest *g);	/* soon; it goes on at the next start */
