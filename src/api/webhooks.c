/* Which webhook is due, and who sends: a few workers, one batch of one webhook at a time each. The state that counts is in the
 * store; what is known here of it is only to see who is due. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/webhook_inside.h"
#include "api/webhook_batch.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/talk.h"
#include "conf/config.h"
#include "ingest/ingest.h"
#include "ingest/source.h"
#include "store/writer.h"

enum { SENDERS = 2, MAX_WAITING = 64, LOOK_MS = 250, BATCH_ARENA = 64 << 20, MAX_POSTS = 4 << 20 };
enum { STORE_BUSY_US = 5 * 1000 * 1000 };

/* One batch on its way: loop, sender, writer, loop. */
struct sending {
	struct job job;
	struct webhooks *home;
	int64_t id;
	const struct config *config;
	struct rules *rules;
	struct batch batch;
	struct err err;			/* it did not get as far as the store */
	bool is_loaded, was_disabled, is_sent;
	webhook_tested_fn *tested;
	void *arg;
};

struct hook *webhooks_find(struct webhooks *h, int64_t id)
{
	struct hook *hook;

	LIST_FOREACH(hook, &h->all, all)
		if (hook->id == id)
			break;
	return hook;
}

static void look_while_there_are(struct webhooks *h)
{
	const struct timeval every = { .tv_usec = LOOK_MS * 1000 };

	if (LIST_EMPTY(&h->all))
		event_del(h->look);
	else if (!event_pending(h->look, EV_TIMEOUT, NULL))
		event_add(h->look, &every);
}

void webhooks_know(struct webhooks *h, const struct webhook_row *row)
{
	struct hook *hook = webhooks_find(h, row->id);

	if (hook == NULL) {
		hook = xnew(struct hook);
		hook->id = row->id;
		LIST_INSERT_HEAD(&h->all, hook, all);
		look_while_there_are(h);
	}
	hook->cursor = row->cursor;
	hook->next_us = row->next_us;
	hook->is_failing = row->failures > 0;
	hook->is_disabled = row->disabled_us != 0;
}

void webhooks_forget(struct webhooks *h, int64_t id)
{
	struct hook *hook = webhooks_find(h, id);

	if (hook == NULL)
		return;
	LIST_REMOVE(hook, all);
	free(hook);
	look_while_there_are(h);
}

void webhooks_wake(struct webhooks *h, int64_t id)
{
	struct hook *hook = webhooks_find(h, id);

	if (hook == NULL)
		return;
	hook->next_us = 0;
	hook->is_disabled = hook->is_failing = false;
}

/* ---- the sender ---- */

static bool is_stopping(void *arg)
{
	const struct webhooks *h = arg;

	return atomic_load(&h->is_stopping);
}

static bool load(struct sending *s, struct err *err)
{
	struct batch *b = &s->batch;
	struct call c = { .api = s->home->api, .arena = b->arena, .config = s->config, .rules = s->rules };
	bool ok;

	if (!store_open(s->home->api->parts.dir, STORE_READER, &c.st, err))
		return false;
	ok = store_begin_snapshot(c.st, err) && store_get_webhook(c.st, s->id, b->arena, &b->row, err);
	s->is_loaded = ok;
	s->was_disabled = ok && b->row.disabled_us != 0;
	ok = ok && batch_fill(b, &c, err);
	store_close(c.st);
	return ok;
}

static void work(struct sending *s)
{
	const struct talk how = { .folder = "fetch", .name = "daybook-fetch",
				  .deadline_us = clock_mono_us() + BATCH_MOST_S * US_PER_S, .is_canceled = is_stopping,
				  .arg = s->home };
	struct batch *b = &s->batch;
	uint32_t random;

	s->err.kind = ERR_NONE;
	crypto_random(&random, sizeof(random));
	if (load(s, &s->err) && (b->n == 0 || batch_send(b, s->config, &how, &s->err)))
		batch_settle(b, clock_wall_us(), random);
	else if (s->is_loaded && s->err.kind != ERR_CANCELED)
		batch_fail(b, &s->err, clock_wall_us(), random);
}

/* ---- the writer ---- */

static bool apply(struct job *job, struct store *st, struct err *err)
{
	struct sending *s = (struct sending *)job;

	for (size_t i = 0; i < s->batch.n_attempts; i++)
		if (!store_put_webhook_attempt(st, &s->batch.attempts[i], err))
			return false;
	return s->batch.is_test || store_advance_webhook(st, &s->batch.row, err);
}

static void on_loop(void *arg);

static void on_written(struct job *job, const struct err *err)
{
	struct sending *s = (struct sending *)job;

	if (err != NULL)
		s->err = *err;
	s->is_sent = err == NULL;
	ingest_call_loop(s->home->api->parts.ingest, on_loop, s);
}

static void run(void *arg)
{
	struct sending *s = arg;
	struct err err;

	work(s);
	if (s->is_loaded && s->err.kind != ERR_CANCELED && writer_submit_wait(s->home->api->parts.writer, &s->job, &err))
		return;
	ingest_call_loop(s->home->api->parts.ingest, on_loop, s);
}

/* ---- the loop again ---- */

static void log_outcome(const struct sending *s)
{
	const struct webhook_row *row = &s->batch.row;
	char id[ID_TEXT_SIZE];

	id_format(row->id, "whk_", id);
	if (row->disabled_us != 0 && !s->was_disabled)
		log_error(NULL, "a webhook is disabled, nothing is sent to it any more (daybook webhook retry)", kv_s("webhook", id),
			  kv_s("reason", row->error.len ? row->error.ptr : ""));
	else if (row->failures == 1)
		log_warn(NULL, "a webhook does not take what is sent, and is tried again", kv_s("webhook", id),
			 kv_s("reason", row->error.len ? row->error.ptr : ""));
}

