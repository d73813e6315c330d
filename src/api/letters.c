/* Dead letters once more, or given up. */
#include "api/call.h"
#include "api/handlers.h"
#include "ingest/decision.h"
#include "ingest/intake.h"
#include "ingest/retry.h"

/* Counts alone: the reason of a new death may quote what somebody wrote, and is in the list. */
static void put_outcome(struct call *c, enum outcome outcome)
{
	struct json_writer w;

	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	json_member(&w, "outcome", str_from(outcome_name(outcome)));
	json_close(&w, '}');
}

static bool read_letter(struct call *c, int64_t *id, struct err *err)
{
	return id_parse(c->parts[0], "dl_", id) || err_setf(err, ERR_MISSING, "there is no such dead letter");
}

/* ---- drop ---- */

static bool drop(struct call *c, struct err *err)
{
	if (!decision_drop(c->wish, 0, c->st, err))
		return false;
	put_outcome(c, OUTCOME_FILTERED);
	return true;
}

bool api_letter_drop(struct call *c, struct err *err)
{
	struct decision *d = arena_new(c->arena, struct decision);

	if (!body_end(c))
		return true;
	d->what = DECISION_DROP;
	d->by = call_by(c);
	c->wish = d;
	c->deed = drop;
	return read_letter(c, &d->dead_letter, err);
}

/* ---- retry ---- */

static bool retry(struct call *c, struct err *err)
{
	struct intake *in = c->intake;

	if (!in->job.apply(&in->job, c->st, err))
		return in->job.condemn != NULL && in->job.condemn(&in->job, err) && in->job.apply(&in->job, c->st, err);
	put_outcome(c, in->outcome);
	return true;
}

/* Parsing may take seconds; nobody's page waits for it. */
static bool parse(struct call *c, struct err *err)
{
	int64_t id;

	if (!read_letter(c, &id, err))
		return false;
	c->intake = retry_load(&c->sources, id, call_by(c), c->api->parts.dir, err);
	return c->intake != NULL && retry_parse(c->intake, c->api->parts.parsers, c->api->parts.dir, err);
}

bool api_letter_retry(struct call *c, struct err *err)
{
	int64_t id;

	if (!body_end(c))
		return true;
	c->work = parse;
	c->deed = retry;
	return read_letter(c, &id, err);
}
