/* Paused by a person, resumed by a person, asked now. Loop thread. */
#include <stdio.h>

#include "base/clock.h"
#include "ingest/ingest.h"
#include "ingest/instance.h"
#include "ingest/pull.h"

static struct instance *find(struct ingest *g, struct str name, struct err *err)
{
	struct instance *inst = ingest_find(g, name);

	if (inst == NULL)
		err_setf(err, ERR_MISSING, "there is no connector \"" STR_FMT "\"", STR_ARG(str_sub(name, 0, 100)));
	return inst;
}

bool ingest_take_pause(struct ingest *g, struct str name, struct str by, struct str why, struct err *err)
{
	struct instance *inst = find(g, name, err);
	bool was_on;

	if (inst == NULL)
		return false;
	was_on = instance_is_on(inst);
	inst->pause.at_us = clock_wall_us();
	snprintf(inst->pause.by, sizeof(inst->pause.by), STR_FMT, STR_ARG(by));
	snprintf(inst->pause.why, sizeof(inst->pause.why), STR_FMT, STR_ARG(why));
	if (instance_is_on(inst) == was_on)
		return true;
	if (was_on && inst->pull != NULL)
		pull_stop(inst->pull);
	instance_begin(inst);
	return true;
}

bool ingest_sync_now(struct ingest *g, struct str name, struct err *err)
{
	struct instance *inst = find(g, name, err);

	if (inst == NULL)
		return false;
	if (inst->pull == NULL)
		return err_setf(err, ERR_INPUT, "\"" STR_FMT "\" is pushed to: there is nothing to ask", STR_ARG(name));
	return pull_now(inst->pull, err) || err_prefixf(err, STR_FMT, STR_ARG(name));
}
