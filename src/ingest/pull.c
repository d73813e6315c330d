#include "ingest/pull.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/pool.h"
#include "conf/nightly.h"
#include "ingest/ingest.h"
#include "ingest/policy.h"
#include "ingest/sync.h"
#include "store/store.h"
#include "store/writer.h"

enum {
	START_SPREAD_US = 300000, BUSY_US = 500000,
	RECONCILE_SPREAD_S = 3600,	/* not all mailboxes in the same minute */
};
#define RECONCILE_PAUSE_US (INT64_C(3600) * US_PER_S)	/* after one that failed, and before the first */

enum doing {
	AT_REST,			/* the sync is the loop's; else the worker's, and the instance is kept */
	SYNCING,
	CLOSE_WAITS,			/* for a free worker */
	CLOSING,
};

struct pull {
	struct instance *inst;
	struct event *timer, *watch;
	struct sync *sync;
	struct source *source;		/* of the run: a reload may give the instance another meanwhile */
	enum doing doing;
	bool is_stopped;
	bool is_stale;			/* the session has old options: the next run opens another */
	struct sync_turn turn;		/* of the run */
	struct pull_reconcile reconcile;
	int64_t reconciled_us;		/* when it was last done to its end; 0: never */
	int64_t reconcile_not_before_us;
	int64_t begun_us;
	bool is_for_want_of_store;	/* the last run failed, and the store took nothing then */
};

static void wake_later(struct pull *pull, int64_t us)
{
	struct timeval tv = { .tv_sec = us / US_PER_S, .tv_usec = us % US_PER_S };

	evtimer_add(pull->timer, &tv);
}

static void run_later(struct pull *pull, int64_t us)
{
	if (!pull->is_stopped)
		wake_later(pull, us);
}

static void enter(struct pull *pull, enum doing what)
{
	pull->doing = what;
	instance_ref(pull->inst);
	ingest_enter(pull->inst->ingest);
}

/* The last thing done with it: the instance may be gone, and the pull with it. */
static void leave(struct pull *pull)
{
	pull->doing = AT_REST;
	source_unref(pull->source);
	pull->source = NULL;
	ingest_leave(pull->inst->ingest);
	instance_unref(pull->inst);
}

static void forget_watch(struct pull *pull)
{
	if (pull->watch != NULL)
		event_free(pull->watch);
	pull->watch = NULL;
}

/* ---- the session's end ---- */

static void on_closed(void *arg)
{
	struct pull *pull = arg;

	run_later(pull, 0);		/* started again meanwhile, or not */
	leave(pull);
}

/* Worker: saying goodbye takes as long as the server likes. */
static void close_on_worker(void *arg)
{
	struct pull *pull = arg;

	sync_close(pull->sync);
	ingest_call_loop(pull->inst->ingest, on_closed, pull);
}

static void close_session(struct pull *pull)
{
	pull->doing = CLOSING;
	if (pool_run(ingest_net_pool(pull->inst->ingest), close_on_worker, pull))
		return;
	pull->doing = CLOSE_WAITS;
	wake_later(pull, BUSY_US);
}

/* ---- the comparison with the server ---- */

static bool is_asked(const struct pull *pull)
{
	return pull->reconcile.state == RECONCILE_WAITING || pull->reconcile.state == RECONCILE_RUNNING;
}

/* The first time an hour or two after the start, so that a machine which sleeps at night gets there as well. */
static bool is_due(const struct pull *pull)
{
	int minute = nightly_parse(str_from(pull->inst->conf->host.reconcile_at));
	unsigned spread_s = nightly_spread_s(pull->inst->source->name, RECONCILE_SPREAD_S);
	int64_t now_us = clock_wall_us();

	if (minute < 0 || now_us < pull->reconcile_not_before_us)
		return false;
	if (pull->reconciled_us == 0)
		return now_us >= pull->begun_us + RECONCILE_PAUSE_US + spread_s * US_PER_S;
	return now_us >= nightly_next_us(minute, pull->reconciled_us, now_us, spread_s);
}

/* Looked at when a turn begins, which is every few minutes: no timer of its own. */
static bool wants_reconcile(const struct pull *pull)
{
	return pull->inst->source->type->reconcile != NULL && (is_asked(pull) || is_due(pull));
}

static void end_reconcile(struct pull *pull, const struct err *err)
{
	pull->reconcile.state = err ? RECONCILE_FAILED : RECONCILE_DONE;
	pull->reconcile.error = err ? *err : (struct err){ .kind = ERR_NONE };
	pull->reconcile.n_ended++;
}

