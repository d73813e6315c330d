/* Work that waits in the store, and is looked for each minute and when somebody says that there is some: one round at a time, on
 * a thread of its own. Loop thread, unless said otherwise. */
#pragma once

#include <daybook/err.h>

#include <stdbool.h>

struct api;
struct config;
struct rounds;

struct one_round {				/* borrowed for it */
	struct rounds *rounds;
	struct api *api;
	const struct config *config;
	struct rules *rules;		/* who is us; may be NULL */
	void *arg;
};

/* The round's thread. True: there is nothing left to do. False: err says why, the log is told so, and it is tried again in a minute. */
typedef bool round_fn(const struct one_round *r, struct err *err);

/* name: of the thread. complaint: what the log says of a round that failed. */
struct rounds *rounds_create(struct api *api, const char *name, const char *complaint, round_fn *fn, void *arg);
void rounds_stop(struct rounds *r);
void rounds_destroy(struct rounds *r);	/* a round that is under way ends first; NULL is fine */
void rounds_wake(struct rounds *r);
/* The configuration is another: a round that is under way is told to stop, and the next has that one. */
void rounds_begin_anew(struct rounds *r);
bool rounds_is_stopping(const struct rounds *r);	/* any thread: a round ends as soon as it can, with ERR_CANCELED */
