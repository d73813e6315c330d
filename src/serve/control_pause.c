/* `daybook connector pause`, `resume` and `sync`. Loop thread, but for apply(). */
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "ingest/ingest.h"
#include "ingest/instance.h"
#include "ingest/pull.h"
#include "serve/inside.h"
#include "store/writer.h"

enum { MAX_NAME = 64 };

struct errand {
	struct job job;			/* first */
	struct serve *serve;
	struct http_request *rq;
	char name[MAX_NAME], by[32], why[PAUSE_WHY_MAX + 1];
	bool is_pause, is_new;
	struct err err;
};

static void over(void *arg)
{
	struct errand *e = arg;
	struct ingest *ingest = e->serve->parts.ingest;

	if (e->err.kind == ERR_NONE && (!e->is_new || ingest_take_pause(ingest, str_from(e->name), e->is_pause ? str_from(e->by) : STR(""),
							 str_from(e->why), &e->err)))
		http_reply(e->rq, 200, "application/json", e->is_new ? STR("{\"changed\":true}") : STR("{\"changed\":false}"), NULL);
	else
		control_reply_error(e->rq, &e->err);
	ingest_leave(ingest);
	free(e);
}

static bool apply(struct job *job, struct store *st, struct err *err)
{
	struct errand *e = (struct errand *)job;
	struct str name = str_from(e->name), by = str_from(e->by);

	return e->is_pause ? store_pause(st, name, by, str_from(e->why), &e->is_new, err) : store_resume(st, name, by, &e->is_new, err);
}

static void done(struct job *job, const struct err *err)
{
	struct errand *e = (struct errand *)job;

	e->err = err != NULL ? *err : (struct err){ .kind = ERR_NONE };
	ingest_call_loop(e->serve->parts.ingest, over, e);
}

static void begin(struct serve *s, struct http_request *rq, struct json_object *body, bool is_pause)
{
	struct str name = json_str(body, "connector"), why = json_str(body, "why");
	struct instance *inst = ingest_find(s->parts.ingest, name);
	struct errand *e;
	struct err err;

	if (inst == NULL) {
		err_setf(&err, ERR_MISSING, "there is no connector \"" STR_FMT "\"", STR_ARG(str_sub(name, 0, MAX_NAME)));
		control_reply_error(rq, &err);
		return;
	}
	e = xnew(struct errand);
	*e = (struct errand){ .job = { .apply = apply, .done = done, .bytes = sizeof(*e) }, .serve = s, .rq = rq, .is_pause = is_pause };
	snprintf(e->name, sizeof(e->name), STR_FMT, STR_ARG(name));
	snprintf(e->why, sizeof(e->why), STR_FMT, STR_ARG(str_sub(why, 0, PAUSE_WHY_MAX)));
	control_by(rq, e->by, sizeof(e->by));
	ingest_enter(s->parts.ingest);
	if (!writer_submit(s->parts.writer, &e->job, &err))
		done(&e->job, &err);
}

void control_pause(struct serve *s, struct http_request *rq, struct json_object *body)
{
	begin(s, rq, body, true);
}

void control_resume(struct serve *s, struct http_request *rq, struct json_object *body)
{
	begin(s, rq, body, false);
}

void control_sync(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct err err;

	if (ingest_sync_now(s->parts.ingest, json_str(body, "connector"), &err))
		http_reply(rq, 200, "application/json", STR("{}"), NULL);
	else
		control_reply_error(rq, &err);
}
