/* What the command line did by itself and wants in the audit log. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "ingest/ingest.h"
#include "serve/inside.h"
#include "store/audit.h"
#include "store/writer.h"

enum { ROOM = 256 << 10 };

struct errand {
	struct job job;			/* first */
	struct serve *serve;
	struct http_request *rq;
	struct arena *arena;
	struct audit_entry entry;
	struct err err;
};

static void over(void *arg)
{
	struct errand *e = arg;

	if (e->err.kind == ERR_NONE)
		http_reply(e->rq, 200, "application/json", STR("{}"), NULL);
	else
		control_reply_error(e->rq, &e->err);
	ingest_leave(e->serve->parts.ingest);
	arena_destroy(e->arena);
	free(e);
}

static void done(struct job *job, const struct err *err)
{
	struct errand *e = (struct errand *)job;

	e->err = err != NULL ? *err : (struct err){ .kind = ERR_NONE };
	ingest_call_loop(e->serve->parts.ingest, over, e);
}

static bool apply(struct job *job, struct store *st, struct err *err)
{
	return audit_add(st, &((struct errand *)job)->entry, err);
}

/* Root and the daemon's own user, whom root becomes, say who they were; everybody else is who he is. */
static struct str who(struct http_request *rq, struct json_object *body, struct arena *arena)
{
	unsigned uid = 0, gid = 0;
	char by[32];

	http_peer_user(rq, &uid, &gid);
	if ((uid == 0 || uid == getuid()) && json_str(body, "who").len > 0)
		return arena_str(arena, json_str(body, "who"));
	control_by(rq, by, sizeof(by));
	return arena_str(arena, str_from(by));
}

void control_audit(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e;
	struct err err;

	if (!str_eq(json_str(body, "what"), STR("backup")) && !str_eq(json_str(body, "what"), STR("export person"))) {
		err_setf(&err, ERR_INPUT, "what: the command line reports no such thing");
		control_reply_error(rq, &err);
		return;
	}
	e = xnew(struct errand);
	e->job = (struct job){ .apply = apply, .done = done, .bytes = sizeof(*e) };
	e->serve = s;
	e->rq = rq;
	e->arena = arena_create(ROOM);
	e->entry = (struct audit_entry){ .who = who(rq, body, e->arena),
					 .what = arena_str(e->arena, json_str(body, "what")),
					 .which = arena_str(e->arena, json_str(body, "which")),
					 .detail = arena_str(e->arena, json_str(body, "detail")) };
	ingest_enter(s->parts.ingest);
	if (!writer_submit(s->parts.writer, &e->job, &err))
		done(&e->job, &err);
}
