#include "cli/human.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

const char *human_count(int64_t n, char out[HUMAN_SIZE])
{
	char digits[HUMAN_SIZE];
	int len = snprintf(digits, sizeof(digits), "%llu",
			   n < 0 ? 0 - (unsigned long long)n : (unsigned long long)n);
	char *to = out;

	if (n < 0)
		*to++ = '-';
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}

const char *human_bytes(int64_t n, char out[HUMAN_SIZE])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double size = (double)n;
	size_t unit = 0;

	while (size >= 999.5 && unit + 1 < sizeof(units) / sizeof(*units)) {
		size /= 1000;
		unit++;
	}
	snprintf(out, HUMAN_SIZE, unit > 0 && size < 9.95 ? "%.1f %s" : "%.0f %s", size, units[unit]);
	return out;
}

const char *human_span(int64_t us, char out[HUMAN_SIZE])
{
	long long s = us > 0 ? us / US_PER_S : 0, days = s / 86400, hours = s / 3600 % 24;

	if (s < 60)
		snprintf(out, HUMAN_SIZE, "%lld s", s);
	else if (s < 3600)
		snprintf(out, HUMAN_SIZE, "%lld min", s / 60);
	else if (days == 0)
		snprintf(out, HUMAN_SIZE, "%lld h", hours);
	else if (hours == 0 || days > 99)
		snprintf(out, HUMAN_SIZE, "%lld d", days);
	else
		snprintf(out, HUMAN_SIZE, "%lld d %lld h", days, hours);
	return out;
}

const char *human_hour(int64_t wall_us, char out[HUMAN_SIZE])
{
	time_t seconds = (time_t)((wall_us + 59 * US_PER_S) / US_PER_S);	/* no minute too early */
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL || strftime(out, HUMAN_SIZE, "%H:%M", &tm) == 0)
		snprintf(out, HUMAN_SIZE, "-");
	return out;
}

const char *human_time(int64_t wall_us, char out[HUMAN_SIZE])
{
	time_t seconds = (time_t)(wall_us / US_PER_S);
	struct tm tm;

	if (wall_us == 0 || localtime_r(&seconds, &tm) == NULL ||
	    strftime(out, HUMAN_SIZE, "%Y-%m-%d %H:%M", &tm) == 0)
		snprintf(out, HUMAN_SIZE, "-");
	return out;
}
