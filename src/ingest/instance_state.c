#include "ingest/instance_state.h"

static const char *const names[] = {
	"new", "live", "syncing", "waiting", "retrying", "stopped", "needs_login", "throttled", "off", "paused", "unknown",
};

const char *instance_state_name(enum instance_state state)
{
	return names[state];
}

enum instance_state instance_state_find(struct str name)
{
	enum instance_state state = INSTANCE_NEW;

	while (state < INSTANCE_UNKNOWN && !str_eq(name, str_from(names[state])))
		state++;
	return state;
}
