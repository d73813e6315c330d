#include "mime/calendar.h"

#include <libical/ical.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mime/typed.h"
#include "mime/utf8.h"
#include "mime/zone.h"

enum { ID_MAX = 512, TEXT_MAX = 500, ADDRESS_MAX = 320, WORD_MAX = 40, DURATION_MAX_DAYS = 366 };

/* One line, clean, at most max bytes. libical hands out borrowed strings that the next call may take back. */
static struct str clean(struct decode *dec, const char *text, size_t max)
{
	struct str s = str_from(text);
	struct buf valid, line;

	buf_init(&valid, 3 * s.len + 16);
	buf_init(&line, 16 * s.len + 64);
	utf8_repair(s, &valid);
	utf8_clean_line(buf_str(&valid), &line);
	s = arena_str(dec->arena, utf8_cut(buf_str(&line), max));
	buf_finish(&valid);
	buf_finish(&line);
	return s;
}

static icalproperty *first(icalcomponent *c, icalproperty_kind kind)
{
	return icalcomponent_get_first_property(c, kind);
}

/* Text with its backslashes undone. */
static struct str text_of(struct decode *dec, icalcomponent *c, icalproperty_kind name, size_t max)
{
	icalproperty *p = typed_first(c, name, ICAL_TEXT_VALUE);

	return p ? clean(dec, icalvalue_get_text(icalproperty_get_value(p)), max) : (struct str){ NULL, 0 };
}

/* As it stands in the calendar. */
static struct str written(struct decode *dec, icalproperty *p, size_t max)
{
	return p ? clean(dec, icalproperty_get_value_as_string(p), max) : (struct str){ NULL, 0 };
}

/* ---- times ---- */

static const char *tzid_of(icalproperty *p)
{
	icalparameter *tzid = icalproperty_get_first_parameter(p, ICAL_TZID_PARAMETER);

	return tzid ? icalparameter_get_tzid(tzid) : NULL;
}

static struct str in_utc(struct decode *dec, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	return arena_str(dec->arena, str_from(clock_format(seconds * US_PER_S, text)));
}

static struct str format_time(struct decode *dec, icalcomponent *calendar, struct icaltimetype t, const char *tzid)
{
	int offset_s;

	if (!zone_is_time(t))
		return (struct str){ NULL, 0 };
	if (t.is_date)
		return arena_strf(dec->arena, "%04d-%02d-%02d", t.year, t.month, t.day);
	if (icaltime_is_utc(t))
		return in_utc(dec, zone_wall_s(t));
	if (tzid != NULL && zone_offset(calendar, tzid, t, &offset_s))
		return in_utc(dec, zone_wall_s(t) - offset_s);
	return arena_strf(dec->arena, "%04d-%02d-%02dT%02d:%02d:%02d", t.year, t.month, t.day, t.hour, t.minute,
			  t.second);
}

static struct str time_of(struct decode *dec, icalcomponent *calendar, icalproperty *p)
{
	if (p == NULL)
		return (struct str){ NULL, 0 };
	return format_time(dec, calendar, icalvalue_get_datetime(icalproperty_get_value(p)), tzid_of(p));
}

/* libical goes to the end of a duration month by month. */
static bool is_bounded(struct icaldurationtype d)
{
	return !d.is_neg && d.weeks <= DURATION_MAX_DAYS / 7 && d.days <= DURATION_MAX_DAYS &&
	       d.hours <= DURATION_MAX_DAYS * 24 && d.minutes <= DURATION_MAX_DAYS * 24 * 60 &&
	       d.seconds <= DURATION_MAX_DAYS * 24 * 60 * 60;
}

static struct str end_of(struct decode *dec, icalcomponent *calendar, icalproperty *start, icalproperty *duration)
{
	struct icaltimetype from = icalvalue_get_datetime(icalproperty_get_value(start));
	struct icaldurationtype lasts = icalproperty_get_duration(duration);

	if (!zone_is_time(from) || !is_bounded(lasts))
		return (struct str){ NULL, 0 };
	return format_time(dec, calendar, icaltime_add(from, lasts), tzid_of(start));
}

static void read_times(struct decode *dec, icalcomponent *calendar, icalcomponent *event, struct meeting *out)
{
	icalproperty *start = typed_time(event, ICAL_DTSTART_PROPERTY), *end = typed_time(event, ICAL_DTEND_PROPERTY);
	icalproperty *duration = typed_first(event, ICAL_DURATION_PROPERTY, ICAL_DURATION_VALUE);

	out->start = time_of(dec, calendar, start);
	out->end = time_of(dec, calendar, end);
	out->recurrence_id = time_of(dec, calendar, typed_time(event, ICAL_RECURRENCEID_PROPERTY));
	if (start == NULL)
		return;
	out->timezone = clean(dec, tzid_of(start), TEXT_MAX);
	if (end == NULL && duration != NULL)
		out->end = end_of(dec, calendar, start, duration);
}

