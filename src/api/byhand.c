/* POST /contacts/{id}/interactions: a note, a call or a meeting, as `daybook note` makes them. */
#include "api/call.h"
#include "api/handlers.h"
#include "api/query_text.h"
#include "ingest/decision.h"
#include "ingest/note.h"

enum { MAX_TEXT = 256 << 10 };

static struct source *people_source(struct call *c)
{
	for (size_t i = 0; i < c->sources.n; i++)
		if (c->sources.items[i]->type == &connector_people)
			return c->sources.items[i];
	return NULL;
}

static bool put_made(struct call *c, int64_t id, struct err *err)
{
	char text[ID_TEXT_SIZE];
	struct json_writer w;
	struct str path;

	id_format(id, "int_", text);
	if (!seen_entry(c, str_from(text), &id, err))
		return err_prefixf(err, "what was just entered");
	path = arena_strf(c->arena, "/api/v1/interactions/%s", text);
	call_created(c, path);
	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	json_member(&w, "id", str_from(text));
	json_name(&w, "links");
	json_open(&w, '{');
	json_member(&w, "self", path);
	json_close(&w, '}');
	json_close(&w, '}');
	return true;
}

static bool enter(struct call *c, struct err *err)
{
	struct intake *in = c->intake;
	struct view_contact contact;

	return sees_contact(c, in->decision->contact, &contact, err) && in->job.apply(&in->job, c->st, err) &&
	       put_made(c, id_after(in->base_id), err);
}

static bool read_time(struct call *c, int64_t *time_us)
{
	struct str text;

	*time_us = 0;
	return body_line(c, "occurred_at", 40, &text) &&
	       (text.len == 0 || query_time(text, time_us) ||
		!problem_body(c, "/occurred_at", "not_a_time", "occurred_at is a time such as 2026-10-01T08:00:00Z"));
}

static bool read_entry(struct call *c, struct decision *d)
{
	struct str kind, direction;
	struct err err;

	if (!body_line(c, "kind", 20, &kind) || !body_needs(c, "kind", kind.len > 0) || !body_text(c, "text", MAX_TEXT, &d->text) ||
	    !read_time(c, &d->hand.occurred_us) || !body_number(c, "duration_s", &d->hand.duration_s) ||
	    !body_line(c, "direction", 20, &direction) || !body_end(c))
		return false;
	d->hand.direction = direction_from(direction);
	if (direction.len > 0 && d->hand.direction == DIRECTION_NONE)
		return !problem_body(c, "/direction", "unknown_value", "direction is in or out");
	return note_check(kind, d, &err) || !problem_body(c, "/kind", "not_by_hand", "%s", err.msg);
}

bool api_enter(struct call *c, struct err *err)
{
	struct decision d = { .what = DECISION_NOTE, .by = call_by(c), .author = c->token.staff };
	struct view_contact contact;

	if (!read_entry(c, &d))
		return true;
	if (!seen_contact(c, c->parts[0], &contact, err))
		return false;
	d.contact = contact.row.id;
	c->intake = note_create(people_source(c), &d);
	c->deed = enter;
	return true;
}
