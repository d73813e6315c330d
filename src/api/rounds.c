#include "api/rounds.h"

#include <event2/event.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "api/call.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "conf/config.h"

enum { LOOK_S = 60, GIVE_WAY = 10 };	/* nobody waits for it */

struct rounds {
	struct api *api;
	const char *complaint;
	round_fn *fn;
	void *arg;
	struct pool *pool;
	struct event *look;
	bool is_running, is_wanted;
	atomic_bool is_stopping;
	atomic_bool is_old;		/* what runs has a configuration that holds no more */
};

bool rounds_is_stopping(const struct rounds *r)
{
	return atomic_load(&r->is_stopping) || atomic_load(&r->is_old);
}

static void on_over(void *arg)
{
	struct one_round *round = arg;
	struct rounds *r = round->rounds;

	rules_unref(round->rules);
	config_unref(round->config);
	free(round);
	r->is_running = false;
	atomic_store(&r->is_old, false);
	if (r->is_wanted)
		rounds_wake(r);
	ingest_leave(r->api->parts.ingest);
}

static void run(void *arg)
{
	struct one_round *round = arg;
	struct rounds *r = round->rounds;
	struct err err = { .kind = ERR_NONE };

	if (!r->fn(round, &err) && err.kind != ERR_CANCELED && !rounds_is_stopping(r))
		log_warn(NULL, r->complaint, kv_s("reason", err.msg));
	ingest_call_loop(r->api->parts.ingest, on_over, round);
}

void rounds_wake(struct rounds *r)
{
	struct one_round *round;

	r->is_wanted = r->is_running;
	if (r->is_running || atomic_load(&r->is_stopping))
		return;
	round = xnew(struct one_round);
	*round = (struct one_round){ .rounds = r, .api = r->api, .config = config_ref(r->api->config), .rules = rules_ref(ingest_rules(r->api->parts.ingest)),
				 .arg = r->arg };
	ingest_enter(r->api->parts.ingest);
	r->is_running = true;
	if (!pool_run(r->pool, run, round))
		on_over(round);
}

void rounds_begin_anew(struct rounds *r)
{
	if (!r->is_running)
		return;
	r->is_wanted = true;
	atomic_store(&r->is_old, true);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval every = { .tv_sec = LOOK_S };
	struct rounds *r = arg;

	(void)fd, (void)what;
	event_add(r->look, &every);
	rounds_wake(r);
}

struct rounds *rounds_create(struct api *api, const char *name, const char *complaint, round_fn *fn, void *arg)
{
	const struct timeval at_once = { .tv_sec = 0 };
	struct rounds *r = xnew(struct rounds);

	r->api = api;
	r->complaint = complaint;
	r->fn = fn;
	r->arg = arg;
	r->pool = pool_create(name, 1, 1, 0);
	pool_give_way(r->pool, GIVE_WAY);
	r->look = event_new(ingest_parts(api->parts.ingest)->base, -1, 0, on_look, r);
	event_add(r->look, &at_once);
	return r;
}

void rounds_stop(struct rounds *r)
{
	atomic_store(&r->is_stopping, true);
	event_del(r->look);
}

void rounds_destroy(struct rounds *r)
{
	if (r == NULL)
		return;
	rounds_stop(r);
	pool_destroy(r->pool);
	event_free(r->look);
	free(r);
}
