/* The only caller of clock_gettime. All times are µs; wall times since 1970 UTC. */
#pragma once

#include <daybook/str.h>

int64_t clock_wall_us(void);
int64_t clock_mono_us(void);		/* for every timer, deadline and duration */

#define US_PER_S INT64_C(1000000)
#define US_PER_MS INT64_C(1000)

enum { CLOCK_TEXT_SIZE = 32 };
/* RFC 3339 UTC with milliseconds: 2026-11-22T14:02:11.000Z. Returns out. */
const char *clock_format(int64_t wall_us, char out[CLOCK_TEXT_SIZE]);
/* RFC 3339 with any offset, fraction optional. */
bool clock_parse(struct str text, int64_t *wall_us);
/* Days since 1970-01-01 of a proleptic Gregorian date. */
int64_t clock_days_from_civil(int64_t year, unsigned month, unsigned day);
