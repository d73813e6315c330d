/* Local time → UTC by the VTIMEZONE that a calendar brings along. libical could, too, but asks the clock and opens
 * files for it, has ICU walk through four centuries, and takes 30 to 110 ms for one meeting. */
#pragma once

#include <libical/ical.h>
#include <stdbool.h>
#include <stdint.h>

/* Is it a date, or a date and time, that exists? */
bool zone_is_time(struct icaltimetype t);
/* Seconds since 1970 as if it were UTC. */
int64_t zone_wall_s(struct icaltimetype t);

/* What to take from the wall time to have UTC. False when the calendar does not say it: no such zone, or rules
 * other than "every year on that day". */
bool zone_offset(icalcomponent *calendar, const char *tzid, struct icaltimetype local, int *offset_s);
