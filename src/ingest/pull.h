/* The host's side of a pull connector: when it runs, on which worker, with which cursors; and the
 * sync_*() calls that connectors use (include/daybook/connector.h). Everything here is on the loop
 * thread, but for the run itself. */
#pragma once

#include "ingest/folder_board.h"
#include "ingest/instance.h"

struct pull;
struct store;

/* The comparison with the server. */
enum pull_reconcile_state {
	RECONCILE_NONE,			/* none was asked for since the start */
	RECONCILE_WAITING,		/* for a worker, or for the run before it */
	RECONCILE_RUNNING,
	RECONCILE_DONE,
	RECONCILE_FAILED,
};
struct pull_reconcile {
	enum pull_reconcile_state state;
	uint64_t n_ended;		/* of those asked for: done or failed */
	struct reconcile_progress progress;
	struct err error;		/* of one that failed */
};

/* Reads the cursors. */
struct pull *pull_create(struct instance *inst, struct store *st, struct err *err);
void pull_destroy(struct pull *pull);		/* must be at rest; NULL is fine */
void pull_start(struct pull *pull);		/* now, and from then on by its schedule */
/* Cancels a run, forgets the timer, and has a worker close the session: log out where that is polite. What is still
 * to be done counts as on its way and keeps the instance. */
void pull_stop(struct pull *pull);
/* The connector's options changed: the session is closed, the next run begins with the new ones. */
void pull_renew(struct pull *pull);
bool pull_is_behind(const struct pull *pull);	/* at work by options that are not today's any more */
/* The store takes messages again: whoever waited for that runs now. */
void pull_store_is_back(struct pull *pull);

/* Looks for new mail as soon as a worker is free; one that is looking looks. False with err: it is off, paused or to be left alone. */
bool pull_now(struct pull *pull, struct err *err);
/* Compares its folders with the server as soon as a worker is free. False with err: it cannot be compared. */
bool pull_reconcile(struct pull *pull, struct err *err);
/* Somebody else's comparison has ended. True: this one was waiting for that, and begins. */
bool pull_take_turn(struct pull *pull);
void pull_get_reconcile(const struct pull *pull, struct pull_reconcile *out);
void pull_each_folder(const struct pull *pull, folder_fn fn, void *arg);	/* see sync_each_folder() */
const char *pull_reconcile_state_name(enum pull_reconcile_state state);
