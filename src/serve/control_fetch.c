/* `daybook fetch`: one mail again, whole, of which parts were left out. A worker looks up where it came from, the loop
 * finds that connector at work, a network worker fetches. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ingest/again.h"
#include "ingest/ingest.h"
#include "ingest/instance.h"
#include "ingest/sync.h"
#include "mime/mail.h"
#include "serve/inside.h"
#include "store/store.h"

enum { MAX_JSON = 64 << 10, ARENA = 128 << 20, MAX_ORIGINS = 16 };

/* A delivery of the mail from which parts were left out. */
struct origin {
	int64_t journal_id, connector;
};

struct errand {
	struct serve *serve;
	struct http_request *rq;
	int64_t interaction;
	struct origin origins[MAX_ORIGINS];	/* the first to come first */
	size_t n_origins;
	int64_t journal_id;		/* the one that is chosen */
	struct instance *inst;		/* kept; NULL: none yet */
	struct source *source;		/* kept */
	struct sync *sync;
	int64_t timeout_us;
	struct fetched fetched;
	struct err err;
};

/* ---- the answer ---- */

static void reply(struct errand *e)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, MAX_JSON);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member(&w, "outcome", str_from(outcome_name(e->fetched.outcome)));
	json_member_int(&w, "journal", e->fetched.journal_id);
	json_member(&w, "connector", e->source->name);
	json_close(&w, '}');
	http_reply(e->rq, 200, "application/json", buf_str(&out), NULL);
	buf_finish(&out);
}

/* Loop. */
static void errand_over(void *arg)
{
	struct errand *e = arg;
	struct ingest *ingest = e->serve->parts.ingest;

	if (e->err.kind == ERR_NONE)
		reply(e);
	else
		control_reply_error(e->rq, &e->err);
	if (e->sync != NULL)
		e->inst->fetching = NULL;
	sync_destroy(e->sync);
	source_unref(e->source);
	instance_unref(e->inst);
	free(e);
	ingest_leave(ingest);
}

/* ---- fetching ---- */

static bool fetch(struct errand *e, struct store *st, struct arena *arena, struct err *err)
{
	auto_free char *body = NULL;
	struct journal_row row;
	struct raw left;

	if (!store_get_journal(st, e->journal_id, arena, &row, err) ||
	    !again_load_body(&row, e->serve->parts.dir, &body, err))
		return false;
	left = (struct raw){ .id = row.delivery_id, .meta = row.meta, .content_type = row.content_type,
			     .body = { body, (size_t)row.size }, .received_us = row.received_us };
	return sync_fetch(e->sync, e->source, &left, e->timeout_us, &e->fetched, err) ||
	       err_prefixf(err, STR_FMT, STR_ARG(e->source->name));
}

/* Network worker. */
static void fetch_on_worker(void *arg)
{
	struct errand *e = arg;
	struct arena *arena = arena_create(ARENA);
	struct store *st = NULL;

	e->err.kind = ERR_NONE;
	if (store_open(e->serve->parts.dir, STORE_READER, &st, &e->err) && fetch(e, st, arena, &e->err))
		e->err.kind = ERR_NONE;
	store_close(st);
	arena_destroy(arena);
	ingest_call_loop(e->serve->parts.ingest, errand_over, e);
}

static bool may_fetch(const struct instance *inst, struct err *err)
{
	if (inst->fetching != NULL)
		return err_setf(err, ERR_AGAIN, "another mail is being fetched from \"%s\"; one at a time",
				inst->source->name.ptr);
	return inst->pull_state.throttled_until_us <= clock_wall_us() ||
	       err_setf(err, ERR_THROTTLED, "the server of \"%s\" wants to be left alone for a while (daybook status)",
			inst->source->name.ptr);
}

