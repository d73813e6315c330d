/* A calendar: what is let through to libical is bounded, and what comes out of it is clean. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/calendar.h"
#include "mime/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(struct str s, size_t max)
{
	assert(s.len <= max && str_is_utf8(s) && str_chr(s, '\n') == STR_NONE);
}

static void check_party(const struct meeting_party *p)
{
	check_text(p->address, 327);
	check_text(p->name, 500);
	check_text(p->status, 40);
}

static void check_meeting(const struct meeting *m)
{
	check_text(m->method, 40);
	check_text(m->uid, 512);
	check_text(m->recurrence_id, 32);
	check_text(m->start, 32);
	check_text(m->end, 32);
	check_text(m->timezone, 500);
	check_text(m->rule, 500);
	check_text(m->summary, 500);
	check_text(m->location, 500);
	check_text(m->status, 40);
	assert(m->n_events >= 1 && m->n_events <= ICS_EVENTS_MAX && m->n_attendees <= ICS_ATTENDEES_MAX);
	check_party(&m->organizer);
	for (size_t i = 0; i < m->n_attendees; i++)
		check_party(&m->attendees[i]);
}

static void check_sifted(struct str text)
{
	struct ics_left_out left_out;
	struct buf out;

	buf_init(&out, ICS_OUTPUT_MAX);
	ics_sift(text, &out, &left_out);
	assert(!buf_is_exceeded(&out));
	buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decode dec = { .arena = arena_create(4 << 20), .legacy = STR("windows-1252") };
	struct str bytes = { (const char *)data, size };
	static struct meeting meeting;
	struct buf utf8;

	calendar_warm_up();
	while (size > 0 && str_chr(bytes, '\0') != STR_NONE)
		bytes = str_sub(bytes, 0, str_chr(bytes, '\0'));
	buf_init(&utf8, 3 * size + 16);
	utf8_repair(bytes, &utf8);
	check_sifted(buf_str(&utf8));
	if (calendar_read(&dec, buf_str(&utf8), &meeting))
		check_meeting(&meeting);
	assert(!arena_is_exceeded(dec.arena));
	buf_finish(&utf8);
	arena_destroy(dec.arena);
	return 0;
}