/* What a run that was to compare came to. One that was interrupted is still to be done, and so is one that was asked
 * for while another by the clock was under way: what that had passed by then, it has not seen. */
static void note_reconcile(struct pull *pull)
{
	bool is_asked_for = pull->reconcile.state == RECONCILE_RUNNING;
	const struct err *err = sync_error(pull->sync);

	if (!pull->turn.reconcile)
		return;
	if (sync_has_reconciled(pull->sync)) {
		pull->reconciled_us = clock_wall_us();
		if (is_asked_for)
			end_reconcile(pull, NULL);
	} else if (err != NULL && err->kind != ERR_CANCELED && !pull->is_stale) {
		pull->reconcile_not_before_us = clock_wall_us() + RECONCILE_PAUSE_US;
		if (is_asked_for)
			end_reconcile(pull, err);
	} else if (is_asked_for) {
		pull->reconcile.state = RECONCILE_WAITING;
	}
}

bool pull_reconcile(struct pull *pull, struct err *err)
{
	if (pull->inst->source->type->reconcile == NULL)
		return err_setf(err, ERR_INPUT, "a connector of type %s has no folders to compare",
				pull->inst->source->type->name);
	if (pull->is_stopped || !pull->inst->conf->host.enabled)
		return err_setf(err, ERR_AGAIN, "it is switched off (enabled: no)");
	if (!is_asked(pull))
		pull->reconcile.state = RECONCILE_WAITING;
	if (pull->doing == AT_REST)
		run_later(pull, 0);
	return true;
}

bool pull_take_turn(struct pull *pull)
{
	if (pull->reconcile.state != RECONCILE_WAITING || pull->doing != AT_REST || pull->is_stopped)
		return false;
	run_later(pull, 0);
	return true;
}

void pull_get_reconcile(const struct pull *pull, struct pull_reconcile *out)
{
	*out = pull->reconcile;
	sync_get_progress(pull->sync, &out->progress);
}

const char *pull_reconcile_state_name(enum pull_reconcile_state state)
{
	static const char *const names[] = { "none", "waiting", "running", "done", "failed" };

	return names[state];
}

/* ---- one run ---- */

static void on_turn_over(void *arg);

/* Worker. */
static void run_on_worker(void *arg)
{
	struct pull *pull = arg;

	sync_run(pull->sync, pull->source, &pull->turn);
	ingest_call_loop(pull->inst->ingest, on_turn_over, pull);
}

/* Every reload makes a new source (the rules may have changed); only new options end the session. */
static void take_source(struct pull *pull)
{
	pull->source = source_ref(pull->inst->source);
	pull->turn = (struct sync_turn){ .timeout_us = pull->inst->conf->host.timeout, .renew = pull->is_stale,
					 .reconcile = wants_reconcile(pull) &&
						      ingest_begin_compare(pull->inst->ingest) };
	pull->is_stale = false;
	if (pull->turn.reconcile && pull->reconcile.state == RECONCILE_WAITING)
		pull->reconcile.state = RECONCILE_RUNNING;
}

static void run_now(struct pull *pull)
{
	struct instance *inst = pull->inst;

	if (pull->doing != AT_REST || pull->is_stopped)
		return;
	forget_watch(pull);
	evtimer_del(pull->timer);
	take_source(pull);
	enter(pull, SYNCING);
	if (inst->state == INSTANCE_NEW)
		instance_set_state(inst, INSTANCE_SYNCING, NULL);
	if (pool_run(ingest_net_pool(inst->ingest), run_on_worker, pull))
		return;
	pull->is_stale = pull->turn.renew;
	if (pull->turn.reconcile)
		ingest_end_compare(inst->ingest);
	if (is_asked(pull))
		pull->reconcile.state = RECONCILE_WAITING;
	run_later(pull, BUSY_US);
	leave(pull);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run_now(arg);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct pull *pull = arg;

	(void)fd;
	(void)what;
	if (pull->doing == CLOSE_WAITS)
		close_session(pull);
	else
		run_now(pull);
}

/* IDLE parked in the loop, with the schedule as the net beneath it. */
static void park(struct pull *pull, int fd)
{
	struct instance *inst = pull->inst;

	if (fd >= 0) {
		pull->watch = event_new(ingest_parts(inst->ingest)->base, fd, EV_READ, on_readable, pull);
		event_add(pull->watch, NULL);
	}
	run_later(pull, inst->conf->host.every);
}