static void count(struct webhooks *h, const struct batch *b)
{
	for (size_t i = 0; i < b->n_attempts; i++) {
		bool is_taken = b->attempts[i].status >= 200 && b->attempts[i].status < 300;

		h->n_sent += is_taken;
		h->n_failed += !is_taken;
	}
}

static void settle(struct sending *s)
{
	struct hook *hook = webhooks_find(s->home, s->id);

	count(s->home, &s->batch);
	if (hook == NULL)
		return;
	hook->is_running = false;
	if (s->is_sent) {
		webhooks_know(s->home, &s->batch.row);
		log_outcome(s);
	} else if (s->err.kind == ERR_MISSING) {
		webhooks_forget(s->home, s->id);
	} else {
		hook->next_us = clock_wall_us() + STORE_BUSY_US;	/* sent, perhaps, and sent again: the id is the same */
	}
}

static void tell_tester(struct sending *s)
{
	const struct webhook_attempt *a = s->batch.n_attempts ? &s->batch.attempts[0] : NULL;

	if (a == NULL && s->err.kind == ERR_NONE)
		err_setf(&s->err, ERR_AGAIN, "nothing came back");
	if (a != NULL && a->status == 0)
		err_setf(&s->err, ERR_AGAIN, STR_FMT, STR_ARG(a->error));
	s->tested(s->arg, a ? a->status : 0, a ? a->took_ms : 0, s->err.kind == ERR_NONE ? NULL : &s->err);
}

static void on_loop(void *arg)
{
	struct sending *s = arg;

	if (s->tested != NULL)
		tell_tester(s);
	else
		settle(s);
	ingest_leave(s->home->api->parts.ingest);
	buf_finish(&s->batch.posts);
	rules_unref(s->rules);
	config_unref(s->config);
	arena_destroy(s->batch.arena);
	free(s);
}

static bool begin(struct webhooks *h, int64_t id, webhook_tested_fn *tested, void *arg)
{
	struct sending *s = xnew(struct sending);

	s->job = (struct job){ .apply = apply, .done = on_written, .bytes = sizeof(*s) };
	s->home = h;
	s->id = id;
	s->config = config_ref(h->api->config);
	s->rules = rules_ref(ingest_rules(h->api->parts.ingest));
	s->batch.arena = arena_create(BATCH_ARENA);
	s->batch.is_test = tested != NULL;
	buf_init(&s->batch.posts, MAX_POSTS);
	s->tested = tested;
	s->arg = arg;
	ingest_enter(h->api->parts.ingest);
	if (pool_run(h->senders, run, s))
		return true;
	ingest_leave(h->api->parts.ingest);
	rules_unref(s->rules);
	config_unref(s->config);
	arena_destroy(s->batch.arena);
	buf_finish(&s->batch.posts);
	free(s);
	return false;
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct webhooks *h = arg;
	const int64_t last = writer_last_change(h->api->parts.writer), now_us = clock_wall_us();
	struct hook *hook;

	(void)fd, (void)what;
	if (atomic_load(&h->is_stopping))
		return;
	LIST_FOREACH(hook, &h->all, all)
		if (!hook->is_running && !hook->is_disabled && hook->cursor != last && hook->next_us <= now_us)
			hook->is_running = begin(h, hook->id, NULL, NULL);
}

bool webhook_test(struct api *api, int64_t id, webhook_tested_fn *done, void *arg, struct err *err)
{
	if (webhooks_find(api->webhooks, id) == NULL)
		return err_setf(err, ERR_MISSING, "there is no such webhook");
	return begin(api->webhooks, id, done, arg) || err_setf(err, ERR_AGAIN, "too much is being sent; try again in a moment");
}

/* ---- life ---- */

static bool know_row(const struct webhook_row *row, void *arg)
{
	webhooks_know(arg, row);
	return true;
}

/* Those that cannot be read now are sent nothing until the next start, which says so. */
static void read_all(struct webhooks *h)
{
	struct store *st;
	struct err err;

	if (!store_open(h->api->parts.dir, STORE_READER, &st, &err)) {
		log_error(NULL, "the webhooks cannot be read, nothing is sent to them", kv_s("reason", err.msg));
		return;
	}
	if (!store_each_webhook(st, know_row, h, &err))
		log_error(NULL, "the webhooks cannot be read, nothing is sent to them", kv_s("reason", err.msg));
	store_close(st);
}

struct webhooks *webhooks_create(struct api *api)
{
	struct webhooks *h = xnew(struct webhooks);

	h->api = api;
	LIST_INIT(&h->all);
	h->senders = pool_create("daybook-hook", SENDERS, MAX_WAITING, 0);
	h->look = event_new(ingest_parts(api->parts.ingest)->base, -1, EV_PERSIST, on_look, h);
	read_all(h);
	return h;
}

void webhooks_stop(struct webhooks *h)
{
	atomic_store(&h->is_stopping, true);
	event_del(h->look);
}

void webhooks_destroy(struct webhooks *h)
{
	struct hook *hook;

	if (h == NULL)
		return;
	webhooks_stop(h);
	pool_destroy(h->senders);
	while ((hook = LIST_FIRST(&h->all)) != NULL) {
		LIST_REMOVE(hook, all);
		free(hook);
	}
	event_free(h->look);
	free(h);
}
