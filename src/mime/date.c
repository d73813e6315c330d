#include "mime/date.h"

#include "base/clock.h"
#include "base/mem.h"

enum { LOOKED_AT = 256 };

struct date {
	int64_t year;
	int month, day, hour, minute, second, zone_min;
	bool has_day, has_month, has_year, has_time, has_zone;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int month_of(struct str word)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (int i = 0; word.len >= 3 && i < 12; i++)
		if (str_ieq(str_sub(word, 0, 3), (struct str){ names + (size_t)i * 3, 3 }))
			return i + 1;
	return 0;
}

/* Zones by name: those of RFC 822 and a few more; anything else is read as UTC. */
static bool zone_of(struct str word, int *minutes)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = {
		{ "UT", 0 },   { "UTC", 0 },  { "GMT", 0 },  { "Z", 0 },    { "EST", -5 },
		{ "EDT", -4 }, { "CST", -6 }, { "CDT", -5 }, { "MST", -7 }, { "MDT", -6 },
		{ "PST", -8 }, { "PDT", -7 }, { "BRT", -3 }, { "BRST", -2 }, { "ART", -3 },
		{ "WET", 0 },  { "WEST", 1 }, { "BST", 1 },  { "CET", 1 },  { "MET", 1 },
		{ "CEST", 2 }, { "MEST", 2 }, { "EET", 2 },  { "EEST", 3 }, { "MSK", 3 },
		{ "JST", 9 },  { "KST", 9 },
	};

	for (size_t i = 0; i < countof(zones); i++) {
		if (str_ieq(word, str_from(zones[i].name))) {
			*minutes = zones[i].hours * 60;
			return true;
		}
	}
	return false;
}

/* h:mm or h:mm:ss, a fraction behind the seconds is ignored. */
static bool read_time(struct str word, struct date *d)
{
	struct str rest = word, piece;
	int64_t parts[3] = { 0, 0, 0 };
	size_t n = 0;

	while (n < 3 && str_next(&rest, ':', &piece)) {
		size_t dot = str_chr(piece, '.');

		if (!str_int64(str_sub(piece, 0, dot), &parts[n++]))
			return false;
	}
	if (n < 2 || rest.len > 0 || parts[0] > 24 || parts[1] > 59 || parts[2] > 60)
		return false;
	d->hour = (int)parts[0];
	d->minute = (int)parts[1];
	d->second = (int)parts[2];
	d->has_time = true;
	return true;
}

/* +hhmm, +hh:mm, -hh */
static bool read_zone(struct str word, struct date *d)
{
	int64_t hours, minutes = 0;
	struct str digits = str_sub(word, 1, word.len);
	size_t colon = str_chr(digits, ':');
	size_t n_hour = colon != STR_NONE ? colon : digits.len <= 2 ? digits.len : digits.len - 2;

	if (!str_int64(str_sub(digits, 0, n_hour), &hours) || hours > 23)
		return false;
	digits = str_sub(digits, n_hour + (colon != STR_NONE), digits.len);
	if (digits.len > 0 && (!str_int64(digits, &minutes) || minutes > 59))
		return false;
	d->zone_min = (int)(hours * 60 + minutes) * (word.ptr[0] == '-' ? -1 : 1);
	d->has_zone = true;
	return true;
}

static bool read_number(struct str word, struct date *d)
{
	int64_t n;

	if (!str_int64(word, &n))
		return false;
	if (!d->has_day && word.len <= 2) {
		d->day = (int)n;
		d->has_day = true;
	} else if (!d->has_year && word.len <= 4) {
		/* Two and three digits: RFC 5322 §4.3. */
		d->year = word.len == 2 ? n + (n < 50 ? 2000 : 1900) : word.len == 3 ? n + 1900 : n;
		d->has_year = true;
	} else {
		return false;
	}
	return true;
}

