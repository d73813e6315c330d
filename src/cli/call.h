/* The daemon's control socket. */
#pragma once

#include "cli/cli.h"

struct json_object;

/* One request: JSON in (may be empty), JSON out in *reply (the caller frees with json_free; may be NULL). Returns
 * an exit code; failures are reported. */
int cli_call(struct cli *cli, const char *path, struct str body, struct json_object **reply);
/* The same for what may take minutes. */
int cli_call_patiently(struct cli *cli, const char *path, struct str body, long timeout_s, struct json_object **reply);
/* The same without a word: err says what went wrong. */
int cli_try_call(struct cli *cli, const char *path, struct str body, struct json_object **reply,
		 struct err *err);

enum daemon_state {
	DAEMON_DOWN, DAEMON_RUNNING,
	DAEMON_STUCK,			/* somebody listens and does not answer */
	DAEMON_UNKNOWN,			/* we may not ask */
};

struct ping {
	enum daemon_state state;
	char version[32];
	int64_t pid, uptime_s;
	bool was_reload_good;
	int64_t last_reload_us;
};

/* Quick and silent. The configuration must be loaded. */
void cli_ping(struct cli *cli, struct ping *ping);
const char *daemon_state_name(enum daemon_state state);
