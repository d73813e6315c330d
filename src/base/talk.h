/* A program of ours that lives as long as one request: what is asked goes to its standard input, what it says to its end is the
 * answer. Nothing of ours goes along: no descriptor, no environment. Blocks: workers only. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct buf;

struct talk {
	const char *folder, *name;	/* as program_beside() finds it: "fetch", "daybook-fetch" */
	int64_t deadline_us;		/* monotonic; then it is killed */
	bool (*is_canceled)(void *arg);	/* may be NULL; asked several times a second */
	void *arg;
};

/* False, with ERR_AGAIN or ERR_CANCELED: it could not be started or did not answer. reply has its maximum already. */
bool talk(const struct talk *talk, struct str request, struct buf *reply, struct err *err);