static void send_to(struct errand *e, struct instance *inst, int64_t journal_id)
{
	struct ingest *ingest = e->serve->parts.ingest;

	if (!may_fetch(inst, &e->err)) {
		errand_over(e);
		return;
	}
	e->inst = instance_ref(inst);
	e->source = source_ref(inst->source);
	e->journal_id = journal_id;
	e->timeout_us = inst->conf->host.timeout;
	e->sync = inst->fetching = sync_create_for_fetch(inst);
	if (pool_run(ingest_net_pool(ingest), fetch_on_worker, e))
		return;
	err_setf(&e->err, ERR_AGAIN, "all network workers are busy");
	errand_over(e);
}

static struct instance *find_instance(struct errand *e, int64_t connector)
{
	for (struct instance *i = ingest_first(e->serve->parts.ingest); i != NULL; i = i->next)
		if (i->source->id == connector && i->source->type->fetch != NULL && i->conf->host.enabled)
			return i;
	return NULL;
}

/* Loop. */
static void choose(void *arg)
{
	struct errand *e = arg;

	if (e->err.kind == ERR_NONE && e->serve->is_draining)
		err_setf(&e->err, ERR_AGAIN, "daybookd ends");
	for (size_t i = 0; e->err.kind == ERR_NONE && i < e->n_origins; i++) {
		struct instance *inst = find_instance(e, e->origins[i].connector);

		if (inst == NULL)
			continue;
		send_to(e, inst, e->origins[i].journal_id);
		return;
	}
	if (e->err.kind == ERR_NONE && e->n_origins > 0)
		err_setf(&e->err, ERR_AGAIN, "the mailbox it came from is not configured any more, or switched off");
	else if (e->err.kind == ERR_NONE)
		err_setf(&e->err, ERR_INPUT, "no mailbox has left out a part of it: there is nothing to fetch");
	errand_over(e);
}

/* ---- where it came from ---- */

struct search {
	struct errand *errand;
	struct store *st;
	int64_t ids[MAX_ORIGINS];
	size_t n;
};

static bool take_row(const struct interaction_row *row, void *arg)
{
	struct search *search = arg;

	search->ids[search->n++] = row->journal_id;
	return true;
}

static bool take_delivery(int64_t id, void *arg)
{
	struct search *search = arg;

	if (search->n < MAX_ORIGINS && id != search->ids[0])
		search->ids[search->n++] = id;
	return search->n < MAX_ORIGINS;
}

static bool find_origins(struct search *search, struct arena *arena, struct err *err)
{
	struct errand *e = search->errand;
	struct journal_row row;

	if (!store_get_interaction(search->st, e->interaction, take_row, search, err) ||
	    !store_each_delivery_of(search->st, e->interaction, take_delivery, search, err))
		return false;
	for (size_t i = 0; i < search->n; i++) {
		if (!store_get_journal(search->st, search->ids[i], arena, &row, err))
			return false;
		if (str_eq(row.content_type, STR(MAIL_SOME_PARTS)))
			e->origins[e->n_origins++] = (struct origin){ row.id, row.connector };
	}
	return true;
}

/* Worker. */
static void look_up(void *arg)
{
	struct errand *e = arg;
	struct search search = { .errand = e };
	struct arena *arena = arena_create(ARENA);

	e->err.kind = ERR_NONE;
	if (store_open(e->serve->parts.dir, STORE_READER, &search.st, &e->err) && find_origins(&search, arena, &e->err))
		e->err.kind = ERR_NONE;
	store_close(search.st);
	arena_destroy(arena);
	ingest_call_loop(e->serve->parts.ingest, choose, e);
}

void control_fetch(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct str text = json_str(body, "interaction");
	struct errand *e;
	struct err err;
	int64_t id;

	if (!id_parse(text, "int_", &id)) {
		err_setf(&err, ERR_INPUT, "interaction: \"" STR_FMT "\" is not an id (int_ and 13 characters)",
			 STR_ARG(str_sub(text, 0, 60)));
		control_reply_error(rq, &err);
		return;
	}
	e = xnew(struct errand);
	*e = (struct errand){ .serve = s, .rq = rq, .interaction = id };
	ingest_enter(s->parts.ingest);
	if (pool_run(ingest_parse_pool(s->parts.ingest), look_up, e))
		return;
	err_setf(&e->err, ERR_AGAIN, "too many requests wait for a worker");
	errand_over(e);
}
