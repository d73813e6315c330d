/* Calendars behind their sieve: what libical gets is little, and local times become UTC without the clock. */
#include "mime/calendar.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#include "../check_main.h"

static struct decode dec;
static struct meeting meeting;

static bool read_text(const char *text)
{
	arena_destroy(dec.arena);
	dec = (struct decode){ .arena = arena_create(4 << 20), .legacy = STR("windows-1252") };
	calendar_warm_up();
	return calendar_read(&dec, str_from(text), &meeting);
}

static const char *cstr(struct str s)
{
	return s.len ? arena_str(dec.arena, s).ptr : "";
}

#define CALENDAR(zone, event) "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n" zone "BEGIN:VEVENT\r\nUID:x@y\r\n" event \
			      "END:VEVENT\r\nEND:VCALENDAR\r\n"
#define ZONE(parts) "BEGIN:VTIMEZONE\r\nTZID:Z\r\n" parts "END:VTIMEZONE\r\n"
#define SPAN(name, start, from, to, rule) "BEGIN:" name "\r\nDTSTART:" start "\r\nTZOFFSETFROM:" from \
					  "\r\nTZOFFSETTO:" to "\r\n" rule "END:" name "\r\n"
#define EUROPE ZONE(SPAN("STANDARD", "16010101T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n") \
		    SPAN("DAYLIGHT", "16010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n"))

static void check_start(const char *zone, const char *local, const char *want)
{
	char text[4096];

	snprintf(text, sizeof(text), "BEGIN:VCALENDAR\r\n%sBEGIN:VEVENT\r\nDTSTART;TZID=Z:%s\r\nEND:VEVENT\r\n"
				     "END:VCALENDAR\r\n", zone, local);
	ck_assert(read_text(text));
	ck_assert_str_eq(cstr(meeting.start), want);
	ck_assert_str_eq(cstr(meeting.timezone), "Z");
}

START_TEST(the_clocks_change_on_the_last_sunday)
{
	check_start(EUROPE, "20260329T015959", "2026-03-29T00:59:59.000Z");
	check_start(EUROPE, "20260329T030000", "2026-03-29T01:00:00.000Z");
	check_start(EUROPE, "20261025T015959", "2026-10-24T23:59:59.000Z");
	check_start(EUROPE, "20261025T030000", "2026-10-25T02:00:00.000Z");
	check_start(EUROPE, "20260101T000000", "2025-12-31T23:00:00.000Z");
	check_start(EUROPE, "20240229T120000", "2024-02-29T11:00:00.000Z");
}
END_TEST

