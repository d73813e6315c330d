/* Where a list goes on: a position that only we can have written, for the list and the filters it came from. Pure. */
#pragma once

#include <daybook/str.h>

struct arena;
struct buf;

struct cursor {
	int64_t at, id;
	struct str text;
};

/* what: the route and all filters, as text. key: 32 bytes. */
void cursor_put(struct buf *out, const unsigned char *key, struct str what, const struct cursor *c);
/* False: not one of ours, or of another list or other filters. text lives in arena. */
bool cursor_read(struct str text, const unsigned char *key, struct str what, struct arena *arena, struct cursor *c);
