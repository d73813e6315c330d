/* The part of a pull's run in which the connector compares the far side with the journal. */
#include <string.h>

#include "base/clock.h"
#include "base/queue.h"
#include "ingest/again.h"
#include "ingest/compact.h"
#include "ingest/ingest.h"
#include "ingest/sync_inside.h"
#include "store/writer.h"

enum { MAX_READ = 256 << 10 };

/* ---- what the journal knows ---- */

bool sync_each_known(struct sync *sync, struct str prefix, bool (*fn)(struct str id, void *arg), void *arg,
		     struct err *err)
{
	struct store *st = sync_reader(sync, err);

	return st != NULL && store_each_delivery_id(st, sync->source->id, prefix, fn, arg, err);
}

bool sync_is_known(struct sync *sync, struct str id, bool *is, struct err *err)
{
	struct store *st = sync_reader(sync, err);
	int64_t row = 0;

	if (st == NULL || !store_find_delivery(st, sync->source->id, id, &row, err))
		return false;
	*is = row != 0;
	return true;
}

static bool read_row(struct store *st, int64_t id, char **bytes, size_t *n, struct err *err)
{
	struct arena *arena = arena_create(2 * MAX_READ);
	struct journal_row row = { 0 };
	bool ok = store_get_journal(st, id, arena, &row, err);

	if (ok && !compact_is(row.content_type) && row.body_sha256.len == 0 && row.body.len > 0 && row.size <= MAX_READ) {
		ok = again_load_body(&row, store_dir(st), bytes, err);
		*n = ok ? (size_t)row.size : 0;
	}
	arena_destroy(arena);
	return ok;
}

bool sync_read_known(struct sync *sync, struct str id, char **bytes, size_t *n, struct err *err)
{
	struct store *st = sync_reader(sync, err);
	int64_t row = 0;

	*bytes = NULL;
	*n = 0;
	if (st == NULL || !store_find_delivery(st, sync->source->id, id, &row, err))
		return false;
	return row == 0 || read_row(st, row, bytes, n, err);
}

bool sync_has_mail(struct sync *sync, struct str message_id, bool *has, struct err *err)
{
	struct store *st = sync_reader(sync, err);

	return st != NULL && store_has_other_mail(st, message_id, 0, has, err);
}

void sync_each_cursor(struct sync *sync, void (*fn)(struct str key, struct str cursor, void *arg), void *arg)
{
	for (size_t i = 0; i < sync->n_cursors; i++)
		fn(str_from(sync->cursors[i].key), str_from(sync->cursors[i].value), arg);
}

/* ---- what was found ---- */

/* On the worker's stack while the writer has it. */
struct report {
	struct job job;
	struct reconcile_row row;
	bool is_end;
	struct sync *sync;
	struct err err;
};

static bool apply_report(struct job *job, struct store *st, struct err *err)
{
	struct report *r = (struct report *)job;

	return r->is_end ? store_end_reconcile(st, r->row.connector, r->row.run_us, err)
			 : store_put_reconcile(st, &r->row, err);
}

static void report_done(struct job *job, const struct err *err)
{
	struct report *r = (struct report *)job;

	r->err = err ? *err : (struct err){ .kind = ERR_NONE };
	queue_push(r->sync->reports, r);
}

/* Waits until it is durable. */
static bool submit(struct sync *sync, struct report *r, struct err *err)
{
	void *item;
	bool ok;

	r->job = (struct job){ .apply = apply_report, .done = report_done, .bytes = sizeof(*r) };
	r->sync = sync;
	ok = writer_submit_wait(ingest_parts(sync->inst->ingest)->writer, &r->job, err);
	if (ok && queue_pop(sync->reports, &item, 1, -1) == 1 && r->err.kind != ERR_NONE) {
		*err = r->err;
		ok = false;
	}
	return ok;
}

bool sync_reconciled(struct sync *sync, const struct reconciled *folder, struct err *err)
{
	struct report r = { .row = {
		.connector = sync->source->id, .folder = folder->folder, .run_us = sync->now_us,
		.checked_us = clock_wall_us(), .listed = folder->listed, .known = folder->known,
		.filtered = folder->filtered, .missing = folder->missing, .healed = folder->healed,
		.vanished = folder->vanished, .note = folder->note, .error = folder->error,
	} };

	if (folder->error.len > 0)
		log_warn(&sync->source->log, "a folder could not be compared with the server",
			 kv_str("folder", folder->folder), kv_str("reason", folder->error));
	else if (folder->missing > 0 || folder->healed > 0)
		log_warn(&sync->source->log, "the journal lacked mail that the server has",
			 kv_str("folder", folder->folder), kv_i("fetched", folder->healed),
			 kv_i("missing", folder->missing));
	return submit(sync, &r, err);
}

void sync_progress(struct sync *sync, const struct reconcile_progress *now)
{
	atomic_store(&sync->progress.folder, now->folder);
	atomic_store(&sync->progress.n_folders, now->n_folders);
	atomic_store(&sync->progress.listed, now->listed);
	atomic_store(&sync->progress.of, now->of);
	atomic_store(&sync->progress.healed, now->healed);
	sync->deadline_us = clock_mono_us() + sync->timeout_us;
}

void sync_note_arrival(struct sync *sync)
{
	if (sync->is_comparing)
		sync->deadline_us = clock_mono_us() + sync->timeout_us;
}

void sync_get_progress(const struct sync *sync, struct reconcile_progress *now)
{
	struct sync *s = (struct sync *)sync;

	*now = (struct reconcile_progress){
		.folder = atomic_load(&s->progress.folder), .n_folders = atomic_load(&s->progress.n_folders),
		.listed = atomic_load(&s->progress.listed), .of = atomic_load(&s->progress.of),
		.healed = atomic_load(&s->progress.healed),
	};
}

/* ---- the run ---- */

bool sync_compare(struct sync *sync, struct err *err)
{
	struct report end = { .row = { .connector = sync->source->id, .run_us = sync->now_us }, .is_end = true };
	struct err late = { .kind = ERR_NONE };
	bool ok;

	if (sync->source->type->reconcile == NULL)
		return true;
	sync_progress(sync, &(struct reconcile_progress){ 0 });
	sync->is_comparing = true;
	ok = sync->source->type->reconcile(sync->session, sync, err);
	sync->is_comparing = false;
	/* Also what a folder that failed has left on its way: the run that follows begins at what is durable. */
	if (!sync_flush(sync, &late) && ok) {
		*err = late;
		ok = false;
	}
	if (!ok)
		return false;
	sync_progress(sync, &(struct reconcile_progress){ 0 });
	sync->has_reconciled = submit(sync, &end, err);
	return sync->has_reconciled;
}

bool sync_has_reconciled(const struct sync *sync)
{
	return sync->has_reconciled;
}
