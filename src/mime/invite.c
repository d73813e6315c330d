/* The calendar in a mail: which part it is, what its method makes of the mail, and its details as JSON. */
#include "base/mem.h"
#include "mime/charset.h"
#include "mime/mail_reading.h"
#include "mime/param.h"
#include "mime/utf8.h"

enum { TRIED_MAX = 5 };		/* calendars of one mail, until one can be read */

static struct meeting *read_calendar(struct mail *m, struct str bytes, struct str charset)
{
	struct meeting *meeting = arena_new(m->dec.arena, struct meeting);
	bool ok = false;
	struct buf utf8;

	if (meeting == NULL)
		return NULL;
	buf_init(&utf8, 4 * bytes.len + 16);
	charset_decode(&m->dec, bytes, charset, &utf8);
	ok = calendar_read(&m->dec, buf_str(&utf8), meeting);
	buf_finish(&utf8);
	return ok ? meeting : NULL;
}

static void warn_of_gaps(struct mail *m, const struct meeting *meeting, bool is_cut)
{
	const struct ics_left_out *left_out = &meeting->left_out;

	if (is_cut)
		decode_warn(&m->dec, "the calendar was read up to %d bytes", ICS_INPUT_MAX);
	if (left_out->n_attendees > 0)
		decode_warn(&m->dec, "the invitation has %zu attendees more than the %d that are listed",
			    left_out->n_attendees, ICS_ATTENDEES_MAX);
	if (left_out->n_lines > 0 || left_out->n_components > 0)
		decode_warn(&m->dec, "the calendar has %zu lines and %zu components that were not read, they are too "
				     "long or too many", left_out->n_lines, left_out->n_components);
}

static bool read_part(struct mail *m, const struct part *p)
{
	struct str bytes = part_bytes(m, p, ICS_INPUT_MAX + 1);
	struct str method = param_text(&m->dec, p->type_field, STR("method"));
	struct meeting *meeting;

	meeting = read_calendar(m, str_sub(bytes, 0, ICS_INPUT_MAX),
				param_get(p->type_field, STR("charset"), m->dec.arena));
	if (meeting == NULL) {
		if (m->calendar_method.len == 0)
			m->calendar_method = utf8_cut(method, 40);
		return false;
	}
	warn_of_gaps(m, meeting, bytes.len > ICS_INPUT_MAX);
	m->meeting = meeting;
	m->calendar_method = meeting->method.len > 0 ? meeting->method : utf8_cut(method, 40);
	return true;
}

void invite_read(struct mail *m)
{
	size_t n_tried = 0;

	for (size_t i = 0; i < m->tree.n_parts && n_tried < TRIED_MAX; i++) {
		if (!part_is(m, &m->tree.parts[i], "text/calendar", "application/ics", ".ics"))
			continue;
		n_tried++;
		if (read_part(m, &m->tree.parts[i]))
			return;
	}
	if (n_tried > 0)
		decode_warn(&m->dec, "a calendar is attached, but no meeting was found in it");
}

/* ---- details ---- */

static void put_found(struct json_writer *w, const char *name, struct str value)
{
	if (value.len > 0)
		json_member(w, name, value);
}

static void put_party(struct json_writer *w, const struct meeting_party *p)
{
	json_open(w, '{');
	json_member(w, "address", p->address);
	put_found(w, "name", p->name);
	put_found(w, "status", p->status);
	json_close(w, '}');
}

static void put_people(struct json_writer *w, const struct meeting *meeting)
{
	if (meeting->organizer.address.len > 0) {
		json_name(w, "organizer");
		put_party(w, &meeting->organizer);
	}
	if (meeting->n_attendees == 0)
		return;
	json_name(w, "attendees");
	json_open(w, '[');
	for (size_t i = 0; i < meeting->n_attendees; i++)
		put_party(w, &meeting->attendees[i]);
	json_close(w, ']');
	if (meeting->left_out.n_attendees > 0)
		json_member_int(w, "attendees_unlisted", (int64_t)meeting->left_out.n_attendees);
}

static void put_meeting(struct json_writer *w, const struct meeting *meeting)
{
	put_found(w, "uid", meeting->uid);
	put_found(w, "recurrence_id", meeting->recurrence_id);
	json_member_int(w, "sequence", meeting->sequence);
	put_found(w, "start", meeting->start);
	put_found(w, "end", meeting->end);
	put_found(w, "timezone", meeting->timezone);
	put_found(w, "rule", meeting->rule);
	put_found(w, "summary", meeting->summary);
	put_found(w, "location", meeting->location);
	put_found(w, "status", meeting->status);
	put_people(w, meeting);
	if (meeting->n_events > 1)
		json_member_int(w, "events", (int64_t)meeting->n_events);
}

void invite_write(struct mail *m, struct json_writer *w)
{
	if (m->meeting == NULL && m->calendar_method.len == 0)
		return;
	json_name(w, "calendar");
	json_open(w, '{');
	put_found(w, "method", m->calendar_method);
	if (m->meeting != NULL)
		put_meeting(w, m->meeting);
	json_close(w, '}');
}
