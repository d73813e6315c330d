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

/* Who runs it waits for a report; a daemon that runs does not wait for its log. */
enum report { REPORT_TEXT, REPORT_JSON, REPORT_LOG };
/* Loads and prints what is wrong; NULL with ERR_CONF "3 errors in the configuration". */
const struct config *app_load_config(const char *path, enum report to, struct err *err);
