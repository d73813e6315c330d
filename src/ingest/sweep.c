#include "ingest/sweep.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"
#include "ingest/again.h"
#include "ingest/erase.h"
#include "ingest/ingest.h"
#include "ingest/instance.h"
#include "ingest/lookalike.h"
#include "ingest/parse.h"
#include "ingest/purge.h"
#include "ingest/purge_files.h"
#include "ingest/retention.h"
#include "ingest/undo.h"
#include "store/forget.h"

enum { EVERY_S = 5, AT_ONCE = 64, FILES_EVERY = 120 };

struct sweep {
	struct ingest *ingest;
	struct event *timer;
	bool is_running, is_stopped;
	unsigned n_turns;
	bool removes_files;		/* in this run */
	size_t n_submitted;		/* in this run */
	int64_t complained_of;		/* the last row said to be unreadable; rows come in this order */
	/* Of one run: the sources as they were when it began, so that the worker needs no instance. */
	struct source_list sources;
};

static void on_finished(struct intake *in, const struct err *err)
{
	(void)err;	/* still pending then: the next sweep finds it */
	intake_destroy(in);
}

/* Once a row, not at every sweep: it may stay so until somebody brings the file back. */
static void complain(struct sweep *s, struct source *source, const struct journal_row *row, const struct err *err)
{
	if (row->id <= s->complained_of)
		return;
	s->complained_of = row->id;
	log_error(&source->log, "pending message cannot be read; it stays pending", kv_i("journal", row->id),
		  kv_s("reason", err->msg));
}

static bool look_again(const struct journal_row *row, void *arg)
{
	struct sweep *s = arg;
	const struct ingest_parts *parts = ingest_parts(s->ingest);
	struct source *source = source_list_find(&s->sources, row->connector);
	struct intake *in;
	struct err err;

	if (source == NULL)
		return true;	/* its connector is not configured any more: it waits, and holds nobody up */
	if (s->n_submitted == AT_ONCE)
		return false;
	in = again_load(source, row, parts->dir, &err);
	if (in == NULL) {
		complain(s, source, row, &err);
		return true;
	}
	in->resolves = row->id;
	in->finished = on_finished;
	if (!intake_parse(in, parts->parsers, parts->dir, &err) ||
	    !writer_submit(parts->writer, &in->job, &err)) {
		intake_destroy(in);
		return false;
	}
	s->n_submitted++;	/* only these: rows that cannot be read must not take the others' turn */
	return true;
}

static void on_swept(void *arg)
{
	struct sweep *s = arg;

	s->is_running = false;
	source_list_clear(&s->sources);
	ingest_leave(s->ingest);
}

/* Worker. */
static void sweep_once(void *arg)
{
	struct sweep *s = arg;
	struct store *reader;
	bool has_doomed;
	struct err err;

	if (store_open(ingest_parts(s->ingest)->dir, STORE_READER, &reader, &err)) {
		store_each_pending(reader, look_again, s, &err);
		if (s->removes_files && store_has_doomed(reader, &has_doomed, &err) && has_doomed)
			purge_remove_files(ingest_parts(s->ingest), reader);
		if (!lookalike_look(ingest_parts(s->ingest), reader, &err))	/* the next sweep goes on */
			log_debug(NULL, "contacts could not be compared", kv_s("reason", err.msg));
		store_close(reader);
	}
	ingest_call_loop(s->ingest, on_swept, s);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct sweep *s = arg;

	(void)fd;
	(void)what;
	if (s->is_running || s->is_stopped)
		return;
	for (struct instance *inst = ingest_first(s->ingest); inst != NULL; inst = inst->next)
		purge_look(inst);
	erase_look(s->ingest);
	retention_look(s->ingest);
	undo_look(s->ingest);
	s->is_running = true;
	s->removes_files = s->n_turns++ % FILES_EVERY == 0;
	s->n_submitted = 0;
	ingest_take_sources(s->ingest, &s->sources);
	ingest_enter(s->ingest);
	if (pool_run(ingest_parse_pool(s->ingest), sweep_once, s))
		return;
	on_swept(s);
}

struct sweep *sweep_create(struct ingest *g)
{
	struct sweep *s = xnew(struct sweep);

	s->ingest = g;
	s->timer = event_new(ingest_parts(g)->base, -1, EV_PERSIST, on_timer, s);
	return s;
}

void sweep_destroy(struct sweep *s)
{
	if (s == NULL)
		return;
	source_list_clear(&s->sources);
	event_free(s->timer);
	free(s);
}

void sweep_start(struct sweep *s)
{
	const struct timeval every = { .tv_sec = EVERY_S };

	event_add(s->timer, &every);
	on_timer(-1, 0, s);
}

void sweep_stop(struct sweep *s)
{
	s->is_stopped = true;
	event_del(s->timer);
}
