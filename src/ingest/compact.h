/* A journal row whose bytes had to go: in their place stands what remains of its interactions, as canonical JSON (law 2). A
 * replay takes them from there; an event that is gone altogether counts as filtered. Pure. */
#pragma once

#include <daybook/interaction.h>

#include "base/buf.h"

#define COMPACT_TYPE "application/vnd.daybook.interactions+json"
/* The reasons of an event that is gone: who it was of was erased; its time was over. */
#define COMPACT_ERASED "erased"
#define COMPACT_EXPIRED "expired"

bool compact_is(struct str content_type);
void compact_put(struct buf *out, const struct interactions *items);
/* n events of which nothing remains. */
void compact_put_gone(struct buf *out, size_t n, struct str reason);
bool compact_parse(struct str json, struct interactions *items, struct err *err);
