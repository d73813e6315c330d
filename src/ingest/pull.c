#include "ingest/pull_inside.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ingest/ingest.h"
#include "ingest/policy.h"
#include "store/store.h"
#include "store/writer.h"

enum { START_SPREAD_US = 300000, BUSY_US = 500000 };

static void wake_later(struct pull *pull, int64_t us)
{
	struct timeval tv = { .tv_sec = us / US_PER_S, .tv_usec = us % US_PER_S };

	evtimer_add(pull->timer, &tv);
}

void pull_run_later(struct pull *pull, int64_t us)
{
	int64_t rest_us = pull_rest_us(pull);

	if (!pull->is_stopped)
		wake_later(pull, us > rest_us ? us : rest_us);
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

	ticket_give_back(&pull->account);
	/* Started again meanwhile, or not. */
	pull_run_later(pull, pull->is_sharing ? pull->inst->conf->host.every : 0);
	pull->is_sharing = false;
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

/* ---- one run ---- */

static void on_turn_over(void *arg);

/* Worker. */
static void run_on_worker(void *arg)
{
	struct pull *pull = arg;

	sync_run(pull->sync, pull->source, &pull->turn);
	ingest_call_loop(pull->inst->ingest, on_turn_over, pull);
}

void pull_each_folder(const struct pull *pull, folder_fn fn, void *arg)
{
	sync_each_folder(pull->sync, fn, arg);
}

static void note_backlog(struct pull *pull)
{
	struct pull_state *state = &pull->inst->pull_state;
	struct sync_backlog now;

	sync_get_backlog(pull->sync, &now);
	state->backlog_left = now.left;
	state->backlog_of = now.of;
	state->backlog_paused_until_us = now.paused_until_us;
}

/* Every reload makes a new source (the rules may have changed); only new options end the session. */
static void take_source(struct pull *pull)
{
	pull->source = source_ref(pull->inst->source);
	pull->turn = (struct sync_turn){ .timeout_us = pull->inst->conf->host.timeout, .renew = pull->is_stale,
					 .reconcile = pull_wants_compare(pull) &&
						      ingest_begin_compare(pull->inst->ingest),
					 .may_connect = pull->connect.is_inside || pull->source->type->account == NULL,
					 .may_backfill = pull_may_backfill(pull), .connected = pull_connected, .arg = pull };
	pull->is_stale = false;
	if (pull->turn.reconcile && pull->reconcile.state == RECONCILE_WAITING)
		pull->reconcile.state = RECONCILE_RUNNING;
}

static void run_now(struct pull *pull)
{
	struct instance *inst = pull->inst;

	if (pull->doing != AT_REST || pull->is_stopped || !pull_may_begin(pull))
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
	if (pull_is_asked(pull))
		pull->reconcile.state = RECONCILE_WAITING;
	pull_give_turns_back(pull);
	pull_run_later(pull, BUSY_US);
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
	pull_run_later(pull, inst->conf->host.every);
	/* More old mail waits: as soon as others have had their turn. */
	if (inst->pull_state.backlog_left == 0 || inst->pull_state.backlog_paused_until_us != 0)
		ticket_give_back(&pull->backfill);
	else if (pull_may_backfill(pull))
		pull_run_later(pull, 0);
}

static void note_success(struct pull *pull)
{
	struct instance *inst = pull->inst;
	struct err trouble;
	int fd = sync_watch_fd(pull->sync);

	inst->failures = 0;
	pull->is_for_want_of_store = false;
	pull_note_calm(pull);
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
	if (err->kind == ERR_THROTTLED)
		return INSTANCE_THROTTLED;
	return policy_is_stop(err->kind) ? INSTANCE_STOPPED : INSTANCE_RETRYING;
}

static void note_failure(struct pull *pull, const struct err *err)
{
	struct instance *inst = pull->inst;

	pull_give_back_all(pull);
	if (err->kind == ERR_THROTTLED)
		pull_note_throttle(pull);
	else
		inst->failures++;
	pull->is_for_want_of_store = is_store_refusing(inst);
	instance_set_state(inst, state_after(err), err);
	pull_run_later(pull, policy_back_off_us(err->kind, inst->failures));
}

static void note_turn(struct pull *pull)
{
	const struct err *err = sync_error(pull->sync);

	pull_note_compare(pull);
	note_backlog(pull);
	if (sync_looked_us(pull->sync) > 0)
		pull->inst->last_success_us = sync_looked_us(pull->sync);
	if (pull->is_stale)		/* the options changed meanwhile: how it went with the old ones says nothing */
		pull_run_later(pull, 0);
	else if (err == NULL)
		note_success(pull);
	else if (err->kind == ERR_CANCELED)
		pull_run_later(pull, BUSY_US);
	else
		note_failure(pull, err);
	/* Asked for while this run was on its way, or interrupted. Where others compare, the schedule and its back-off
	 * hold until one of them ends. */
	if (pull_is_asked(pull) && ingest_may_compare(pull->inst->ingest))
		pull_run_later(pull, BUSY_US);
}

static void on_turn_over(void *arg)
{
	struct pull *pull = arg;

	if (pull->turn.reconcile)
		ingest_end_compare(pull->inst->ingest);
	pull_give_turns_back(pull);
	if (pull->is_stopped && sync_is_open(pull->sync)) {
		close_session(pull);
		return;
	}
	if (!pull->is_stopped)
		note_turn(pull);
	pull->is_sharing = pull_must_share(pull);
	if (pull->is_sharing) {
		forget_watch(pull);
		evtimer_del(pull->timer);
		close_session(pull);
		return;
	}
	leave(pull);
}

/* ---- life ---- */

struct pull *pull_create(struct instance *inst, struct store *st, struct err *err)
{
	struct pull *pull = xnew(struct pull);

	pull->inst = inst;
	pull->begun_us = clock_wall_us();
	pull_want_in(pull);
	pull->timer = evtimer_new(ingest_parts(inst->ingest)->base, on_timer, pull);
	pull->sync = sync_create(inst, st, err);
	if (pull->sync == NULL || !store_get_pull_state(st, inst->source->id, &inst->pull_state, err) ||
	    !store_last_reconcile(st, inst->source->id, &pull->reconciled_us, err)) {
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
	pull_give_back_all(pull);
	event_free(pull->timer);
	sync_destroy(pull->sync);
	source_unref(pull->source);
	free(pull);
}

void pull_start(struct pull *pull)
{
	pull->is_stopped = false;
	sync_allow(pull->sync);
	pull_tell_rest(pull);
	pull_run_later(pull, rand() % START_SPREAD_US);
}

bool pull_is_behind(const struct pull *pull)
{
	return pull->source != NULL && pull->source != pull->inst->source;
}

void pull_stop(struct pull *pull)
{
	struct err off;

	err_setf(&off, ERR_AGAIN, "it was switched off or paused");
	pull_end_compare(pull, &off);
	pull->is_stopped = true;
	evtimer_del(pull->timer);
	forget_watch(pull);
	sync_cancel(pull->sync);
	if (pull->inst->fetching != NULL)
		sync_cancel(pull->inst->fetching);
	if (pull->doing == AT_REST)
		pull_give_turns_back(pull);
	ticket_give_back(&pull->backfill);
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
	pull_forgive(pull);
	if (pull->doing == AT_REST)
		pull_run_later(pull, 0);
}

/* Its back-off was the store's, not the server's. */
void pull_store_is_back(struct pull *pull)
{
	if (!pull->is_for_want_of_store)
		return;
	pull->is_for_want_of_store = false;
	pull->inst->failures = 0;
	if (pull->doing == AT_REST)
		pull_run_later(pull, rand() % START_SPREAD_US);
}
