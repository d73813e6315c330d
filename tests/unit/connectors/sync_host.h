/* The host's side of a pull, for tests: keeps raws and cursors in memory and, when told a file, as JSON
 * lines, committed in groups as the real one does. It can crash at the n-th emit, with a random part of
 * the group committed. */
#pragma once

#include <daybook/connector.h>

struct sync_host {
	const char *path;		/* JSON lines; NULL: nowhere */
	long crash_at;			/* the process ends at this emit, 1 …; 0: never */
	int64_t cancel_at_us;		/* monotonic; 0: never */
	int64_t shift_us;		/* added to the clock that the connector sees */

	const char *tokens[2];		/* of auth: oauth: the first, and the one fetched when that is refused */

	int64_t fetched, spared;	/* as sync_traffic() was told */
	bool is_live_only;		/* no backlog is read */

	long n_emitted, n_looks;
	int64_t n_withheld;
	struct sync_backlog backlog;	/* as it was last told */
	bool is_over_quota;		/* of the last run, and what it was asked to wait */
	int64_t wait_us;
	int watched_fd;			/* -1: none */
	struct sync *sync;
};

/* Reads what an earlier run committed. */
void sync_host_load(struct sync_host *host);
/* One sync() with it; commits what is left only when it returned true. */
bool sync_host_run(struct sync_host *host, const struct connector *connector, void *session, struct err *err);
void sync_host_finish(struct sync_host *host);
