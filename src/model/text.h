/* Text as it is kept: NFC, so that the same word is the same bytes whichever way it was typed. Pure. */
#pragma once

#include <daybook/arena.h>

/* Valid UTF-8 in, NFC out; the slice itself where nothing changes. Once the arena is used up, or for text that
 * cannot be composed, the slice as it is. */
struct str text_nfc(struct str s, struct arena *arena);
