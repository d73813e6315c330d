/* What keeps the store from being written for a while, though nothing is broken: no room, or another program's
 * lock. It stands until a write succeeds, not for a time: whoever is let in meanwhile would only wait and fail. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <daybook/err.h>

struct store;

struct obstacle {
	atomic_int cause;		/* errno of a full disk, EBUSY for a lock, 0 for none */
	int64_t next_try_us;		/* the writer's own */
};

/* Writer thread: this failure of the store is one (ERR_FULL, ERR_AGAIN), or it is not. */
void obstacle_note(struct obstacle *o, const struct store *st, const struct err *err);
/* Writer thread, whenever it has time: tries a small write when it is time for that. False with err when the
 * try failed, for whatever reason. */
bool obstacle_try(struct obstacle *o, struct store *st, struct err *err);

/* What it is and what to do, in words that last; NULL for 0. */
const char *obstacle_words(int cause);
/* Any thread. NULL when there is none. */
const char *obstacle_text(const struct obstacle *o);
bool obstacle_is_lock(const struct obstacle *o);
