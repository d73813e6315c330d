#include "ingest/instance.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ingest/ingest.h"
#include "ingest/limit.h"
#include "ingest/pull.h"
#include "oauth/keepers.h"
#include "store/writer.h"

bool instance_is_up(const struct instance *inst)
{
	return inst->state != INSTANCE_STOPPED && inst->state != INSTANCE_RETRYING &&
	       inst->state != INSTANCE_NEEDS_LOGIN && inst->state != INSTANCE_THROTTLED &&
	       inst->state != INSTANCE_OFF && inst->state != INSTANCE_PAUSED;
}

bool instance_is_on(const struct instance *inst)
{
	return inst->conf->host.enabled && inst->pause.by[0] == '\0';
}

struct instance *instance_create(struct ingest *ingest, struct source *source, const struct config_connector *conf,
				 struct store *st, struct err *err)
{
	struct instance *inst = xnew(struct instance);

	inst->ingest = ingest;
	inst->n_refs = 1;
	inst->source = source_ref(source);
	inst->conf = conf;
	if (source->type->routes != NULL)
		inst->limit = limit_create();
	if (!store_get_pause(st, source->id, &inst->pause, err)) {
		instance_unref(inst);
		return NULL;
	}
	if (source->type->sync == NULL)
		return inst;
	if (source->type->oauth != NULL)
		inst->keeper = keepers_take(ingest_keepers(ingest), source->name.ptr);
	inst->pull = pull_create(inst, st, err);
	if (inst->pull != NULL)
		return inst;
	instance_unref(inst);
	return NULL;
}

/* It is to be seen wherever a trouble is: who has forgotten it misses messages. */
static void tell_pause(struct instance *inst)
{
	const struct pause *p = &inst->pause;
	char at[CLOCK_TEXT_SIZE];
	struct err err;

	err_setf(&err, ERR_AGAIN, "paused by %s at %s%s%s: nothing is taken until daybook connector resume %s", p->by,
		 clock_format(p->at_us, at), p->why[0] ? ", " : "", p->why, inst->source->name.ptr);
	instance_set_state(inst, INSTANCE_PAUSED, &err);
}

void instance_begin(struct instance *inst)
{
	if (!inst->conf->host.enabled) {
		instance_set_state(inst, INSTANCE_OFF, NULL);
	} else if (!instance_is_on(inst)) {
		tell_pause(inst);
	} else if (inst->pull != NULL) {
		if (inst->state == INSTANCE_PAUSED || inst->state == INSTANCE_OFF)
			instance_set_state(inst, INSTANCE_WAITING, NULL);	/* its first turn may take long */
		pull_start(inst->pull);
	} else {
		instance_set_state(inst, INSTANCE_LIVE, NULL);
	}
}

struct instance *instance_ref(struct instance *inst)
{
	inst->n_refs++;
	return inst;
}

void instance_unref(struct instance *inst)
{
	if (inst == NULL || --inst->n_refs > 0)
		return;
	if (inst->is_gone)
		log_info(&inst->source->log, "removed");
	pull_destroy(inst->pull);
	keepers_release(ingest_keepers(inst->ingest), inst->keeper);
	limit_destroy(inst->limit);
	source_unref(inst->source);
	source_unref(inst->purged_by);
	free(inst);
}

/* ---- the state, as the store keeps it for `daybook status` ---- */

struct state_job {
	struct job job;
	int64_t connector, at_us, success_us;
	bool is_pull;
	struct pull_state pull;
	char state[16];
	char error[sizeof(((struct err *)0)->msg)];
};

static bool write_state(struct job *job, struct store *st, struct err *err)
{
	struct state_job *s = (struct state_job *)job;

	return store_put_connector_state(st, s->connector, str_from(s->state), str_from(s->error),
					 s->at_us, s->success_us, err) &&
	       (!s->is_pull || store_put_pull_state(st, s->connector, &s->pull, err));
}

static void state_written(struct job *job, const struct err *err)
{
	(void)err;	/* the next change writes it again */
	free(job);
}

static void keep_state(struct instance *inst)
{
	struct state_job *s = xnew(struct state_job);
	struct err why;

	*s = (struct state_job){
		.job = { .apply = write_state, .done = state_written, .bytes = sizeof(*s) },
		.connector = inst->source->id, .at_us = clock_wall_us(),
		.success_us = inst->last_success_us, .is_pull = inst->pull != NULL, .pull = inst->pull_state,
	};
	snprintf(s->state, sizeof(s->state), "%s", instance_state_name(inst->state));
	if (inst->error.kind != ERR_NONE)
		snprintf(s->error, sizeof(s->error), "%s", inst->error.msg);
	if (!writer_submit(ingest_parts(inst->ingest)->writer, &s->job, &why))
		free(s);
}

/* Once on change: the first failure, another failure, recovery. */
static void log_change(struct instance *inst, enum instance_state before, bool had_error)
{
	struct log_ctx *log = &inst->source->log;

	if (inst->state == INSTANCE_NEEDS_LOGIN)
		log_error(log, "stopped until somebody logs in", kv_s("reason", inst->error.msg));
	else if (inst->error.kind != ERR_NONE && inst->state == INSTANCE_STOPPED)
		log_error(log, "stopped; a reload or a long pause ends it", kv_s("reason", inst->error.msg));
	else if (inst->error.kind != ERR_NONE)
		log_warn(log, "trouble", kv_s("reason", inst->error.msg),
			 kv_s("state", instance_state_name(inst->state)));
	else if (had_error && inst->state != INSTANCE_OFF)
		log_info(log, "recovered", kv_s("state", instance_state_name(inst->state)));
	else if (before == INSTANCE_NEW && !inst->is_gone)
		log_info(log, "started", kv_s("state", instance_state_name(inst->state)));
}

void instance_set_state(struct instance *inst, enum instance_state state, const struct err *error)
{
	enum instance_state before = inst->state;
	bool had_error = inst->error.kind != ERR_NONE;
	bool is_same_error = had_error ? error != NULL && strcmp(inst->error.msg, error->msg) == 0
				       : error == NULL;

	inst->state = state;
	inst->error = error ? *error : (struct err){ .kind = ERR_NONE };
	if (!is_same_error || (before == INSTANCE_NEW && state != INSTANCE_SYNCING))
		log_change(inst, before, had_error);
	keep_state(inst);
}
