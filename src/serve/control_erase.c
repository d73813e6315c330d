/* `daybook erase`: the beginning of an erasure, which goes on in the background. Loop thread, but for apply(). */
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "ingest/erase.h"
#include "ingest/ingest.h"
#include "serve/inside.h"
#include "store/writer.h"

enum { MAX_REPLY = 1 << 10 };

struct errand {
	struct job job;			/* first */
	struct serve *serve;
	struct http_request *rq;
	int64_t contact, id;
	char by[32];
	struct err err;
};

static void reply(struct errand *e)
{
	char id[ID_TEXT_SIZE];
	struct json_writer w;
	struct buf out;

	buf_init(&out, MAX_REPLY);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member(&w, "erasure", str_from(id_format(e->id, "era_", id)));
	json_close(&w, '}');
	http_reply(e->rq, 200, "application/json", buf_str(&out), NULL);
	buf_finish(&out);
}

static void over(void *arg)
{
	struct errand *e = arg;
	struct ingest *ingest = e->serve->parts.ingest;

	if (e->err.kind == ERR_NONE) {
		reply(e);
		erase_wake(ingest);
	} else {
		control_reply_error(e->rq, &e->err);
	}
	ingest_leave(ingest);
	free(e);
}

static void finish(struct errand *e, const struct err *err)
{
	e->err = err != NULL ? *err : (struct err){ .kind = ERR_NONE };
	ingest_call_loop(e->serve->parts.ingest, over, e);
}

static bool apply(struct job *job, struct store *st, struct err *err)
{
	struct errand *e = (struct errand *)job;

	return erase_begin(st, e->contact, str_from(e->by), &e->id, err);
}

static void done(struct job *job, const struct err *err)
{
	finish((struct errand *)job, err);
}

void control_erase(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e = xnew(struct errand);
	struct err err;

	e->job = (struct job){ .apply = apply, .done = done, .bytes = sizeof(*e) };
	e->serve = s;
	e->rq = rq;
	control_by(rq, e->by, sizeof(e->by));
	ingest_enter(s->parts.ingest);
	if (!id_parse(json_str(body, "contact"), "con_", &e->contact)) {
		err_setf(&err, ERR_INPUT, "contact: which one? (con_ and 13 characters)");
		finish(e, &err);
	} else if (!writer_submit(s->parts.writer, &e->job, &err)) {
		finish(e, &err);
	}
}
