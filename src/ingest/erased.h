/* What comes of somebody who was erased, from before that: it does not come back. Writer thread. */
#pragma once

#include "store/store.h"

struct intake;
struct interaction;

/* Of in->items: what only they took part in becomes a filtered event of which nothing is left; where others did too, their
 * name and handles are taken out. What died and was sent by them goes altogether. Then in->is_cut, and its bytes are what remains. */
bool erased_screen(struct intake *in, struct store *st, struct err *err);
/* Nothing of it is left: n filtered events. */
void erased_empty(struct intake *in, size_t n);
/* Has this delivery been here, of which its hash alone is kept? *of 0: no. */
bool erased_find_delivery(struct intake *in, struct store *st, int64_t *of, struct err *err);
/* It repeats a row whose bytes are gone: its own go with them. */
bool erased_screen_repeat(struct intake *in, struct store *st, struct err *err);
