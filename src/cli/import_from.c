#include "cli/import_from.h"

#include "base/clock.h"

enum { MAX_WORDS = 24, MAX_LINE = 1000 };

struct words {
	struct str items[MAX_WORDS];
	size_t n;
};

static void split(struct str line, struct words *words)
{
	struct str word;

	words->n = 0;
	while (words->n < MAX_WORDS && str_next(&line, ' ', &word)) {
		word = str_trim(word);
		if (word.len > 0)
			words->items[words->n++] = word;
	}
}

static struct str word_at(const struct words *words, size_t i)
{
	return i < words->n ? words->items[i] : STR("");
}

static unsigned month_of(struct str word)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (unsigned m = 0; word.len == 3 && m < 12; m++)
		if (str_ieq(word, (struct str){ names + m * 3, 3 }))
			return m + 1;
	return 0;
}

static bool number(struct str word, int64_t least, int64_t most, int64_t *n)
{
	return word.len <= 4 && str_int64(word, n) && *n >= least && *n <= most;
}

static bool year_of(struct str word, int64_t *year)
{
	return word.len == 4 && number(word, 1970, 2200, year);
}

/* 14:02 or 14:02:11 */
static bool time_of(struct str word, int64_t *s)
{
	struct str hour, minute, second = STR("0");
	int64_t h, m, sec;

	if (!str_next(&word, ':', &hour) || !str_next(&word, ':', &minute))
		return false;
	if (word.len > 0)
		second = word;
	if (!number(hour, 0, 23, &h) || minute.len != 2 || !number(minute, 0, 59, &m) ||
	    !number(second, 0, 60, &sec))
		return false;
	*s = h * 3600 + m * 60 + sec;
	return true;
}

/* +0100; names of zones mean different things to different people and are not read. */
static int64_t zone_of(struct str word)
{
	int64_t hhmm;

	if (word.len != 5 || (word.ptr[0] != '+' && word.ptr[0] != '-') ||
	    !number(str_sub(word, 1, 4), 0, 1400, &hhmm))
		return 0;
	return (hhmm / 100 * 60 + hhmm % 100) * 60 * (word.ptr[0] == '-' ? -1 : 1);
}

struct moment {
	int64_t year, day, time_s, zone_s;
	unsigned month;
};

/* "Nov  3 14:02:11 2026", "… 14:02:11 +0100 2026", "… 14:02 PST 2026", "… 2026 +0100" */
static bool read_asctime(const struct words *w, size_t month, struct moment *at)
{
	if (!number(word_at(w, month + 1), 1, 31, &at->day) ||
	    !time_of(word_at(w, month + 2), &at->time_s))
		return false;
	for (size_t i = month + 3; i < month + 6; i++) {
		if (year_of(word_at(w, i), &at->year)) {
			at->zone_s = zone_of(word_at(w, i > month + 3 ? i - 1 : i + 1));
			return true;
		}
	}
	return false;
}

/* "3 Nov 2026 14:02:11 +0100" */
static bool read_rfc(const struct words *w, size_t month, struct moment *at)
{
	if (month == 0 || !number(word_at(w, month - 1), 1, 31, &at->day) ||
	    !year_of(word_at(w, month + 1), &at->year) || !time_of(word_at(w, month + 2), &at->time_s))
		return false;
	at->zone_s = zone_of(word_at(w, month + 3));
	return true;
}

bool import_from_date(struct str line, int64_t *us)
{
	struct moment at = { 0 };
	struct words words;

	if (!str_starts(line, STR("From ")))
		return false;
	split(str_sub(line, 5, MAX_LINE), &words);
	for (size_t i = 0; i < words.n; i++) {
		at.month = month_of(words.items[i]);
		if (at.month == 0 || (!read_asctime(&words, i, &at) && !read_rfc(&words, i, &at)))
			continue;
		*us = (clock_days_from_civil(at.year, at.month, (unsigned)at.day) * 86400 + at.time_s -
		       at.zone_s) * US_PER_S;
		return true;
	}
	return false;
}

bool import_is_field(struct str line)
{
	size_t colon = str_chr(line, ':');

	if (colon == STR_NONE || colon == 0 || colon > 76)
		return false;
	for (size_t i = 0; i < colon; i++)
		if (line.ptr[i] <= ' ' || line.ptr[i] > '~')
			return false;
	return true;
}
