/* Text on its way through GMime and back. GMime decodes words, percents and 8-bit bytes by itself, in
 * any charset that the sender names; what it must not touch travels as "^XX" and is a plain atom to
 * every grammar of mail. */
#pragma once

#include <daybook/arena.h>

#include "base/buf.h"

/* Letters, digits, "-", "_", "." and blanks as they are, the rest as ^XX. */
void armour_add(struct buf *out, char c);
void armour_add_always(struct buf *out, char c);
/* Room that n bytes may need. */
size_t armour_room(size_t n);

/* The bytes again; in the arena. */
struct str armour_undo(const char *text, struct arena *arena);
