/* Runs of `daybook import`: where one begins and ends, and that it is wanted back. Loop thread, but for apply(). */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "ingest/ingest.h"
#include "ingest/undo.h"
#include "serve/inside.h"
#include "store/audit.h"
#include "store/import.h"
#include "store/writer.h"

enum { MAX_REPLY = 1 << 10, MAX_KIND = 20, MAX_NAME = 2000 };

struct errand {
	struct job job;			/* first */
	struct serve *serve;
	struct http_request *rq;
	int64_t id;
	char kind[MAX_KIND + 1], name[MAX_NAME + 1];
	char by[32];
	bool wakes;
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
	json_member(&w, "import", str_from(id_format(e->id, "imp_", id)));
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
		if (e->wakes)
			undo_wake(ingest);
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

static void done(struct job *job, const struct err *err)
{
	finish((struct errand *)job, err);
}

static struct errand *errand_create(struct serve *s, struct http_request *rq,
				    bool (*apply)(struct job *job, struct store *st, struct err *err))
{
	struct errand *e = xnew(struct errand);

	e->job = (struct job){ .apply = apply, .done = done, .bytes = sizeof(*e) };
	e->serve = s;
	e->rq = rq;
	control_by(rq, e->by, sizeof(e->by));
	ingest_enter(s->parts.ingest);
	return e;
}

static void submit(struct errand *e)
{
	struct err err;

	if (!writer_submit(e->serve->parts.writer, &e->job, &err))
		finish(e, &err);
}

/* ---- the writer's part ---- */

static bool tell(const struct errand *e, struct store *st, const char *what, struct str detail, struct err *err)
{
	char id[ID_TEXT_SIZE];
	const struct audit_entry entry = { .who = str_from(e->by), .what = str_from(what),
					   .which = str_from(id_format(e->id, "imp_", id)), .detail = detail };

	return audit_add(st, &entry, err);
}

/* The name is not told there: it may be somebody's, and the log is never changed. */
static bool apply_begin(struct job *job, struct store *st, struct err *err)
{
	struct errand *e = (struct errand *)job;
	const struct import_run_row row = { .kind = str_from(e->kind), .name = str_from(e->name), .by = str_from(e->by),
					    .begun_us = clock_wall_us() };
	bool is_new;

	return store_begin_import(st, &row, &e->id, &is_new, err) &&
	       (!is_new || tell(e, st, "import", row.kind, err));
}

static bool apply_end(struct job *job, struct store *st, struct err *err)
{
	struct errand *e = (struct errand *)job;

	return store_end_import(st, e->id, clock_wall_us(), err) && tell(e, st, "import end", STR(""), err);
}

static bool apply_undo(struct job *job, struct store *st, struct err *err)
{
	struct errand *e = (struct errand *)job;

	return undo_begin(st, e->id, str_from(e->by), err);
}

/* ---- the question ---- */

static bool keep(char *out, size_t size, const char *what, struct str text, struct err *err)
{
	if (text.len == 0 || text.len >= size)
		return err_setf(err, ERR_INPUT, "%s: 1 to %zu bytes, please", what, size - 1);
	snprintf(out, size, STR_FMT, STR_ARG(text));
	return true;
}

void control_import_begin(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e = errand_create(s, rq, apply_begin);
	struct err err;

	if (keep(e->kind, sizeof(e->kind), "kind", json_str(body, "kind"), &err) &&
	    keep(e->name, sizeof(e->name), "name", json_str(body, "name"), &err))
		submit(e);
	else
		finish(e, &err);
}

static void begin_on_one(struct errand *e, struct json_object *body)
{
	struct err err;

	if (id_parse(json_str(body, "import"), "imp_", &e->id)) {
		submit(e);
		return;
	}
	err_setf(&err, ERR_MISSING, "there is no such import");
	finish(e, &err);
}

void control_import_end(struct serve *s, struct http_request *rq, struct json_object *body)
{
	begin_on_one(errand_create(s, rq, apply_end), body);
}

void control_import_undo(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e = errand_create(s, rq, apply_undo);

	e->wakes = true;
	begin_on_one(e, body);
}
