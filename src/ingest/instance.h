/* A configured connector at work. Loop thread only, but for `source`, which travels. */
#pragma once

#include <event2/util.h>
#include <stdatomic.h>

#include "conf/config.h"
#include "ingest/instance_state.h"
#include "ingest/source.h"
#include "store/pause.h"
#include "store/store.h"

struct ingest;
struct pull;
struct purge;
struct store;
struct sync;

struct instance {
	struct ingest *ingest;
	int n_refs;				/* the ingest's list, a pull at work, each request on its way */
	struct source *source;
	const struct config_connector *conf;	/* of the current snapshot */
	struct pause pause;			/* by somebody */
	enum instance_state state;
	struct err error;			/* of the last failure; kind NONE: none */
	int64_t last_success_us;
	unsigned failures;			/* in a row */
	struct pull_state pull_state;		/* pulls only: throttled, and the backlog */
	struct pull *pull;			/* pulls only */
	struct keeper *keeper;			/* of those that can log in by token; workers use it */
	char login_by[32];			/* who began the last login by token */
	struct limit *limit;			/* pushes only */
	struct sync *fetching;			/* a message on demand, beside the pull; NULL: none */
	atomic_ullong fetched_bytes, spared_bytes;	/* of messages; workers add to them */
	uint64_t answers[600];			/* by HTTP status */
	uint64_t signature_failures;
	struct purge *purge;			/* at work; NULL: none */
	struct source *purged_by;		/* whose block list was looked through to the end */
	int64_t purge_after_us;			/* monotonic: not before */
	bool is_gone;				/* dropped by a reload: in no list any more */
	struct instance *next;
};

/* st is used during the call only; NULL with err when its positions cannot be read. */
struct instance *instance_create(struct ingest *ingest, struct source *source, const struct config_connector *conf,
				 struct store *st, struct err *err);
void instance_begin(struct instance *inst);	/* the first time, and after it was switched on or off */
struct instance *instance_ref(struct instance *inst);
void instance_unref(struct instance *inst);	/* the last one frees it; NULL is fine */

bool instance_is_on(const struct instance *inst);	/* enabled, and paused by nobody */
bool instance_is_up(const struct instance *inst);	/* not stopped, retrying, paused or off */
/* Notes the state, logs it once on change, and has it written to the store. */
void instance_set_state(struct instance *inst, enum instance_state state, const struct err *error);
