/* What a run tells of itself, and what it is told of others. */
#include "base/clock.h"
#include "ingest/sync_inside.h"

void sync_looked(struct sync *sync)
{
	sync->looked_us = clock_wall_us();
}

int64_t sync_looked_us(const struct sync *sync)
{
	return sync->looked_us;
}

bool sync_may_backfill(const struct sync *sync)
{
	return sync->turn.may_backfill;
}

void sync_tell_backlog(struct sync *sync, const struct sync_backlog *now)
{
	sync->backlog = *now;
}

void sync_get_backlog(const struct sync *sync, struct sync_backlog *out)
{
	*out = sync->backlog;
}

bool sync_may_connect(const struct sync *sync)
{
	return sync->turn.may_connect;
}

void sync_connected(struct sync *sync)
{
	if (sync->turn.may_connect && sync->turn.connected != NULL)
		sync->turn.connected(sync->turn.arg);
	sync->turn.may_connect = false;
}

void sync_throttled(struct sync *sync, bool is_quota, int64_t wait_us)
{
	sync->throttle = (struct sync_throttle){ .is_said = true, .is_quota = is_quota, .wait_us = wait_us };
}

void sync_get_throttle(const struct sync *sync, struct sync_throttle *out)
{
	*out = sync->throttle;
}
