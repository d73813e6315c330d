/* The mails of an import between their reader and the daemon's answers: read in order, answered in any, let go in
 * order, so that the mark behind the last one let go is where an interrupted import goes on. */
#pragma once

#include "cli/import_mail.h"

struct import_entry {
	struct import_mail mail;
	enum { ENTRY_WAITING, ENTRY_FLYING, ENTRY_DONE } state;
};

struct import_window {
	struct import_entry *entries;	/* a ring */
	uint64_t first, next;		/* serials: the oldest without an answer; the one to be read */
	size_t n_waiting, n_flying, flying_bytes;
	char *mark;			/* behind the newest of an unbroken row of answers; NULL: none yet */
};

void import_window_init(struct import_window *w);
void import_window_finish(struct import_window *w);

/* An empty place for the next mail; NULL when the window is full. It counts once import_window_add() is called. */
struct import_entry *import_window_place(struct import_window *w);
void import_window_add(struct import_window *w);

/* The oldest that waits, or NULL. */
struct import_entry *import_window_waiting(struct import_window *w);
void import_window_launch(struct import_window *w, struct import_entry *e);	/* waiting: on its way */
void import_window_land(struct import_window *w, struct import_entry *e);	/* on its way: waiting again */
void import_window_settle(struct import_window *w, struct import_entry *e);	/* waiting: done */
