/* What the files of a pull's run share. */
#pragma once

#include <stdatomic.h>

#include "ingest/sync.h"

struct chain;
struct folder_board;
struct queue;

struct text_pair {
	char *key, *value;
};

struct sync {
	struct instance *inst;
	struct source *source;		/* of this run, with the rules of today; the caller's */
	void *session;
	struct source *session_source;	/* whose options the session points into */
	struct chain *chain;		/* what is on its way; of this run, as a mailbox at rest costs little */
	struct err error;		/* of this run */
	struct text_pair *cursors, *troubles;
	size_t n_cursors, n_troubles;
	int watch_fd;
	int64_t now_us, deadline_us, timeout_us;	/* of this run; the deadline is monotonic */
	char *token;			/* what the connector logs in with; NULL: none asked for */
	struct folder_board *folders;
	int64_t n_withheld;		/* since something was handed over last … */
	int64_t withheld_us;		/* … and when the last of them that was new; 0: none was */
	bool has_progressed;		/* something came in and was committed */
	atomic_bool is_canceled;

	struct sync_turn turn;		/* of this run */
	struct sync_throttle throttle;
	struct sync_backlog backlog;
	int64_t looked_us;

	struct store *reader;		/* once it asked for something, until the run ends */
	struct queue *reports;		/* what it found, on its way to the store; one at a time */
	bool is_comparing;
	bool has_reconciled;		/* in this run, to the end */
	struct { atomic_uint folder, n_folders, listed, of, healed; } progress;
};

/* A handle of this run's own, to read; the run closes it. */
struct store *sync_reader(struct sync *sync, struct err *err);
/* sync_reconcile.c: the connector's reconcile(), and what belongs to it. */
bool sync_compare(struct sync *sync, struct err *err);
void sync_note_arrival(struct sync *sync);	/* a comparison that fetches is not late */