/* As in New York: the second Sunday of March, as a number and as the Sunday among its 8th to 14th day. */
START_TEST(a_weekday_is_counted_or_listed)
{
	static const char counted[] = ZONE(
		SPAN("DAYLIGHT", "20070311T020000", "-0500", "-0400", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\n")
		SPAN("STANDARD", "20071104T020000", "-0400", "-0500", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\n"));
	static const char listed[] = ZONE(
		SPAN("DAYLIGHT", "20070311T020000", "-0500", "-0400",
		     "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14\r\n")
		SPAN("STANDARD", "20071104T020000", "-0400", "-0500",
		     "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=SU;BYMONTHDAY=1,2,3,4,5,6,7\r\n"));

	for (int i = 0; i < 2; i++) {
		const char *zone = i ? listed : counted;

		check_start(zone, "20260307T120000", "2026-03-07T17:00:00.000Z");
		check_start(zone, "20260308T120000", "2026-03-08T16:00:00.000Z");
		check_start(zone, "20261101T120000", "2026-11-01T17:00:00.000Z");
	}
}
END_TEST

START_TEST(a_rule_that_ended_counts_until_then)
{
	static const char zone[] = ZONE(
		SPAN("DAYLIGHT", "20081019T000000", "-0300", "-0200",
		     "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=3SU;UNTIL=20171015T030000Z\r\n")
		SPAN("DAYLIGHT", "20181104T000000", "-0300", "-0200", "")
		SPAN("STANDARD", "20080217T000000", "-0200", "-0300",
		     "RRULE:FREQ=YEARLY;BYMONTH=2;BYDAY=3SU;UNTIL=20190217T020000Z\r\n"));

	check_start(zone, "20171201T120000", "2017-12-01T14:00:00.000Z");
	check_start(zone, "20181101T120000", "2018-11-01T15:00:00.000Z");
	check_start(zone, "20181201T120000", "2018-12-01T14:00:00.000Z");
	check_start(zone, "20261201T120000", "2026-12-01T15:00:00.000Z");
	check_start(zone, "20000101T120000", "2000-01-01T14:00:00.000Z");
}
END_TEST

START_TEST(a_time_that_nobody_explains_stays_local)
{
	static const char by_the_second[] = ZONE(SPAN("STANDARD", "16010101T000000", "+0100", "+0100",
						      "RRULE:FREQ=SECONDLY\r\n"));

	check_start("", "20260101T120000", "2026-01-01T12:00:00");
	check_start(by_the_second, "20260101T120000", "2026-01-01T12:00:00");
	check_start(ZONE(""), "20260101T120000", "2026-01-01T12:00:00");
	check_start(EUROPE, "20260199T120000", "");
}
END_TEST

START_TEST(the_series_stands_before_its_exceptions)
{
	ck_assert(read_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nRECURRENCE-ID:20260101T000000Z\nEND:VEVENT\n"
			    "BEGIN:VEVENT\nUID:b\nSEQUENCE:4\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n"));
	ck_assert_str_eq(cstr(meeting.uid), "b");
	ck_assert_int_eq(meeting.sequence, 4);
	ck_assert_uint_eq(meeting.n_events, 2);
	ck_assert_str_eq(cstr(meeting.method), "");
}
END_TEST

START_TEST(the_sender_does_not_choose_the_type_of_a_value)
{
	ck_assert(read_text(CALENDAR("", "DTSTART;VALUE=TEXT:boo\r\nDURATION;VALUE=TEXT:PT1H\r\nSEQUENCE;VALUE=TEXT:1\r\n"
					 "RECURRENCE-ID;VALUE=BINARY;ENCODING=BASE64:YWJj\r\nSUMMARY;VALUE=DATE:20260101\r\n")));
	ck_assert_str_eq(cstr(meeting.start), "");
	ck_assert_str_eq(cstr(meeting.end), "");
	ck_assert_str_eq(cstr(meeting.recurrence_id), "");
}
END_TEST

START_TEST(durations_end_where_they_can)
{
	ck_assert(read_text(CALENDAR("", "DTSTART:20260228T230000Z\r\nDURATION:P1DT2H\r\n")));
	ck_assert_str_eq(cstr(meeting.end), "2026-03-02T01:00:00.000Z");
	ck_assert(read_text(CALENDAR("", "DTSTART:20260228T230000Z\r\nDURATION:P99999W\r\n")));
	ck_assert_str_eq(cstr(meeting.end), "");
}
END_TEST

/* n times `line` in an event. */
static struct str repeated(const char *line, size_t n)
{
	static struct buf b;

	buf_finish(&b);
	buf_init(&b, 4 << 20);
	buf_add(&b, STR("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:first\n"));
	for (size_t i = 0; i < n; i++)
		buf_add(&b, str_from(line));
	buf_add(&b, STR("SUMMARY:last\nEND:VEVENT\nEND:VCALENDAR\n"));
	return buf_str(&b);
}

START_TEST(what_is_left_out_is_counted)
{
	ck_assert(read_text(repeated("ATTENDEE:mailto:a@x.example\n", 120).ptr));
	ck_assert_uint_eq(meeting.n_attendees, ICS_ATTENDEES_MAX);
	ck_assert_uint_eq(meeting.left_out.n_attendees, 70);
	ck_assert_str_eq(cstr(meeting.summary), "last");
	ck_assert(read_text(repeated("LOCATION:0123456789012345678901234567890123456789\n", 4000).ptr));
	ck_assert_uint_gt(meeting.left_out.n_lines, 2000);
	ck_assert(read_text(repeated("BEGIN:VALARM\nUID:alarm\nEND:VALARM\n", 4000).ptr));
	ck_assert_str_eq(cstr(meeting.uid), "first");
	ck_assert_uint_eq(meeting.left_out.n_lines, 0);
}
END_TEST

/* Folded after each letter, which is quadratic where lines are put together one by one. */
START_TEST(folded_lines_are_joined_and_long_ones_left_out)
{
	ck_assert(read_text("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUM\r\n MARY:one\r\n  two\r\n\tthree\r\nEND:VEVENT\r\n"
			    "END:VCALENDAR\r\n"));
	ck_assert_str_eq(cstr(meeting.summary), "one twothree");
	ck_assert(read_text(repeated("LOCATION:x\n y\n y\n y\n y\n y\n y\n y\n y\n y\n", 4000).ptr));
	ck_assert_str_eq(cstr(meeting.location), "xyyyyyyyyy");
	ck_assert(read_text(repeated(" y\n", 60000).ptr));
	ck_assert_str_eq(cstr(meeting.uid), "");
	ck_assert_uint_eq(meeting.left_out.n_lines, 1);
	ck_assert_str_eq(cstr(meeting.summary), "last");
}
END_TEST

START_TEST(what_is_no_calendar_has_no_meeting)
{
	ck_assert(!read_text(""));
	ck_assert(!read_text("hello"));
	ck_assert(!read_text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"));
	ck_assert(!read_text("BEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\n"));
	ck_assert(!read_text("BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:x\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"));
}
END_TEST

RUN("mime-calendar", the_clocks_change_on_the_last_sunday, a_weekday_is_counted_or_listed,
	   a_rule_that_ended_counts_until_then, a_time_that_nobody_explains_stays_local,
	   the_series_stands_before_its_exceptions, the_sender_does_not_choose_the_type_of_a_value,
	   durations_end_where_they_can, what_is_left_out_is_counted, folded_lines_are_joined_and_long_ones_left_out,
	   what_is_no_calendar_has_no_meeting)
