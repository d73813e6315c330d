/* Law 2: the timeline is a function of the journal. Replays the whole journal into a fresh store. */
#pragma once

#include "conf/config.h"
#include "store/store.h"

struct connector;
struct parsers;

struct rebuild_parts {
	const struct config *config;
	const struct connector *import;
	struct parsers *parsers;
	const char *dir;		/* storage.path, for bodies in the blob store */
	/* After every so many rows; may be NULL. */
	void (*progress)(int64_t n_done, void *arg);
	void *arg;
};

/* from is read only; to is a fresh STORE_REBUILD. ERR_CONF names a connector that is in the journal but
 * not in the configuration. */
bool rebuild_replay(const struct rebuild_parts *parts, struct store *from, struct store *to,
		    int64_t *n_rows, struct err *err);
