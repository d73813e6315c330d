#include "store/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/mem.h"

enum { RESERVE_BYTES = 32 << 20 };

struct room {
	char *database, *reserve;
	int64_t min_free_bytes, next_look_us;
	bool is_blind;			/* there was no room though the disk had some: a quota */
	atomic_bool is_enough;
	atomic_int_fast64_t free_bytes;
};

static int64_t measure(const struct room *r)
{
	struct statvfs fs;

	/* Removed under us: what is written now goes into files that nobody will find again. */
	if (statvfs(r->database, &fs) != 0)
		return errno == ENOENT ? 0 : INT64_MAX;	/* else the write itself will tell */
	return (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
}

/* Only where there is plenty: the reserve must not be what fills the disk, or what is left of a quota. */
static void make_reserve(struct room *r, int64_t free_bytes)
{
	int fd;

	if (r->is_blind || access(r->reserve, F_OK) == 0 ||
	    free_bytes < r->min_free_bytes + 4 * (int64_t)RESERVE_BYTES)
		return;
	fd = open(r->reserve, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (posix_fallocate(fd, 0, RESERVE_BYTES) != 0)
		unlink(r->reserve);
	close(fd);
}

struct room *room_create(const char *dir, int64_t min_free_bytes)
{
	struct room *r = xnew(struct room);

	r->database = xasprintf("%s/daybook.db", dir);
	r->reserve = xasprintf("%s/reserve", dir);
	r->min_free_bytes = min_free_bytes;
	atomic_store(&r->is_enough, true);
	return r;
}

void room_destroy(struct room *r)
{
	if (r == NULL)
		return;
	free(r->database);
	free(r->reserve);
	free(r);
}

void room_look(struct room *r, int64_t mono_us)
{
	int64_t free_bytes;

	if (mono_us < r->next_look_us)
		return;
	r->next_look_us = mono_us + US_PER_S;
	free_bytes = measure(r);
	atomic_store(&r->free_bytes, free_bytes);
	make_reserve(r, free_bytes);
	atomic_store(&r->is_enough, free_bytes >= r->min_free_bytes);
}

void room_give_up_reserve(struct room *r)
{
	/* Before the reserve makes some: a disk that was really full is no quota. */
	r->is_blind |= measure(r) >= r->min_free_bytes;
	unlink(r->reserve);
}

bool room_is_enough(const struct room *r)
{
	return atomic_load(&r->is_enough);
}

int64_t room_free_bytes(const struct room *r)
{
	return atomic_load(&r->free_bytes);
}
