#include "conf/nightly.h"

#include <time.h>

#include "base/clock.h"

int nightly_parse(struct str text)
{
	struct str hour, minute = text;
	int64_t h, m;

	if (str_eq(text, STR("no")))
		return NIGHTLY_NEVER;
	if (text.len != 5 || !str_next(&minute, ':', &hour) || hour.len != 2 || !str_int64(hour, &h) ||
	    !str_int64(minute, &m) || h > 23 || m > 59)
		return NIGHTLY_BAD;
	return (int)(h * 60 + m);
}

/* That minute of the day of `day`, as mktime understands days that are too many. */
static int64_t at_minute(const struct tm *day, int minute)
{
	struct tm tm = { .tm_year = day->tm_year, .tm_mon = day->tm_mon, .tm_mday = day->tm_mday,
			 .tm_hour = minute / 60, .tm_min = minute % 60, .tm_isdst = -1 };

	return (int64_t)mktime(&tm) * US_PER_S;
}

int64_t nightly_next_us(int minute, int64_t last_us, int64_t now_us, unsigned spread_s)
{
	int64_t spread_us = spread_s * US_PER_S, after_us = (last_us != 0 ? last_us : now_us) - spread_us;
	time_t after = (time_t)(after_us / US_PER_S);
	struct tm day;
	int64_t at_us;

	localtime_r(&after, &day);
	at_us = at_minute(&day, minute);
	if (at_us <= after_us) {
		day.tm_mday++;
		at_us = at_minute(&day, minute);
	}
	return at_us + spread_us;
}

unsigned nightly_spread_s(struct str name, unsigned below)
{
	uint32_t hash = 2166136261u;	/* FNV-1a */

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.ptr[i]) * 16777619u;
	return hash % below;
}
