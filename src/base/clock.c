#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
	return read_us(CLOCK_REALTIME);
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

/* Howard Hinnant's civil calendar: years begin in March, so that the leap day is last. */
int64_t clock_days_from_civil(int64_t year, unsigned month, unsigned day)
{
	int64_t era, yoe, doy, doe;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	yoe = year - era * 400;
	doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t era, doe, yoe, doy, mp;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*year = yoe + era * 400 + (*month <= 2);
}

const char *clock_format(int64_t wall_us, char out[CLOCK_TEXT_SIZE])
{
	int64_t ms = wall_us / 1000 - (wall_us % 1000 < 0);
	int64_t days = ms / 86400000 - (ms % 86400000 < 0);
	int64_t rest = ms - days * 86400000, year;
	unsigned month, day;

	civil_from_days(days, &year, &month, &day);
	snprintf(out, CLOCK_TEXT_SIZE, "%04d-%02u-%02uT%02u:%02u:%02u.%03uZ", (int)(year % 10000),
		 month, day, (unsigned)(rest / 3600000), (unsigned)(rest / 60000 % 60),
		 (unsigned)(rest / 1000 % 60), (unsigned)(rest % 1000));
	return out;
}

static bool digits(struct str *s, size_t n, int64_t *value)
{
	bool ok = s->len >= n && str_int64(str_sub(*s, 0, n), value);

	*s = str_sub(*s, n, s->len);
	return ok;
}

static bool take(struct str *s, const char *any_of)
{
	if (s->len == 0)
		return false;
	for (; *any_of; any_of++)
		if (s->ptr[0] == *any_of) {
			*s = str_sub(*s, 1, s->len);
			return true;
		}
	return false;
}

static bool fraction(struct str *s, int64_t *us)
{
	int64_t scale = 100000;

	*us = 0;
	if (!take(s, ".,"))
		return true;
	if (s->len == 0 || s->ptr[0] < '0' || s->ptr[0] > '9')
		return false;
	for (; s->len > 0 && s->ptr[0] >= '0' && s->ptr[0] <= '9'; *s = str_sub(*s, 1, s->len)) {
		*us += (s->ptr[0] - '0') * scale;
		scale /= 10;
	}
	return true;
}

static bool offset(struct str *s, int64_t *seconds)
{
	int64_t h, m;
	bool is_west;

	*seconds = 0;
	if (take(s, "Zz"))
		return true;
	is_west = s->len > 0 && s->ptr[0] == '-';
	if (!take(s, "+-") || !digits(s, 2, &h))
		return false;
	take(s, ":");
	if (!digits(s, 2, &m) || h > 23 || m > 59)
		return false;
	*seconds = (h * 3600 + m * 60) * (is_west ? -1 : 1);
	return true;
}

bool clock_parse(struct str s, int64_t *wall_us)
{
	int64_t y, mo, d, h, mi, sec, us, off;

	if (!digits(&s, 4, &y) || !take(&s, "-") || !digits(&s, 2, &mo) || !take(&s, "-") ||
	    !digits(&s, 2, &d) || !take(&s, "Tt ") || !digits(&s, 2, &h) || !take(&s, ":") ||
	    !digits(&s, 2, &mi) || !take(&s, ":") || !digits(&s, 2, &sec) || !fraction(&s, &us) ||
	    !offset(&s, &off) || s.len != 0)
		return false;
	if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || sec > 60)
		return false;
	*wall_us = (clock_days_from_civil(y, (unsigned)mo, (unsigned)d) * 86400 + h * 3600 +
		    mi * 60 + sec - off) * US_PER_S + us;
	return true;
}
