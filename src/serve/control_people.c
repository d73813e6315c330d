/* Decisions about who is who, from the command line. Loop thread, but for the decision itself: the writer's. */
#include <stdlib.h>

#include "api/rights.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "conf/config.h"
#include "ingest/ingest.h"
#include "ingest/people.h"
#include "model/identity.h"
#include "serve/inside.h"
#include "store/writer.h"

enum { ROOM = 8 << 20, MAX_REPLY = 4 << 10 };

struct errand {
	struct job job;			/* first */
	struct serve *serve;
	struct http_request *rq;
	const struct config *config;
	struct arena *arena;
	struct decision decision;
	struct people_change change;
	struct err err;
};

/* ---- the answer ---- */

static void reply(struct errand *e)
{
	char id[ID_TEXT_SIZE];
	struct json_writer w;
	struct buf out;

	buf_init(&out, MAX_REPLY);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member_int(&w, "journal", e->change.id);
	if (e->change.contact != 0)
		json_member(&w, "contact", str_from(id_format(e->change.contact, "con_", id)));
	json_member_int(&w, "entries", (int64_t)e->change.n_entries);
	json_close(&w, '}');
	http_reply(e->rq, 200, "application/json", buf_str(&out), NULL);
	buf_finish(&out);
}

static void over(void *arg)
{
	struct errand *e = arg;

	if (e->err.kind == ERR_NONE)
		reply(e);
	else
		control_reply_error(e->rq, &e->err);
	ingest_leave(e->serve->parts.ingest);
	config_unref(e->config);
	arena_destroy(e->arena);
	free(e);
}

static void finish(struct errand *e, const struct err *err)
{
	e->err = err != NULL ? *err : (struct err){ .kind = ERR_NONE };
	ingest_call_loop(e->serve->parts.ingest, over, e);
}

/* ---- the writer's part ---- */

static bool apply(struct job *job, struct store *st, struct err *err)
{
	struct errand *e = (struct errand *)job;

	return people_decide(&e->change, e->config, ingest_parts(e->serve->parts.ingest), st, err);
}

static void done(struct job *job, const struct err *err)
{
	finish((struct errand *)job, err);
}

/* ---- the question ---- */

static bool read_handles(struct errand *e, struct err *err)
{
	struct decision *d = &e->decision;

	for (size_t i = 0; i < d->n_handles; i++)
		if (!identity_canonical(&d->handles[i], e->arena, e->config->organization.default_region, err))
			return false;
	return true;
}

static bool check_owner(const struct errand *e, struct err *err)
{
	const struct decision *d = &e->decision;
	struct str owner = d->what == DECISION_ASSIGN ? d->text : d->what == DECISION_CONTACT ? d->author : STR("");

	return owner.len == 0 || role_has_staff(e->config, owner) ||
	       err_setf(err, ERR_INPUT, "\"" STR_FMT "\" is not in staff: see staff in daybook.yaml(5)", STR_ARG(str_sub(owner, 0, 60)));
}

static bool read_decision(struct errand *e, struct err *err)
{
	struct decision *d = &e->decision;
	char by[32];

	if (!decision_parse(http_body(e->rq), e->arena, d, err))
		return false;
	if (d->what < DECISION_MERGE)
		return err_setf(err, ERR_INPUT, "this is no decision about people");
	if (!check_owner(e, err))
		return false;
	control_by(e->rq, by, sizeof(by));
	d->by = arena_str(e->arena, str_from(by));
	return read_handles(e, err);
}

void control_people(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e = xnew(struct errand);
	struct err err;

	(void)body;	/* it is JSON; the decision reads itself */
	e->job = (struct job){ .apply = apply, .done = done, .bytes = sizeof(*e) };
	e->serve = s;
	e->rq = rq;
	e->config = config_ref(ingest_config(s->parts.ingest));
	e->arena = arena_create(ROOM);
	e->change.decision = &e->decision;
	ingest_enter(s->parts.ingest);
	if (!read_decision(e, &err) || !writer_submit(s->parts.writer, &e->job, &err))
		finish(e, &err);
}