/* ---- people ---- */

static struct meeting_party party_of(struct decode *dec, icalproperty *p)
{
	icalparameter *name = icalproperty_get_first_parameter(p, ICAL_CN_PARAMETER);
	icalparameter *status = icalproperty_get_first_parameter(p, ICAL_PARTSTAT_PARAMETER);
	struct str address = written(dec, p, ADDRESS_MAX + 7);

	return (struct meeting_party){
		.address = str_istarts(address, STR("mailto:")) ? str_sub(address, 7, ADDRESS_MAX) : address,
		.name = name ? clean(dec, icalparameter_get_cn(name), TEXT_MAX) : (struct str){ NULL, 0 },
		.status = status ? clean(dec, icalparameter_enum_to_string((int)icalparameter_get_partstat(status)),
					 WORD_MAX) :
				   (struct str){ NULL, 0 },
	};
}

static void read_people(struct decode *dec, icalcomponent *event, struct meeting *out)
{
	icalproperty *p = first(event, ICAL_ORGANIZER_PROPERTY);

	if (p != NULL)
		out->organizer = party_of(dec, p);
	p = first(event, ICAL_ATTENDEE_PROPERTY);
	for (; p != NULL && out->n_attendees < ICS_ATTENDEES_MAX;
	     p = icalcomponent_get_next_property(event, ICAL_ATTENDEE_PROPERTY))
		out->attendees[out->n_attendees++] = party_of(dec, p);
}

/* ---- the meeting ---- */

static icalcomponent *choose_event(icalcomponent *calendar, size_t *n)
{
	icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT), *chosen = event;
	bool is_whole = event != NULL && first(event, ICAL_RECURRENCEID_PROPERTY) == NULL;

	for (; event != NULL; event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
		++*n;
		if (!is_whole && first(event, ICAL_RECURRENCEID_PROPERTY) == NULL) {
			chosen = event;
			is_whole = true;
		}
	}
	return chosen;
}

static bool read_event(struct decode *dec, icalcomponent *calendar, struct meeting *out)
{
	icalcomponent *event = choose_event(calendar, &out->n_events);
	icalproperty *sequence;

	if (event == NULL)
		return false;
	sequence = typed_first(event, ICAL_SEQUENCE_PROPERTY, ICAL_INTEGER_VALUE);
	out->method = written(dec, first(calendar, ICAL_METHOD_PROPERTY), WORD_MAX);
	out->uid = text_of(dec, event, ICAL_UID_PROPERTY, ID_MAX);
	out->sequence = sequence ? icalproperty_get_sequence(sequence) : 0;
	out->summary = text_of(dec, event, ICAL_SUMMARY_PROPERTY, TEXT_MAX);
	out->location = text_of(dec, event, ICAL_LOCATION_PROPERTY, TEXT_MAX);
	out->status = written(dec, first(event, ICAL_STATUS_PROPERTY), WORD_MAX);
	out->rule = written(dec, first(event, ICAL_RRULE_PROPERTY), TEXT_MAX);
	read_times(dec, calendar, event, out);
	read_people(dec, event, out);
	return true;
}

void calendar_warm_up(void)
{
	icalcomponent *calendar;

	/* By default a broken line would end the process. */
	icalerror_set_errors_are_fatal(0);
	/* The first "Z" of a time has it read the system's list of zones; nothing of it is ever used. */
	icaltimezone_get_utc_timezone();
	calendar = icalparser_parse_string("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
	icalcomponent_free(calendar);
}

bool calendar_read(struct decode *dec, struct str utf8, struct meeting *out)
{
	icalcomponent *calendar = NULL;
	bool ok = false;
	struct buf sifted;

	*out = (struct meeting){ 0 };
	buf_init(&sifted, ICS_OUTPUT_MAX);
	if (ics_sift(utf8, &sifted, &out->left_out) && !buf_is_exceeded(&sifted))
		calendar = icalparser_parse_string(buf_str(&sifted).ptr);
	if (calendar != NULL) {
		ok = read_event(dec, calendar, out);
		icalcomponent_free(calendar);
	}
	buf_finish(&sifted);
	return ok;
}
