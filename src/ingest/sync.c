#include "ingest/sync.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/queue.h"
#include "ingest/ingest.h"
#include "ingest/intake.h"
#include "ingest/parse.h"
#include "ingest/policy.h"
#include "oauth/keeper.h"

enum { MAX_ON_THE_WAY = 64 };

struct text_pair {
	char *key, *value;
};

struct sync {
	struct instance *inst;
	struct source *source;		/* of this run, with the rules of today; the caller's */
	void *session;
	struct source *session_source;	/* whose options the session points into */
	struct queue *back;		/* intakes that the writer is done with */
	size_t n_on_the_way;
	bool is_chain_broken;
	struct err error;		/* first failure of this run */
	struct text_pair *cursors, *troubles;
	size_t n_cursors, n_troubles;
	int watch_fd;
	int64_t now_us, deadline_us;	/* of this run; the deadline is monotonic */
	char *token;			/* what the connector logs in with; NULL: none asked for */
	bool has_progressed;		/* something came in and was committed */
	atomic_bool is_canceled;
};

/* ---- small maps ---- */

static struct text_pair *find_pair(struct text_pair *pairs, size_t n, struct str key)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(str_from(pairs[i].key), key))
			return &pairs[i];
	return NULL;
}

static void put_pair(struct text_pair **pairs, size_t *n, struct str key, struct str value)
{
	struct text_pair *pair = find_pair(*pairs, *n, key);

	if (pair == NULL) {
		*pairs = xrealloc(*pairs, *n + 1, sizeof(**pairs));
		pair = &(*pairs)[(*n)++];
		*pair = (struct text_pair){ .key = xstrndup(key.ptr, key.len) };
	}
	free(pair->value);
	pair->value = xstrndup(value.ptr, value.len);
}

static void free_pairs(struct text_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(pairs[i].key);
		free(pairs[i].value);
	}
	free(pairs);
}

/* ---- life ---- */

static bool load_cursor(struct str key, struct str value, void *arg)
{
	struct sync *sync = arg;

	put_pair(&sync->cursors, &sync->n_cursors, key, value);
	return true;
}

struct sync *sync_create(struct instance *inst, struct store *st, struct err *err)
{
	struct sync *sync = xnew(struct sync);

	sync->inst = inst;
	sync->watch_fd = -1;
	sync->back = queue_create(MAX_ON_THE_WAY + 1, false);
	if (store_each_cursor(st, inst->source->id, load_cursor, sync, err))
		return sync;
	sync_destroy(sync);
	return NULL;
}

void sync_close(struct sync *sync)
{
	if (sync->session != NULL)
		sync->session_source->type->close(sync->session);
	sync->session = NULL;
	source_unref(sync->session_source);
	sync->session_source = NULL;
}

bool sync_is_open(const struct sync *sync)
{
	return sync->session != NULL;
}

void sync_destroy(struct sync *sync)
{
	if (sync == NULL)
		return;
	sync_close(sync);
	queue_destroy(sync->back);
	free_pairs(sync->cursors, sync->n_cursors);
	free_pairs(sync->troubles, sync->n_troubles);
	keeper_free_token(sync->token);
	free(sync);
}

/* ---- messages on their way ---- */

/* Writer thread: never blocks, there is room for all of ours. */
static void on_finished(struct intake *in, const struct err *err)
{
	struct sync *sync = in->arg;

	in->verdict = err ? *err : (struct err){ .kind = ERR_NONE };
	queue_push(sync->back, in);
}

static void take_one_back(struct sync *sync)
{
	void *item;
	struct intake *in;

	if (queue_pop(sync->back, &item, 1, -1) != 1)
		return;
	in = item;
	sync->n_on_the_way--;
	sync->has_progressed |= in->verdict.kind == ERR_NONE && !in->is_mark;
	if (in->verdict.kind == ERR_NONE)
		put_pair(&sync->cursors, &sync->n_cursors, in->cursor_key, in->cursor_value);
	else if (sync->error.kind == ERR_NONE)
		sync->error = in->verdict;
	intake_destroy(in);
}

