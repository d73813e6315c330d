/* /contacts/{id}/consents: what somebody agrees to, and the words by which they did. */
#include "api/call.h"
#include "api/handlers.h"
#include "api/query_text.h"
#include "ingest/people.h"

enum { MAX_NAME = 60, MAX_SOURCE = 2000 };

struct wish {
	struct decision decision;
	struct people_change change;
};

/* ---- the list ---- */

static bool put_consent(const struct consent_row *row, void *arg)
{
	struct json_writer *w = arg;

	json_open(w, '{');
	json_member(w, "what", row->consent.what);
	json_member(w, "state", str_from(consent_state_name(row->consent.state)));
	json_member_bool(w, "counts", row->counts);
	json_member_or_null(w, "basis", row->consent.basis);
	json_member_or_null(w, "source", row->consent.source);
	put_time(w, "said_at", row->consent.said_us);
	put_time(w, "recorded_at", id_wall_us(row->decision));
	json_member(w, "by", row->by);
	put_id(w, "contact", row->contact, "con_");
	json_close(w, '}');
	return true;
}

bool api_consents(struct call *c, struct err *err)
{
	struct view_contact contact;
	struct json_writer w;

	if (!params_end(c))
		return true;
	if (!seen_contact(c, c->parts[0], &contact, err))
		return false;
	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	json_name(&w, "items");
	json_open(&w, '[');
	if (!view_each_consent(c->st, &c->viewer, contact.row.id, c->arena, put_consent, &w, err))
		return false;
	json_close(&w, ']');
	json_close(&w, '}');
	return true;
}

/* ---- one more ---- */

static bool put_change(struct call *c, const struct people_change *change, struct err *err)
{
	struct view_contact contact;
	struct json_writer w;

	if (!sees_contact(c, change->contact, &contact, err))
		return false;
	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	put_id(&w, "contact", change->contact, "con_");
	json_member_int(&w, "version", contact.version);
	put_contact_links(&w, contact.row.id);
	call_header(c, "ETag", arena_strf(c->arena, "\"v%lld\"", (long long)contact.version).ptr);
	json_close(&w, '}');
	return true;
}

static bool decide(struct call *c, struct err *err)
{
	struct wish *w = c->wish;
	struct view_contact contact;

	if (!sees_contact(c, w->decision.contact, &contact, err))
		return false;
	return !call_matches(c, contact.version) ||
	       (people_decide(&w->change, c->config, ingest_parts(c->api->parts.ingest), c->st, err) &&
		put_change(c, &w->change, err));
}

static bool read_time(struct call *c, int64_t *time_us)
{
	struct str text;

	*time_us = 0;
	return body_line(c, "said_at", 40, &text) &&
	       (text.len == 0 || query_time(text, time_us) ||
		!problem_body(c, "/said_at", "not_a_time", "said_at is a time such as 2026-10-01T08:00:00Z"));
}

static bool read_consent(struct call *c, struct consent *consent)
{
	struct str state;

	if (!body_line(c, "what", MAX_NAME, &consent->what) || !body_needs(c, "what", consent->what.len > 0) ||
	    !body_line(c, "state", MAX_NAME, &state) || !body_needs(c, "state", state.len > 0) ||
	    !body_line(c, "basis", MAX_NAME, &consent->basis) || !body_text(c, "source", MAX_SOURCE, &consent->source) ||
	    !read_time(c, &consent->said_us) || !body_end(c))
		return false;
	consent->state = consent_state_from(state);
	return true;
}

bool api_consent_add(struct call *c, struct err *err)
{
	struct wish *w = arena_new(c->arena, struct wish);
	struct view_contact contact;
	struct err why;

	w->decision = (struct decision){ .what = DECISION_CONSENT, .by = call_by(c) };
	w->change.decision = &w->decision;
	c->wish = w;
	if (!read_consent(c, &w->decision.consent))
		return true;
	if (!seen_contact(c, c->parts[0], &contact, err) || !id_parse(c->parts[0], "con_", &w->decision.contact))
		return false;
	if (!consent_check(&w->decision.consent, &why))
		return problem(c, 422, "cannot-be-done", "%s", why.msg);
	c->deed = decide;
	return true;
}
