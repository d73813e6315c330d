/* A server that has had enough of us is left alone, also by the next start of the daemon. */
#include <stdio.h>

#include "base/clock.h"
#include "ingest/policy.h"
#include "ingest/pull_inside.h"

#define LONG_US (INT64_C(3600) * US_PER_S)
#define FORGET_US (INT64_C(24) * 3600 * US_PER_S)	/* without a complaint: it begins again at the shortest */
#define MOST_US (INT64_C(13) * 3600 * US_PER_S)		/* a clock that was set back does not make it longer */

/* Of hours, as for a quota. */
static bool was_long(const struct pull_state *state)
{
	return state->throttled_until_us - state->throttled_us >= LONG_US;
}

void pull_note_throttle(struct pull *pull)
{
	struct pull_state *state = &pull->inst->pull_state;
	int64_t now_us = clock_wall_us();
	struct sync_throttle throttle;

	sync_get_throttle(pull->sync, &throttle);
	snprintf(state->said, sizeof(state->said), "%.255s", sync_error(pull->sync)->msg);
	if (throttle.is_quota && !was_long(state))
		state->n_throttles = 0;
	if (now_us - state->throttled_us > FORGET_US)
		state->n_throttles = 0;
	state->n_throttles++;
	state->throttled_us = now_us;
	state->throttled_until_us = now_us + policy_throttle_us(throttle.is_quota, throttle.wait_us,
								(unsigned)state->n_throttles);
}

/* Busy is over when it is over. A quota is known to be short for the rest of the day. */
void pull_note_calm(struct pull *pull)
{
	struct pull_state *state = &pull->inst->pull_state;

	if (!was_long(state))
		state->n_throttles = 0;
	state->throttled_until_us = state->n_throttles > 0 ? state->throttled_until_us : 0;
}

void pull_tell_rest(struct pull *pull)
{
	struct err why;

	if (pull_rest_us(pull) == 0)
		return;
	err_setf(&why, ERR_THROTTLED, "%s", pull->inst->pull_state.said);
	instance_set_state(pull->inst, INSTANCE_THROTTLED, &why);
}

void pull_forgive(struct pull *pull)
{
	pull->inst->pull_state.throttled_until_us = 0;
	pull->inst->pull_state.n_throttles = 0;
}

int64_t pull_rest_us(const struct pull *pull)
{
	int64_t rest_us = pull->inst->pull_state.throttled_until_us - clock_wall_us();

	return rest_us <= 0 ? 0 : rest_us < MOST_US ? rest_us : MOST_US;
}
