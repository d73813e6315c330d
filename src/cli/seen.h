/* Which events a dry run has met already, so that a mail in two places counts once. Pure. */
#pragma once

#include <daybook/interaction.h>

struct seen {			/* hashes of dedupe keys: open addressing; all zero is empty */
	uint64_t *slots;
	size_t n, room;
};

/* False when one with the same key was there. */
bool seen_add(struct seen *s, const struct interaction *it);
void seen_finish(struct seen *s);
