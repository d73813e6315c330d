/* Is there room on the disk? Postfix's rule: refuse before it is full. And a reserve file, given up at
 * the first ENOSPC, so that a checkpoint, a login and a backup still work. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct room;

struct room *room_create(const char *dir, int64_t min_free_bytes);
void room_destroy(struct room *r);
void room_look(struct room *r, int64_t mono_us);	/* at most once a second; writer thread */
void room_give_up_reserve(struct room *r);		/* a write found no room; writer thread */
bool room_is_enough(const struct room *r);		/* any thread */
int64_t room_free_bytes(const struct room *r);		/* any thread */