static void note_success(struct pull *pull)
{
	struct instance *inst = pull->inst;
	struct err trouble;
	int fd = sync_watch_fd(pull->sync);

	inst->failures = 0;
	pull->is_for_want_of_store = false;
	inst->last_success_us = clock_wall_us();
	sync_get_trouble(pull->sync, &trouble);
	instance_set_state(inst, fd >= 0 ? INSTANCE_LIVE : INSTANCE_WAITING,
			   trouble.kind != ERR_NONE ? &trouble : NULL);
	park(pull, fd);
}

static bool is_store_refusing(const struct instance *inst)
{
	struct writer_stats stats;

	writer_get_stats(ingest_parts(inst->ingest)->writer, &stats);
	return stats.refusal != NULL;
}

static enum instance_state state_after(const struct err *err)
{
	if (err->kind == ERR_LOGIN)
		return INSTANCE_NEEDS_LOGIN;
	return policy_is_stop(err->kind) ? INSTANCE_STOPPED : INSTANCE_RETRYING;
}

static void note_failure(struct pull *pull, const struct err *err)
{
	struct instance *inst = pull->inst;

	inst->failures++;
	pull->is_for_want_of_store = is_store_refusing(inst);
	instance_set_state(inst, state_after(err), err);
	run_later(pull, policy_back_off_us(err->kind, inst->failures));
}

static void note_turn(struct pull *pull)
{
	const struct err *err = sync_error(pull->sync);

	note_reconcile(pull);
	if (pull->is_stale)		/* the options changed meanwhile: how it went with the old ones says nothing */
		run_later(pull, 0);
	else if (err == NULL)
		note_success(pull);
	else if (err->kind == ERR_CANCELED)
		run_later(pull, BUSY_US);
	else
		note_failure(pull, err);
	/* Asked for while this run was on its way, or interrupted. Where others compare, the schedule and its back-off
	 * hold until one of them ends. */
	if (is_asked(pull) && ingest_may_compare(pull->inst->ingest))
		run_later(pull, BUSY_US);
}

static void on_turn_over(void *arg)
{
	struct pull *pull = arg;

	if (pull->turn.reconcile)
		ingest_end_compare(pull->inst->ingest);
	if (pull->is_stopped && sync_is_open(pull->sync)) {
		close_session(pull);
		return;
	}
	if (!pull->is_stopped)
		note_turn(pull);
	leave(pull);
}

/* ---- life ---- */

struct pull *pull_create(struct instance *inst, struct store *st, struct err *err)
{
	struct pull *pull = xnew(struct pull);

	pull->inst = inst;
	pull->begun_us = clock_wall_us();
	pull->timer = evtimer_new(ingest_parts(inst->ingest)->base, on_timer, pull);
	pull->sync = sync_create(inst, st, err);
	if (pull->sync == NULL || !store_last_reconcile(st, inst->source->id, &pull->reconciled_us, err)) {
		pull_destroy(pull);
		return NULL;
	}
	return pull;
}

void pull_destroy(struct pull *pull)
{
	if (pull == NULL)
		return;
	forget_watch(pull);
	event_free(pull->timer);
	sync_destroy(pull->sync);
	source_unref(pull->source);
	free(pull);
}

void pull_start(struct pull *pull)
{
	pull->is_stopped = false;
	sync_allow(pull->sync);
	run_later(pull, rand() % START_SPREAD_US);
}

void pull_stop(struct pull *pull)
{
	struct err off;

	err_setf(&off, ERR_AGAIN, "it was switched off");
	if (is_asked(pull))
		end_reconcile(pull, &off);
	pull->is_stopped = true;
	evtimer_del(pull->timer);
	forget_watch(pull);
	sync_cancel(pull->sync);
	if (pull->inst->fetching != NULL)
		sync_cancel(pull->inst->fetching);
	if (pull->doing == CLOSE_WAITS) {
		wake_later(pull, BUSY_US);
	} else if (pull->doing == AT_REST && sync_is_open(pull->sync)) {
		enter(pull, CLOSING);
		close_session(pull);
	}
}

void pull_renew(struct pull *pull)
{
	pull->is_stale = true;
	pull->inst->failures = 0;
	if (pull->doing == AT_REST)
		run_later(pull, 0);
}

/* Its back-off was the store's, not the server's. */
void pull_store_is_back(struct pull *pull)
{
	if (!pull->is_for_want_of_store)
		return;
	pull->is_for_want_of_store = false;
	pull->inst->failures = 0;
	if (pull->doing == AT_REST)
		run_later(pull, rand() % START_SPREAD_US);
}
