/* `daybook reconcile`: asks mailboxes to compare themselves with their servers, and tells how far they are. What they
 * find is in the store. Loop thread. */
#include "base/json.h"
#include "conf/config.h"
#include "ingest/ingest.h"
#include "ingest/instance.h"
#include "ingest/pull.h"
#include "serve/inside.h"

enum { MAX_JSON = 1 << 20 };

static bool can_reconcile(const struct instance *inst)
{
	return inst->pull != NULL && inst->source->type->reconcile != NULL && instance_is_on(inst);
}

static void put_state(struct json_writer *w, const struct instance *inst)
{
	struct pull_reconcile r;

	pull_get_reconcile(inst->pull, &r);
	json_open(w, '{');
	json_member(w, "connector", inst->source->name);
	json_member(w, "state", str_from(pull_reconcile_state_name(r.state)));
	json_member_int(w, "ended", (int64_t)r.n_ended);
	json_member_int(w, "folder", r.progress.folder);
	json_member_int(w, "folders", r.progress.n_folders);
	json_member_int(w, "listed", r.progress.listed);
	json_member_int(w, "of", r.progress.of);
	json_member_int(w, "healed", r.progress.healed);
	json_member_or_null(w, "error", str_from(r.state == RECONCILE_FAILED ? r.error.msg : ""));
	json_close(w, '}');
}

static void reply_states(struct serve *s, struct http_request *rq, struct str name)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, MAX_JSON);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_name(&w, "connectors");
	json_open(&w, '[');
	for (struct instance *i = ingest_first(s->parts.ingest); i != NULL; i = i->next)
		if (can_reconcile(i) && (name.len == 0 || str_eq(name, i->source->name)))
			put_state(&w, i);
	json_close(&w, ']');
	json_close(&w, '}');
	http_reply(rq, 200, "application/json", buf_str(&out), NULL);
	buf_finish(&out);
}

static bool begin_one(struct serve *s, struct str name, struct err *err)
{
	struct instance *inst = ingest_find(s->parts.ingest, name);

	if (inst == NULL)
		return err_setf(err, ERR_MISSING, "there is no connector \"" STR_FMT "\"",
				STR_ARG(str_sub(name, 0, 100)));
	if (inst->pull == NULL)
		return err_setf(err, ERR_INPUT, "\"" STR_FMT "\" is pushed to: there is no mailbox to compare",
				STR_ARG(name));
	return pull_reconcile(inst->pull, err) || err_prefixf(err, STR_FMT, STR_ARG(name));
}

void control_reconcile(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct str name = json_str(body, "connector");
	struct err err;

	if (name.len > 0 && !begin_one(s, name, &err)) {
		control_reply_error(rq, &err);
		return;
	}
	for (struct instance *i = ingest_first(s->parts.ingest); name.len == 0 && i != NULL; i = i->next)
		if (can_reconcile(i))
			pull_reconcile(i->pull, &err);
	reply_states(s, rq, name);
}

void control_reconcile_progress(struct serve *s, struct http_request *rq, struct json_object *body)
{
	reply_states(s, rq, json_str(body, "connector"));
}
