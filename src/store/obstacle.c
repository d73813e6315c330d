#include "store/obstacle.h"

#include <errno.h>

#include "base/clock.h"
#include "store/store.h"

enum { TRY_ROOM_US = 1000000, TRY_LOCK_US = 100000 };

static void wait_for_next_try(struct obstacle *o)
{
	o->next_try_us = clock_mono_us() + (obstacle_is_lock(o) ? TRY_LOCK_US : TRY_ROOM_US);
}

void obstacle_note(struct obstacle *o, const struct store *st, const struct err *err)
{
	if (err->kind != ERR_FULL && err->kind != ERR_AGAIN)
		return;
	atomic_store(&o->cause, err->kind == ERR_AGAIN ? EBUSY : store_full_errno(st));
	wait_for_next_try(o);
}

bool obstacle_try(struct obstacle *o, struct store *st, struct err *err)
{
	if (atomic_load(&o->cause) == 0 || clock_mono_us() < o->next_try_us)
		return true;
	if (!store_try_write(st, err)) {
		wait_for_next_try(o);
		return false;
	}
	atomic_store(&o->cause, 0);
	return true;
}

const char *obstacle_words(int cause)
{
	switch (cause) {
	case 0: return NULL;
	case EBUSY:
		return "another program holds the write lock of daybook.db in storage.path (a sqlite3 shell?): end it; "
		       "fuser -v names it";
	case EDQUOT: return "the disk quota is used up: raise it, or make room at storage.path";
	case EFBIG:
		return "a file of the store has reached the file size limit: raise LimitFSIZE= or ulimit -f";
	default: return "the disk is (nearly) full: make room at storage.path";
	}
}

const char *obstacle_text(const struct obstacle *o)
{
	return obstacle_words(atomic_load(&o->cause));
}

bool obstacle_is_lock(const struct obstacle *o)
{
	return atomic_load(&o->cause) == EBUSY;
}
