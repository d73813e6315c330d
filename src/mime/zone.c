#include "mime/zone.h"

#include <string.h>

#include "base/clock.h"
#include "mime/typed.h"

enum { DAY_S = 24 * 60 * 60, OFFSET_MAX_S = 26 * 60 * 60 };

/* A standard or daylight time: since when, and how the clocks then go. */
struct span {
	struct icaltimetype start;
	int from_s, to_s;
	bool has_rule;
	struct icalrecurrencetype rule;
};

bool zone_is_time(struct icaltimetype t)
{
	return t.year >= 1 && t.year <= 9999 && t.month >= 1 && t.month <= 12 && t.day >= 1 && t.day <= 31 &&
	       (t.is_date || (t.hour >= 0 && t.hour <= 24 && t.minute >= 0 && t.minute <= 59 && t.second >= 0 &&
			      t.second <= 60));
}

static int64_t at_s(int64_t day, struct icaltimetype t)
{
	int64_t time = t.is_date ? 0 : t.hour * 3600 + t.minute * 60 + t.second;

	return day * DAY_S + time;
}

int64_t zone_wall_s(struct icaltimetype t)
{
	return at_s(clock_days_from_civil(t.year, (unsigned)t.month, (unsigned)t.day), t);
}

/* ---- the day of a yearly rule ---- */

static bool is_set(short value)
{
	return value != ICAL_RECURRENCE_ARRAY_MAX;
}

/* 1 is Sunday, as libical counts. */
static int weekday_of(int64_t day)
{
	return (int)(((day + 4) % 7 + 7) % 7) + 1;
}

static int64_t first_day(int64_t year, int month)
{
	return clock_days_from_civil(year, (unsigned)month, 1);
}

static int64_t first_day_after(int64_t year, int month)
{
	return month == 12 ? first_day(year + 1, 1) : first_day(year, month + 1);
}

/* "the second Sunday", "the last Sunday" */
static bool nth_weekday(int64_t year, int month, int nth, int weekday, int64_t *day)
{
	int64_t first = first_day(year, month), end = first_day_after(year, month);

	if (nth > 0)
		*day = first + (weekday - weekday_of(first) + 7) % 7 + 7 * (nth - 1);
	else
		*day = end - 1 - (weekday_of(end - 1) - weekday + 7) % 7 + 7 * (nth + 1);
	return nth != 0 && *day >= first && *day < end;
}

/* "the Sunday among the 8th to the 14th", or simply a day of the month */
static bool listed_day(int64_t year, int month, const struct icalrecurrencetype *rule, int64_t *day)
{
	for (int i = 0; i < ICAL_BY_MONTHDAY_SIZE && is_set(rule->by_month_day[i]); i++) {
		*day = first_day(year, month) + rule->by_month_day[i] - 1;
		if (rule->by_month_day[i] >= 1 && *day < first_day_after(year, month) &&
		    (!is_set(rule->by_day[0]) ||
		     weekday_of(*day) == (int)icalrecurrencetype_day_day_of_week(rule->by_day[0])))
			return true;
	}
	return false;
}

static bool day_in_year(const struct span *s, int64_t year, int64_t *day)
{
	const struct icalrecurrencetype *rule = &s->rule;
	int month = is_set(rule->by_month[0]) ? icalrecurrencetype_month_month(rule->by_month[0]) : s->start.month;

	if (month < 1 || month > 12)
		return false;
	if (is_set(rule->by_month_day[0]))
		return listed_day(year, month, rule, day);
	if (is_set(rule->by_day[0]))
		return nth_weekday(year, month, icalrecurrencetype_day_position(rule->by_day[0]),
				   (int)icalrecurrencetype_day_day_of_week(rule->by_day[0]), day);
	*day = first_day(year, month) + s->start.day - 1;
	return true;
}

/* ---- when the clocks were changed last ---- */

static bool onset_in_year(const struct span *s, int64_t year, int64_t *onset)
{
	int64_t day;

	if (!day_in_year(s, year, &day))
		return false;
	*onset = at_s(day, s->start);
	return *onset >= zone_wall_s(s->start) &&
	       (!zone_is_time(s->rule.until) || *onset - s->from_s <= zone_wall_s(s->rule.until));
}

