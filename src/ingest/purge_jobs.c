#include "ingest/purge_jobs.h"

#include "base/queue.h"
#include "ingest/seed.h"
#include "ingest/unlearn.h"
#include "store/forget.h"
#include "store/writer.h"

/* ---- waiting ---- */

struct waiting {
	struct queue *done;
	struct err *err;
	bool ok;
};

static void wake(struct waiting *w, const struct err *err)
{
	w->ok = err == NULL;
	if (err != NULL)
		*w->err = *err;
	queue_push(w->done, w);
}

static bool wait_for(struct writer *writer, struct job *job, struct waiting *w, struct err *err)
{
	void *item;

	w->err = err;
	w->done = queue_create(1, false);
	if (writer_submit_wait(writer, job, err))
		queue_pop(w->done, &item, 1, -1);
	queue_destroy(w->done);
	return w->ok;
}

static void unlearned(struct unlearn *u, const struct err *err)
{
	wake(u->arg, err);
}

bool purge_run_unlearn(struct writer *writer, struct unlearn *u, struct err *err)
{
	struct waiting w = { .ok = false };

	u->finished = unlearned;
	u->arg = &w;
	return wait_for(writer, &u->job, &w, err);
}

/* ---- small jobs, on the worker's stack ---- */

struct small_job {
	struct job job;
	struct waiting waiting;
	bool is_first, is_over;
	int64_t connector;
	struct str key, position;
	const char *const *names;	/* of files */
	size_t n_names;
	bool (*fn)(struct store *st, void *arg, struct err *err);
	void *arg;
};

static void small_done(struct job *job, const struct err *err)
{
	wake(&((struct small_job *)job)->waiting, err);
}

static bool run_small(struct writer *writer, struct small_job *s,
		      bool (*apply)(struct job *job, struct store *st, struct err *err), struct err *err)
{
	s->job = (struct job){ .apply = apply, .done = small_done, .bytes = sizeof(*s) };
	s->waiting.ok = false;
	return wait_for(writer, &s->job, &s->waiting, err);
}

static bool apply_fn(struct job *job, struct store *st, struct err *err)
{
	const struct small_job *s = (struct small_job *)job;

	return s->fn(st, s->arg, err);
}

bool purge_run(struct writer *writer, bool (*apply)(struct store *st, void *arg, struct err *err), void *arg, struct err *err)
{
	struct small_job s = { .fn = apply, .arg = arg };

	return run_small(writer, &s, apply_fn, err);
}

static bool apply_squeeze(struct job *job, struct store *st, struct err *err)
{
	struct small_job *s = (struct small_job *)job;

	return store_squeeze_search(st, s->is_first, &s->is_over, err);
}

bool purge_squeeze(struct writer *writer, const atomic_bool *is_canceled, struct err *err)
{
	struct small_job s = { .is_first = true };

	while (!s.is_over) {
		if (atomic_load(is_canceled))
			return err_setf(err, ERR_CANCELED, "canceled");
		if (!run_small(writer, &s, apply_squeeze, err))
			return false;
		s.is_first = false;
	}
	return true;
}

static bool apply_end(struct job *job, struct store *st, struct err *err)
{
	const struct small_job *s = (struct small_job *)job;

	return seed_weed(st, err) && store_put_cursor(st, s->connector, s->key, s->position, err);
}

bool purge_end(struct writer *writer, int64_t connector, struct str key, struct str position, struct err *err)
{
	struct small_job s = { .connector = connector, .key = key, .position = position };

	return run_small(writer, &s, apply_end, err);
}

static bool apply_forget(struct job *job, struct store *st, struct err *err)
{
	const struct small_job *s = (struct small_job *)job;

	for (size_t i = 0; i < s->n_names; i++)
		if (!store_forget_doomed(st, str_from(s->names[i]), err))
			return false;
	return true;
}

bool purge_forget_files(struct writer *writer, const char *const *names, size_t n, struct err *err)
{
	struct small_job s = { .names = names, .n_names = n };

	return run_small(writer, &s, apply_forget, err);
}
