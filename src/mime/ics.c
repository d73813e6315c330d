#include "mime/ics.h"

#include "base/mem.h"
#include "mime/line.h"

enum { DEPTH_MAX = 3, END_ROOM = 200 };

enum place { OUTSIDE, IN_CALENDAR, IN_EVENT, IN_ZONE, IN_SPAN };

struct sift {
	struct buf *out;
	struct ics_left_out *left_out;
	struct str line;		/* unfolded, cut at ICS_LINE_MAX */
	struct str open[DEPTH_MAX];	/* names of the components that are kept and open */
	enum place place;
	size_t depth;			/* of open[] */
	size_t n_skipped;		/* components open inside of one that is left out */
	size_t n_events, n_zones, n_spans, n_attendees;
	bool has_calendar, is_done;
};

/* ---- lines ---- */

/* A line and those that continue it, into b: cut, but read to its end. */
static bool next_unfolded(struct str text, size_t *at, struct buf *b)
{
	struct str line;

	buf_clear(b);
	if (!line_next(text, at, &line))
		return false;
	buf_add(b, str_sub(line, 0, ICS_LINE_MAX + 1));
	while (*at < text.len && (text.ptr[*at] == ' ' || text.ptr[*at] == '\t') && line_next(text, at, &line))
		buf_add(b, str_sub(line, 1, ICS_LINE_MAX + 1 - b->len));
	return true;
}

/* "ATTENDEE;CN=x:mailto:…" → "ATTENDEE" */
static struct str name_of(struct str line)
{
	size_t n = 0;

	while (n < line.len && line.ptr[n] != ':' && line.ptr[n] != ';')
		n++;
	return str_sub(line, 0, n);
}

static struct str component_of(struct str line)
{
	size_t colon = str_chr(line, ':');

	return str_trim(str_sub(line, colon == STR_NONE ? line.len : colon + 1, line.len));
}

/* ---- what is kept ---- */

static bool is_one_of(struct str name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(name, str_from(names[i])))
			return true;
	return false;
}

static bool is_wanted(enum place place, struct str name)
{
	static const char *const of_calendar[] = { "METHOD", "VERSION" };
	static const char *const of_event[] = {
		"UID", "RECURRENCE-ID", "SEQUENCE", "DTSTART", "DTEND", "DURATION", "SUMMARY", "LOCATION",
		"STATUS", "ORGANIZER", "ATTENDEE", "RRULE",
	};
	static const char *const of_zone[] = { "TZID" };
	static const char *const of_span[] = { "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE" };

	switch (place) {
	case IN_CALENDAR: return is_one_of(name, of_calendar, countof(of_calendar));
	case IN_EVENT: return is_one_of(name, of_event, countof(of_event));
	case IN_ZONE: return is_one_of(name, of_zone, countof(of_zone));
	case IN_SPAN: return is_one_of(name, of_span, countof(of_span));
	default: return false;
	}
}

/* Calendars of other cultures would have ICU opened. */
static bool is_foreign_rule(struct str name, struct str line)
{
	return str_ieq(name, STR("RRULE")) && str_ifind(line, STR("RSCALE")) != STR_NONE;
}

static bool has_room(const struct sift *s, size_t n)
{
	return s->out->len + n + END_ROOM < ICS_OUTPUT_MAX;
}

static void keep_line(struct sift *s)
{
	buf_add(s->out, s->line);
	buf_add(s->out, STR("\r\n"));
}

static void take_property(struct sift *s)
{
	struct str name = name_of(s->line);
	bool is_attendee = str_ieq(name, STR("ATTENDEE"));

	if (!is_wanted(s->place, name) || is_foreign_rule(name, s->line))
		return;
	if (is_attendee && s->n_attendees >= ICS_ATTENDEES_MAX) {
		s->left_out->n_attendees++;
		return;
	}
	if (s->line.len > ICS_LINE_MAX || !has_room(s, s->line.len)) {
		s->left_out->n_lines++;
		return;
	}
	s->n_attendees += is_attendee;
	keep_line(s);
}

/* ---- components ---- */

static const struct {
	enum place in, place;
	const char *name;
} components[] = {
	{ OUTSIDE, IN_CALENDAR, "VCALENDAR" }, { IN_CALENDAR, IN_EVENT, "VEVENT" },
	{ IN_CALENDAR, IN_ZONE, "VTIMEZONE" }, { IN_ZONE, IN_SPAN, "STANDARD" },
	{ IN_ZONE, IN_SPAN, "DAYLIGHT" },
};

static bool is_too_many(struct sift *s, enum place place)
{
	switch (place) {
	case IN_EVENT: return s->n_events++ >= ICS_EVENTS_MAX;
	case IN_ZONE: return s->n_zones++ >= ICS_ZONES_MAX;
	case IN_SPAN: return s->n_spans++ >= ICS_SPANS_MAX;
	default: return false;
	}
}

static void begin(struct sift *s, struct str name)
{
	for (size_t i = 0; i < countof(components) && s->n_skipped == 0; i++) {
		if (components[i].in != s->place || !str_ieq(name, str_from(components[i].name)))
			continue;
		if (is_too_many(s, components[i].place) || !has_room(s, s->line.len)) {
			s->left_out->n_components++;
			break;
		}
		s->open[s->depth++] = str_from(components[i].name);
		s->place = components[i].place;
		s->has_calendar = true;
		buf_addf(s->out, "BEGIN:%s\r\n", components[i].name);
		return;
	}
	s->n_skipped++;
}

static enum place outer(enum place place)
{
	for (size_t i = 0; i < countof(components); i++)
		if (components[i].place == place)
			return components[i].in;
	return OUTSIDE;
}

static void close_one(struct sift *s)
{
	s->depth--;
	buf_addf(s->out, "END:" STR_FMT "\r\n", STR_ARG(s->open[s->depth]));
	s->place = outer(s->place);
}

/* Only one calendar is read: what follows it is none of this mail's business. */
static void end(struct sift *s, struct str name)
{
	if (s->n_skipped > 0) {
		s->n_skipped--;
		return;
	}
	if (s->depth == 0 || !str_ieq(name, s->open[s->depth - 1]))
		return;
	close_one(s);
	s->is_done = s->depth == 0;
}

static void take_line(struct sift *s)
{
	if (str_istarts(s->line, STR("BEGIN:")))
		begin(s, component_of(s->line));
	else if (str_istarts(s->line, STR("END:")))
		end(s, component_of(s->line));
	else if (s->n_skipped == 0)
		take_property(s);
}

bool ics_sift(struct str text, struct buf *out, struct ics_left_out *left_out)
{
	struct sift s = { .out = out, .left_out = left_out };
	struct buf unfolded;
	size_t at = 0;

	*left_out = (struct ics_left_out){ 0 };
	text = str_sub(text, 0, ICS_INPUT_MAX);
	buf_init(&unfolded, ICS_LINE_MAX + 1);
	while (!s.is_done && next_unfolded(text, &at, &unfolded)) {
		s.line = buf_str(&unfolded);
		take_line(&s);
	}
	while (s.depth > 0)
		close_one(&s);
	buf_finish(&unfolded);
	return s.has_calendar;
}