static bool hand_over(struct sync *sync, struct intake *in, struct err *err)
{
	const struct ingest_parts *parts = ingest_parts(sync->inst->ingest);

	while (sync->n_on_the_way >= MAX_ON_THE_WAY)
		take_one_back(sync);
	if (sync->error.kind != ERR_NONE) {
		*err = sync->error;
	} else if (writer_submit_wait(parts->writer, &in->job, err)) {
		sync->n_on_the_way++;
		return true;
	}
	intake_destroy(in);
	return false;
}

static struct intake *make_intake(struct sync *sync, const struct raw *raw, struct str key,
				  struct str next_cursor)
{
	struct intake *in = intake_create(sync->source, policy_arena_bytes(raw ? raw->body.len : 0));

	if (raw != NULL) {
		in->raw.id = arena_str(in->arena, raw->id);
		in->raw.content_type = arena_str(in->arena, raw->content_type);
		in->raw.meta = arena_str(in->arena, raw->meta);
		in->raw.received_us = raw->received_us ? raw->received_us : clock_wall_us();
		in->raw.body = raw->body;
		intake_own_body(in);
	}
	in->cursor_key = arena_str(in->arena, key);
	in->cursor_value = arena_str(in->arena, next_cursor);
	in->is_chain_broken = &sync->is_chain_broken;
	in->finished = on_finished;
	in->arg = sync;
	return in;
}

/* ---- what connectors call ---- */

struct str sync_cursor(struct sync *sync, struct str key)
{
	struct text_pair *pair = find_pair(sync->cursors, sync->n_cursors, key);

	return pair ? str_from(pair->value) : (struct str){ NULL, 0 };
}

bool sync_emit(struct sync *sync, const struct raw *raw, struct str key, struct str next_cursor,
	       struct err *err)
{
	const struct ingest_parts *parts = ingest_parts(sync->inst->ingest);
	struct intake *in = make_intake(sync, raw, key, next_cursor);

	if (intake_parse(in, parts->parsers, parts->dir, err))
		return hand_over(sync, in, err);
	intake_destroy(in);
	return false;
}

bool sync_emit_dead(struct sync *sync, const struct raw *raw, struct str key, struct str next_cursor,
		    const struct err *why, struct err *err)
{
	struct intake *in = make_intake(sync, raw, key, next_cursor);

	intake_condemn(in, why);
	intake_encode(in);
	if (intake_store_body(in, ingest_parts(sync->inst->ingest)->dir, err))
		return hand_over(sync, in, err);
	intake_destroy(in);
	return false;
}

bool sync_mark(struct sync *sync, struct str key, struct str next_cursor, struct err *err)
{
	struct intake *in = make_intake(sync, NULL, key, next_cursor);

	in->is_mark = true;
	return hand_over(sync, in, err);
}

bool sync_flush(struct sync *sync, struct err *err)
{
	while (sync->n_on_the_way > 0)
		take_one_back(sync);
	if (sync->error.kind == ERR_NONE)
		return true;
	*err = sync->error;
	return false;
}

bool sync_is_canceled(const struct sync *sync)
{
	return atomic_load(&((struct sync *)sync)->is_canceled) || clock_mono_us() > sync->deadline_us;
}

void sync_watch(struct sync *sync, int fd)
{
	sync->watch_fd = fd;
}

void sync_trouble(struct sync *sync, struct str what, struct str text)
{
	put_pair(&sync->troubles, &sync->n_troubles, what, text);
}

int64_t sync_now_us(const struct sync *sync)
{
	return sync->now_us;
}

/* ---- logging in by token ---- */

