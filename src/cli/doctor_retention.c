/* Does what is kept no longer go? */
#include "base/clock.h"
#include "cli/doctor.h"
#include "cli/human.h"
#include "ingest/retention.h"
#include "store/retention.h"

#define LATE_US (INT64_C(2) * 86400 * US_PER_S)

static bool is_late(const struct retention_state *state, int64_t now_us)
{
	return state->ran_us != 0 && now_us - state->ran_us > LATE_US;
}

/* False: there is something to say of it. */
static bool is_good(struct doctor *d, enum retention_class c, const struct retention_state *state)
{
	char span[HUMAN_SIZE];

	if (state->error[0] != '\0')
		doctor_say(d, FINDING_WARNING, "retention", "daybook retention run, once what it says is mended", "%s: %s",
			   retention_class_name(c), state->error);
	else if (is_late(state, clock_wall_us()))
		doctor_say(d, FINDING_WARNING, "retention", "is the daemon up at four in the night? else daybook retention run",
			   "%s: last looked at %s ago", retention_class_name(c),
			   human_span(clock_wall_us() - state->ran_us, span));
	else
		return true;
	return false;
}

void doctor_check_retention(struct doctor *d)
{
	size_t n_kept = 0, n_good = 0;
	struct err err;
	bool has;

	if (d->store == NULL || !store_has_retention(d->store, &has, &err) || !has)
		return;
	for (int c = 0; c < RETENTION_CLASS_COUNT; c++) {
		struct retention_state state;

		if (retention_of(d->cli->config, c) == 0)
			continue;
		n_kept++;
		if (store_get_retention(d->store, (enum retention_class)c, &state, &err))
			n_good += is_good(d, (enum retention_class)c, &state);
		else
			doctor_say(d, FINDING_WRONG, "retention", "daybook retention", "it cannot be read: %s", err.msg);
	}
	if (n_kept > 0 && n_good == n_kept)
		doctor_say(d, FINDING_OK, "retention", NULL, "%zu of %d classes go when their time is over", n_kept, RETENTION_CLASS_COUNT);
}
