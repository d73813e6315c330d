/* Law 2: the timeline is a function of the journal. Replays the whole journal into a fresh store. */
#pragma once

#include "conf/config.h"
#include "store/store.h"

struct connector;
struct parsers;

struct rebuild_parts {
	const struct config *config;
	const struct connector *import;
	const struct connector *const *known;	/* NULL-terminated */
	struct parsers *parsers;
	const char *dir;		/* storage.path, for bodies in the blob store */
	/* After every so many rows; may be NULL. */
	void (*progress)(int64_t n_done, void *arg);
	void *arg;
};

/* from is read only; to is a fresh STORE_REBUILD. A connector that is configured no more is replayed with
 * the options it last had. */
bool rebuild_replay(const struct rebuild_parts *parts, struct store *from, struct store *to,
		    int64_t *n_rows, struct err *err);