/* The last change to this time at or before `wall`. */
static bool last_onset(const struct span *s, int64_t wall, int64_t year, int64_t *onset)
{
	if (!s->has_rule) {
		*onset = zone_wall_s(s->start);
		return *onset <= wall;
	}
	if (zone_is_time(s->rule.until) && s->rule.until.year < year)
		year = s->rule.until.year;
	if (s->rule.count > 0 && s->rule.count - 1 < year - s->start.year)
		year = s->start.year + s->rule.count - 1;
	for (int i = 0; i < 2; i++)
		if (onset_in_year(s, year - i, onset) && *onset <= wall)
			return true;
	return false;
}

/* ---- the zone ---- */

static bool is_usable(const struct span *s)
{
	return zone_is_time(s->start) && s->from_s > -OFFSET_MAX_S && s->from_s < OFFSET_MAX_S &&
	       s->to_s > -OFFSET_MAX_S && s->to_s < OFFSET_MAX_S &&
	       (!s->has_rule || (s->rule.freq == ICAL_YEARLY_RECURRENCE && s->rule.interval <= 1));
}

static bool read_span(icalcomponent *component, struct span *s)
{
	icalproperty *start = typed_time(component, ICAL_DTSTART_PROPERTY);
	icalproperty *from = typed_first(component, ICAL_TZOFFSETFROM_PROPERTY, ICAL_UTCOFFSET_VALUE);
	icalproperty *to = typed_first(component, ICAL_TZOFFSETTO_PROPERTY, ICAL_UTCOFFSET_VALUE);
	icalproperty *rule = typed_first(component, ICAL_RRULE_PROPERTY, ICAL_RECUR_VALUE);

	*s = (struct span){ .has_rule = rule != NULL };
	if (start == NULL || to == NULL ||
	    (rule == NULL && icalcomponent_get_first_property(component, ICAL_RRULE_PROPERTY) != NULL))
		return false;
	s->start = icalproperty_get_dtstart(start);
	s->to_s = icalproperty_get_tzoffsetto(to);
	s->from_s = from ? icalproperty_get_tzoffsetfrom(from) : s->to_s;
	if (rule != NULL)
		s->rule = icalproperty_get_rrule(rule);
	return is_usable(s);
}

static icalcomponent *find_zone(icalcomponent *calendar, const char *tzid)
{
	icalcomponent *zone = icalcomponent_get_first_component(calendar, ICAL_VTIMEZONE_COMPONENT);

	for (; zone != NULL; zone = icalcomponent_get_next_component(calendar, ICAL_VTIMEZONE_COMPONENT)) {
		icalproperty *id = typed_first(zone, ICAL_TZID_PROPERTY, ICAL_TEXT_VALUE);
		const char *name = id ? icalproperty_get_tzid(id) : NULL;

		if (name != NULL && strcmp(name, tzid) == 0)
			return zone;
	}
	return NULL;
}

bool zone_offset(icalcomponent *calendar, const char *tzid, struct icaltimetype local, int *offset_s)
{
	icalcomponent *zone = find_zone(calendar, tzid), *part;
	int64_t wall = zone_wall_s(local), latest = INT64_MIN, earliest = INT64_MAX, onset;
	bool is_found = false;
	struct span s;

	if (zone == NULL)
		return false;
	part = icalcomponent_get_first_component(zone, ICAL_ANY_COMPONENT);
	for (; part != NULL; part = icalcomponent_get_next_component(zone, ICAL_ANY_COMPONENT)) {
		if (!read_span(part, &s))
			return false;
		if (last_onset(&s, wall, local.year, &onset) && onset >= latest) {
			latest = onset;
			*offset_s = s.to_s;
		} else if (latest == INT64_MIN && zone_wall_s(s.start) < earliest) {
			/* Before all that is told, the clocks went as before the first change. */
			earliest = zone_wall_s(s.start);
			*offset_s = s.from_s;
		}
		is_found = true;
	}
	return is_found;
}
