/* Ids: 63-bit integers, 41 bits ms since 2020-01-01, 10 bits node, 12 bits sequence; strictly
 * increasing even when the clock steps back. The integer is the primary key; outside it is shown as
 * a prefix and 13 Crockford base32 characters. */
#pragma once

#include <daybook/str.h>

/* The next id after `last` at this wall time: now's first if that is later, else last's successor. */
int64_t id_next(int64_t last, int64_t wall_us, unsigned node);
/* The successor alone; carries into the milliseconds, never into the node. */
int64_t id_after(int64_t last);
int64_t id_wall_us(int64_t id);

enum { ID_TEXT_SIZE = 20 };
/* id_format(x, "int_", out) gives "int_" and 13 characters. Returns out. */
const char *id_format(int64_t id, const char *prefix, char out[ID_TEXT_SIZE]);
/* With its prefix, any case, I L O read as 1 1 0. */
bool id_parse(struct str text, const char *prefix, int64_t *id);