static bool read_name(struct str word, struct date *d)
{
	int month = month_of(word), minutes;

	if (!d->has_month && month != 0) {
		d->month = month;
		d->has_month = true;
	} else if (d->has_time && str_ieq(word, STR("PM"))) {
		d->hour += d->hour < 12 ? 12 : 0;
	} else if (d->has_time && str_ieq(word, STR("AM"))) {
		d->hour -= d->hour == 12 ? 12 : 0;
	} else if (d->has_time && !d->has_zone && zone_of(word, &minutes)) {
		d->zone_min = minutes;
		d->has_zone = true;
	}
	return true;	/* a weekday, or a zone that nobody knows */
}

static bool read_word(struct str word, struct date *d)
{
	if (str_chr(word, ':') != STR_NONE && is_digit(word.ptr[0]))
		return read_time(word, d);
	/* A number once the time is known may be asctime's year; a zone has its sign. */
	if (word.len > 1 && (word.ptr[0] == '+' || word.ptr[0] == '-') && is_digit(word.ptr[1]))
		return !d->has_time || d->has_zone || read_zone(word, d);
	if (is_digit(word.ptr[0]))
		return read_number(word, d);
	return !is_letter(word.ptr[0]) || read_name(word, d);
}

static size_t comment_length(struct str s)
{
	int depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		depth += s.ptr[i] == '(';
		depth -= s.ptr[i] == ')';
		if (depth == 0)
			return i + 1;
	}
	return s.len;
}

static bool is_separator(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',';
}

/* Where the word at the front ends: a sign begins the next one ("12:00:00-0300", "14-Sep-2026"). */
static size_t word_length(struct str s)
{
	size_t n = 1;

	while (n < s.len && !is_separator(s.ptr[n]) && s.ptr[n] != '(' && s.ptr[n] != '-' &&
	       s.ptr[n] != '+')
		n++;
	return n;
}

static bool days_fit(const struct date *d)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (d->year % 4 == 0 && d->year % 100 != 0) || d->year % 400 == 0;

	if (d->month < 1 || d->month > 12 || d->day < 1 || d->day > days[d->month - 1])
		return false;
	return d->month != 2 || d->day < 29 || is_leap;
}

static bool finish(const struct date *d, int64_t *us)
{
	int64_t seconds;

	if (!d->has_day || !d->has_month || !d->has_year || !d->has_time || !days_fit(d))
		return false;
	if (d->year < 1970 || d->year > 9999)
		return false;
	seconds = clock_days_from_civil(d->year, (unsigned)d->month, (unsigned)d->day) * 86400 +
		  d->hour * 3600 + d->minute * 60 + d->second - d->zone_min * 60;
	if (seconds < 0)
		return false;
	*us = seconds * US_PER_S;
	return true;
}

bool date_parse(struct str text, int64_t *us)
{
	struct date d = { 0 };
	size_t n;

	text = str_trim(str_sub(text, 0, LOOKED_AT));
	if (text.len > 4 && is_digit(text.ptr[0]) && is_digit(text.ptr[3]) && text.ptr[4] == '-')
		return clock_parse(text, us) && *us > 0;
	for (size_t i = 0; i < text.len; i += n) {
		struct str rest = str_sub(text, i, text.len);

		n = 1;
		if (is_separator(rest.ptr[0]))
			continue;
		if (rest.ptr[0] == '(') {
			n = comment_length(rest);
			continue;
		}
		/* "14-Sep-2026": a hyphen is no sign before the time is known. */
		if (rest.ptr[0] == '-' && !d.has_time)
			continue;
		n = word_length(rest);
		if (!read_word(str_sub(rest, 0, n), &d) && !(d.has_year && d.has_time))
			return false;
	}
	return finish(&d, us);
}

bool date_of_received(struct str value, int64_t *us)
{
	size_t at = str_rchr(value, ';');

	return at != STR_NONE && date_parse(str_sub(value, at + 1, value.len), us);
}
