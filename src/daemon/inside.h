/* What the files of the daemon share. */
#pragma once

#include <signal.h>

#include "base/buf.h"
#include "daemon/app.h"

struct event;
struct event_base;

enum { N_SIGNALS = 3 };

struct app {
	const struct options *options;
	const struct config *config;
	char *dir;			/* storage.path; outlives every configuration */
	struct sandbox *sandbox;
	struct event_base *base;
	struct writer *writer;
	struct parsers *parsers;
	struct ingest *ingest;
	struct serve *serve;
	struct notify *notify;
	struct watch *watch;
	struct event *signals[N_SIGNALS], *drain_timer, *fatal_event, *spawner_timer;
	int fatal_fd;			/* the writer's way to the loop when the storage fails */
	struct err fatal;
	bool is_stopping, is_cut_short, is_crippled;
	int64_t stop_by_us;
};

/* Loads and prints what is wrong; NULL with ERR_CONF "3 errors in the configuration". */
const struct config *app_load_config(const char *path, bool as_json, struct err *err);
