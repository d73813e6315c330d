/* A time of the day at which something is done once: "03:00", or "no". */
#pragma once

#include <daybook/str.h>

enum { NIGHTLY_NEVER = -1, NIGHTLY_BAD = -2 };

/* Minutes since midnight, NIGHTLY_NEVER for "no", or NIGHTLY_BAD. */
int nightly_parse(struct str text);
/* The first such minute, on this machine's clock, behind the last time (0: behind now), and so many seconds more.
 * May lie in the past: then it is due. */
int64_t nightly_next_us(int minute, int64_t last_us, int64_t now_us, unsigned spread_s);
/* Always the same for a name, so that not all begin at once; below `below`. */
unsigned nightly_spread_s(struct str name, unsigned below);
