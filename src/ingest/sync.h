/* One pull connector's run on a worker: session, cursors, and the messages on their way to the writer.
 * No locks: the worker hands intakes to the writer and gets them back through a queue. */
#pragma once

#include "ingest/folder_board.h"
#include "ingest/instance.h"
#include "store/store.h"


struct sync *sync_create(struct instance *inst, struct store *st, struct err *err);
void sync_destroy(struct sync *sync);		/* closes the session; not while it runs */

struct sync_turn {
	int64_t timeout_us;		/* afterwards it counts as canceled */
	bool renew;			/* the options changed: open a new session */
	bool reconcile;			/* compare with the server first */
	bool may_connect;		/* a connection may be made */
	bool may_backfill;
	void (*connected)(void *arg);	/* worker: that is over */
	void *arg;
};
/* Worker. source: stays until this returns; what is emitted is its own, whoever the session was opened by. */
void sync_run(struct sync *sync, struct source *source, const struct sync_turn *turn);

/* Worker, or whoever may block; not while it runs. */
void sync_close(struct sync *sync);
bool sync_is_open(const struct sync *sync);	/* there is a session to close; not while it runs */

/* Loop, after a run: NULL when it went well. ERR_CANCELED: there is more, go on soon. */
const struct err *sync_error(const struct sync *sync);
bool sync_has_reconciled(const struct sync *sync);	/* after a run: the comparison came to its end */
/* Any thread, at any time. The folders in the order in which they were first seen. */
void sync_each_folder(struct sync *sync, folder_fn fn, void *arg);
/* Any thread, at any time. */
void sync_get_progress(const struct sync *sync, struct reconcile_progress *now);
int sync_watch_fd(const struct sync *sync);	/* -1: nothing to watch */
/* What is wrong with a part of it: kind NONE when all is well. */
void sync_get_trouble(const struct sync *sync, struct err *trouble);
/* Loop, after a run. */
struct sync_throttle {
	bool is_said;			/* the far side has had enough of us … */
	bool is_quota;			/* … for hours … */
	int64_t wait_us;		/* … or for so long; 0: it does not say */
};
void sync_get_throttle(const struct sync *sync, struct sync_throttle *out);
void sync_get_backlog(const struct sync *sync, struct sync_backlog *out);
int64_t sync_looked_us(const struct sync *sync);	/* when all of the far side was last looked at; 0: not in this run */
void sync_allow(struct sync *sync);	/* takes a cancel back; any thread */
void sync_cancel(struct sync *sync);		/* any thread */

/* sync_fetch.c: one message of which parts were left out, on a session of its own. */
struct fetched {
	int64_t journal_id;		/* of the whole message; 0: it was delivered before */
	enum outcome outcome;
};
struct sync *sync_create_for_fetch(struct instance *inst);	/* loop */
/* Worker; durable when it returns. source: as for sync_run(). */
bool sync_fetch(struct sync *sync, struct source *source, const struct raw *left, int64_t timeout_us,
		struct fetched *out, struct err *err);
