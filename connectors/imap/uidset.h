/* A set of UIDs: what the journal has of a folder, held against what the server lists. Four bytes a mail. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uidset {
	uint32_t *uids;
	size_t n, room;
};

/* In any order, also twice; then uidset_sort() before anything is asked. */
void uidset_add(struct uidset *set, uint32_t uid);
void uidset_sort(struct uidset *set);
void uidset_finish(struct uidset *set);

/* Those of listed[] (ascending, each once, all of them from … to) that are not in the set go to absent[], which has
 * room for all. Returns how many; *n_vanished are those of the set from … to that are not listed. */
size_t uidset_compare(const struct uidset *set, uint32_t from, uint32_t to, const uint32_t *listed, size_t n_listed,
		      uint32_t *absent, size_t *n_vanished);
