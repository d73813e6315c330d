#include "ingest/sync.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/queue.h"
#include "ingest/chain.h"
#include "ingest/folder_board.h"
#include "ingest/ingest.h"
#include "ingest/intake.h"
#include "ingest/policy.h"
#include "ingest/sync_inside.h"
#include "oauth/keeper.h"
#include "store/store.h"

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

/* Where the connector stands now is where the store stands. */
static void on_committed(const struct intake *in, void *arg)
{
	struct sync *sync = arg;

	sync->has_progressed |= !in->is_mark;
	put_pair(&sync->cursors, &sync->n_cursors, in->cursor_key, in->cursor_value);
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
	sync->folders = folder_board_create();
	sync->reports = queue_create(1, false);
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
	queue_destroy(sync->reports);
	free_pairs(sync->cursors, sync->n_cursors);
	free_pairs(sync->troubles, sync->n_troubles);
	folder_board_destroy(sync->folders);
	keeper_free_token(sync->token);
	free(sync);
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
	in->job.is_patient = raw_meta(&in->raw, STR("backfill")).len > 0;	/* nobody waits for old mail */
	in->cursor_key = arena_str(in->arena, key);
	in->cursor_value = arena_str(in->arena, next_cursor);
	in->n_withheld = sync->n_withheld;
	in->withheld_us = sync->withheld_us;
	sync->n_withheld = sync->withheld_us = 0;
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
	sync_note_arrival(sync);
	return chain_add(sync->chain, make_intake(sync, raw, key, next_cursor), CHAIN_TO_PARSE, err);
}

bool sync_emit_dead(struct sync *sync, const struct raw *raw, struct str key, struct str next_cursor,
		    const struct err *why, struct err *err)
{
	struct intake *in = make_intake(sync, raw, key, next_cursor);

	sync_note_arrival(sync);
	intake_condemn(in, why);
	intake_encode(in);
	if (intake_store_body(in, ingest_parts(sync->inst->ingest)->dir, err))
		return chain_add(sync->chain, in, CHAIN_READY, err);
	intake_destroy(in);
	return false;
}

bool sync_mark(struct sync *sync, struct str key, struct str next_cursor, struct err *err)
{
	struct intake *in = make_intake(sync, NULL, key, next_cursor);

	in->is_mark = true;
	return chain_add(sync->chain, in, CHAIN_READY, err);
}

bool sync_flush(struct sync *sync, struct err *err)
{
	return chain_flush(sync->chain, err);
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

void sync_traffic(struct sync *sync, int64_t fetched, int64_t spared)
{
	atomic_fetch_add(&sync->inst->fetched_bytes, (unsigned long long)fetched);
	atomic_fetch_add(&sync->inst->spared_bytes, (unsigned long long)spared);
}

void sync_folder(struct sync *sync, const struct folder_state *state)
{
	folder_board_put(sync->folders, state);
}

void sync_withhold(struct sync *sync, int64_t n, bool is_old)
{
	sync->n_withheld += n;
	if (!is_old)
		sync->withheld_us = clock_wall_us();
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
static void judge_time(const struct sync *sync, struct err *err)
{
	if (clock_mono_us() <= sync->deadline_us)
		return;
	err_setf(err, sync->has_progressed ? ERR_CANCELED : ERR_AGAIN,
		 "not done within %lld s (timeout); the connection was dropped", (long long)(sync->timeout_us / US_PER_S));
}

static bool work(struct sync *sync, bool reconcile, struct err *err)
{
	bool ok;

	sync->n_withheld = sync->withheld_us = 0;
	folder_board_begin(sync->folders);
	sync->chain = chain_create(ingest_parts(sync->inst->ingest), ingest_parse_pool(sync->inst->ingest),
				   on_committed, sync);
	ok = (!reconcile || sync_compare(sync, err)) && sync->source->type->sync(sync->session, sync, err);
	/* Whatever the connector did: nothing of it is on its way once this returns. */
	ok = chain_flush(sync->chain, err) && ok;
	if (ok)
		folder_board_end(sync->folders);
	chain_destroy(sync->chain);
	sync->chain = NULL;
	store_close(sync->reader);
	sync->reader = NULL;
	return ok;
}

void sync_run(struct sync *sync, struct source *source, const struct sync_turn *turn)
{
	struct err err = { .kind = ERR_NONE };

	sync->source = source;
	sync->error.kind = ERR_NONE;
	sync->has_progressed = false;
	sync->has_reconciled = false;
	sync->turn = *turn;
	sync->throttle = (struct sync_throttle){ .is_said = false };
	sync->looked_us = 0;
	sync->timeout_us = turn->timeout_us;
	sync->deadline_us = clock_mono_us() + turn->timeout_us;
	sync->watch_fd = -1;
	sync->now_us = clock_wall_us();
	if (turn->renew)
		sync_close(sync);
	if (!sync_is_canceled(sync) && tend_login(sync, &err) && open_session(sync, &err) &&
	    work(sync, turn->reconcile, &err))
		return;
	if (err.kind == ERR_NONE)
		err_setf(&err, ERR_CANCELED, "canceled");
	if (err.kind == ERR_CANCELED || err.kind == ERR_AGAIN)
		judge_time(sync, &err);
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

static bool note_trouble(const struct folder_state *state, void *arg)
{
	struct err *trouble = arg;

	if (state->error.len > 0)
		err_setf(trouble, ERR_AGAIN, STR_FMT ": " STR_FMT, STR_ARG(state->folder), STR_ARG(state->error));
	return state->error.len == 0;
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
	folder_board_each(sync->folders, note_trouble, trouble);
}

void sync_each_folder(struct sync *sync, folder_fn fn, void *arg)
{
	folder_board_each(sync->folders, fn, arg);
}

void sync_allow(struct sync *sync)
{
	atomic_store(&sync->is_canceled, false);
}

void sync_cancel(struct sync *sync)
{
	atomic_store(&sync->is_canceled, true);
}
