/* A journal row whose bytes had to go: in their place stands what remains of its interactions, as canonical JSON (law 2). A
 * replay takes them from there; an event that is gone altogether counts as filtered. Pure. */
#pragma once

#include <daybook/interaction.h>

#include "base/buf.h"

#define COMPACT_TYPE "application/vnd.daybook.interactions+json"
#define COMPACT_ERASED "erased"		/* the reason of an event that is gone */

bool compact_is(struct str content_type);
void compact_put(struct buf *out, const struct interactions *items);
/* n events of which nothing remains. */
void compact_put_erased(struct buf *out, size_t n);
bool compact_parse(struct str json, struct interactions *items, struct err *err);
