/* When a mailbox is compared with its server, and what came of it. */
#include "base/clock.h"
#include "conf/nightly.h"
#include "ingest/ingest.h"
#include "ingest/pull_inside.h"

enum { SPREAD_S = 3600 };	/* not all mailboxes in the same minute */
#define PAUSE_US (INT64_C(3600) * US_PER_S)	/* after one that failed, and before the first */

bool pull_is_asked(const struct pull *pull)
{
	return pull->reconcile.state == RECONCILE_WAITING || pull->reconcile.state == RECONCILE_RUNNING;
}

/* The first time an hour or two after the start, so that a machine which sleeps at night gets there as well. */
static bool is_due(const struct pull *pull)
{
	int minute = nightly_parse(str_from(pull->inst->conf->host.reconcile_at));
	unsigned spread_s = nightly_spread_s(pull->inst->source->name, SPREAD_S);
	int64_t now_us = clock_wall_us();

	if (minute < 0 || now_us < pull->reconcile_not_before_us)
		return false;
	if (pull->reconciled_us == 0)
		return now_us >= pull->begun_us + PAUSE_US + spread_s * US_PER_S;
	return now_us >= nightly_next_us(minute, pull->reconciled_us, now_us, spread_s);
}

/* Looked at when a turn begins, which is every few minutes: no timer of its own. */
bool pull_wants_compare(const struct pull *pull)
{
	return pull->inst->source->type->reconcile != NULL && (pull_is_asked(pull) || is_due(pull));
}

void pull_end_compare(struct pull *pull, const struct err *err)
{
	if (!pull_is_asked(pull))
		return;
	pull->reconcile.state = err ? RECONCILE_FAILED : RECONCILE_DONE;
	pull->reconcile.error = err ? *err : (struct err){ .kind = ERR_NONE };
	pull->reconcile.n_ended++;
}

/* What a run that was to compare came to. One that was interrupted is still to be done, and so is one that was asked
 * for while another by the clock was under way: what that had passed by then, it has not seen. */
void pull_note_compare(struct pull *pull)
{
	bool is_asked_for = pull->reconcile.state == RECONCILE_RUNNING;
	const struct err *err = sync_error(pull->sync);

	if (!pull->turn.reconcile)
		return;
	if (sync_has_reconciled(pull->sync)) {
		pull->reconciled_us = clock_wall_us();
		if (is_asked_for)
			pull_end_compare(pull, NULL);
	} else if (err != NULL && err->kind != ERR_CANCELED && !pull->is_stale) {
		pull->reconcile_not_before_us = clock_wall_us() + PAUSE_US;
		if (is_asked_for)
			pull_end_compare(pull, err);
	} else if (is_asked_for) {
		pull->reconcile.state = RECONCILE_WAITING;
	}
}

static bool pull_say_off(const struct pull *pull, struct err *err)
{
	if (!pull->inst->conf->host.enabled)
		return err_setf(err, ERR_AGAIN, "it is switched off (enabled: no)");
	return err_setf(err, ERR_AGAIN, "it is paused; daybook connector resume %s", pull->inst->source->name.ptr);
}

/* As if its time had come. */
bool pull_now(struct pull *pull, struct err *err)
{
	if (pull->is_stopped || !instance_is_on(pull->inst))
		return pull_say_off(pull, err);
	if (pull_rest_us(pull) > 0)
		return err_setf(err, ERR_THROTTLED, "%s; its server is left alone for a while (daybook status)",
				pull->inst->pull_state.said);
	if (pull->doing == AT_REST)
		pull_run_later(pull, 0);
	return true;
}

bool pull_reconcile(struct pull *pull, struct err *err)
{
	if (pull->inst->source->type->reconcile == NULL)
		return err_setf(err, ERR_INPUT, "a connector of type %s has no folders to compare",
				pull->inst->source->type->name);
	if (pull->is_stopped || !instance_is_on(pull->inst))
		return pull_say_off(pull, err);
	if (pull_rest_us(pull) > 0)
		return err_setf(err, ERR_THROTTLED, "%s; its server is left alone for a while (daybook status)",
				pull->inst->pull_state.said);
	if (!pull_is_asked(pull))
		pull->reconcile.state = RECONCILE_WAITING;
	if (pull->doing == AT_REST)
		pull_run_later(pull, 0);
	return true;
}

bool pull_take_turn(struct pull *pull)
{
	if (pull->reconcile.state != RECONCILE_WAITING || pull->doing != AT_REST || pull->is_stopped)
		return false;
	pull_run_later(pull, 0);
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