static bool get_token(struct sync *sync, bool was_refused, struct err *err)
{
	const struct oauth_conf *conf = sync->source->type->oauth(sync->source->conf);
	struct err trouble;
	char *token;

	if (!keeper_token(sync->inst->keeper, conf, was_refused, &token, &trouble, err))
		return false;
	keeper_free_token(sync->token);
	sync->token = token;
	put_pair(&sync->troubles, &sync->n_troubles, STR("login"),
		 str_from(trouble.kind != ERR_NONE ? trouble.msg : ""));
	return true;
}

bool sync_token(struct sync *sync, bool was_refused, struct str *token, struct err *err)
{
	if ((was_refused || sync->token == NULL) && !get_token(sync, was_refused, err))
		return false;
	*token = str_from(sync->token);
	return true;
}

/* Each run looks at its token, also one that is logged in already: it is renewed before its end, and a login that was
 * taken back is noticed before the connection breaks. */
static bool tend_login(struct sync *sync, struct err *err)
{
	const struct connector *type = sync->source->type;

	if (type->oauth != NULL && type->oauth(sync->source->conf) != NULL)
		return get_token(sync, false, err);
	put_pair(&sync->troubles, &sync->n_troubles, STR("login"), STR(""));	/* it may have been another way before */
	return true;
}

/* ---- a run ---- */

static bool open_session(struct sync *sync, struct err *err)
{
	if (sync->session != NULL)
		return true;
	source_unref(sync->session_source);
	sync->session_source = source_ref(sync->source);
	return sync->source->type->open(sync->source->conf, &sync->session, err);
}

/* A first read of a large mailbox takes as many runs as it needs: who brings something is no failure. */
static void judge_time(const struct sync *sync, int64_t timeout_us, struct err *err)
{
	if (clock_mono_us() <= sync->deadline_us)
		return;
	err_setf(err, sync->has_progressed ? ERR_CANCELED : ERR_AGAIN,
		 "not done within %lld s (timeout); the connection was dropped", (long long)(timeout_us / US_PER_S));
}

void sync_run(struct sync *sync, struct source *source, int64_t timeout_us, bool renew)
{
	struct err err = { .kind = ERR_NONE };
	bool ok;

	sync->source = source;
	sync->error.kind = ERR_NONE;
	sync->has_progressed = false;
	sync->deadline_us = clock_mono_us() + timeout_us;
	sync->watch_fd = -1;
	sync->is_chain_broken = false;
	sync->now_us = clock_wall_us();
	if (renew)
		sync_close(sync);
	ok = !sync_is_canceled(sync) && tend_login(sync, &err) && open_session(sync, &err) &&
	     sync->source->type->sync(sync->session, sync, &err);
	/* Whatever the connector did: nothing of it is on its way once this returns. */
	ok = sync_flush(sync, &err) && ok;
	if (ok)
		return;
	if (err.kind == ERR_NONE)
		err_setf(&err, ERR_CANCELED, "canceled");
	if (err.kind == ERR_CANCELED || err.kind == ERR_AGAIN)
		judge_time(sync, timeout_us, &err);
	sync->error = err;
	sync->watch_fd = -1;
	sync_close(sync);
}

const struct err *sync_error(const struct sync *sync)
{
	return sync->error.kind != ERR_NONE ? &sync->error : NULL;
}

int sync_watch_fd(const struct sync *sync)
{
	return sync->watch_fd;
}

void sync_get_trouble(const struct sync *sync, struct err *trouble)
{
	*trouble = (struct err){ .kind = ERR_NONE };
	for (size_t i = 0; i < sync->n_troubles; i++) {
		if (sync->troubles[i].value[0] == '\0')
			continue;
		err_setf(trouble, ERR_AGAIN, "%s: %s", sync->troubles[i].key, sync->troubles[i].value);
		return;
	}
}

void sync_allow(struct sync *sync)
{
	atomic_store(&sync->is_canceled, false);
}

void sync_cancel(struct sync *sync)
{
	atomic_store(&sync->is_canceled, true);
}
