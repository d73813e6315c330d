/* Fetching one message on demand: a run of its own beside the pull, with nothing but that message in it. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/queue.h"
#include "ingest/chain.h"
#include "ingest/ingest.h"
#include "ingest/intake.h"
#include "ingest/sync_inside.h"

struct sync *sync_create_for_fetch(struct instance *inst)
{
	struct sync *sync = xnew(struct sync);

	sync->inst = inst;
	sync->watch_fd = -1;
	sync->reports = queue_create(1, false);
	return sync;
}

static void on_fetched(const struct intake *in, void *arg)
{
	struct fetched *out = arg;

	out->journal_id = in->journal_id;
	out->outcome = in->outcome;
}

static bool fetch(struct sync *sync, const struct raw *left, struct fetched *out, struct err *err)
{
	const struct connector *type = sync->source->type;
	struct err late = { .kind = ERR_NONE };
	bool ok;

	if (!type->open(sync->source->conf, &sync->session, err))
		return false;
	sync->session_source = source_ref(sync->source);
	sync->chain = chain_create(ingest_parts(sync->inst->ingest), ingest_parse_pool(sync->inst->ingest), on_fetched, out);
	ok = type->fetch(sync->session, sync, left, err);
	if (!chain_flush(sync->chain, &late) && ok) {
		*err = late;
		ok = false;
	}
	chain_destroy(sync->chain);
	sync->chain = NULL;
	sync_close(sync);
	return ok;
}

bool sync_fetch(struct sync *sync, struct source *source, const struct raw *left, int64_t timeout_us,
		struct fetched *out, struct err *err)
{
	*out = (struct fetched){ 0 };
	sync->source = source;
	sync->timeout_us = timeout_us;
	sync->deadline_us = clock_mono_us() + timeout_us;
	sync->now_us = clock_wall_us();
	if (fetch(sync, left, out, err))
		return true;
	if (err->kind == ERR_CANCELED)
		err_setf(err, ERR_AGAIN, "it took longer than %lld s (timeout), or daybookd ends",
			 (long long)(timeout_us / US_PER_S));
	return false;
}
