#include "ingest/erase.h"

#include <glob.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ingest/erase_inside.h"
#include "ingest/ingest.h"
#include "ingest/inside.h"
#include "ingest/purge_files.h"
#include "ingest/purge_jobs.h"
#include "store/export_file.h"
#include "store/merge.h"
#include "store/spool.h"
#include "store/writer.h"

#define PAUSE_US (60 * US_PER_S)		/* after a failure */
#define EMPTY_WITHIN_US (20 * US_PER_S)

enum { ROOM = 64 << 20, MAX_CONTACTS = 1024, TRIES = 20, MAX_NEW_PAGES = 64 };

bool erase_is_canceled(struct erase *e)
{
	if (!atomic_load(&e->is_canceled))
		return false;
	err_setf(&e->err, ERR_CANCELED, "canceled");
	return true;
}

/* ---- one contact ---- */

static bool take_entries(struct erase *e)
{
	struct id_page page;
	int64_t first = 0;

	/* What is taken is theirs no more. One that stays all the same is told of in the end. */
	for (;;) {
		if (erase_is_canceled(e) || !store_next_entries_of(e->reader, e->contact, e->what.at_us, &page, &e->err))
			return false;
		if (page.n == 0 || page.ids[0] == first)
			return true;
		first = page.ids[0];
		if (!erase_take_entries(e, page.ids, page.n, false))
			return false;
	}
}

static bool apply_answers(struct store *st, void *arg, struct err *err)
{
	struct erase *e = arg;
	struct arena *arena = arena_create(ROOM);
	bool ok = erase_answers(st, e->contact, arena, err);

	arena_destroy(arena);
	return ok;
}

/* What has come of them since it began is somebody new's. The contact goes by it, and its handles with it. */
static bool leave_the_new(struct erase *e)
{
	struct id_page page = { .n = countof(page.ids) };

	for (int i = 0; i < MAX_NEW_PAGES && page.n == countof(page.ids); i++) {
		if (erase_is_canceled(e) || !store_next_entries_of(e->reader, e->contact, 0, &page, &e->err))
			return false;
		if (page.n > 0 && (!purge_run(e->parts->writer, apply_answers, e, &e->err) ||
				   !erase_take_entries(e, page.ids, page.n, true)))
			return false;
	}
	return true;
}

/* Neither gone already nor, in a backup, merged into somebody else. */
static bool is_there(struct erase *e, bool *is)
{
	struct contact_row row = { 0 };
	bool has = store_get_contact(e->reader, e->contact, e->arena, &row, &e->err);

	*is = has && row.merged_into == 0;
	return has || e->err.kind == ERR_MISSING;
}

static bool run_end(struct erase *e);

static bool take_contact(struct erase *e)
{
	bool is;

	if (!is_there(e, &is))
		return false;
	if (is && !(erase_take_leftovers(e) && erase_hide_origins(e)))
		return false;
	for (int i = 0; i < TRIES; i++) {
		if (!is)
			return true;
		if (!take_entries(e) || !leave_the_new(e) || !run_end(e))
			return false;
		is = !e->is_gone;
	}
	return !is || err_setf(&e->err, ERR_AGAIN, "they go on writing, faster than they can be erased");
}

/* ---- small jobs ---- */

static bool apply_end(struct store *st, void *arg, struct err *err)
{
	struct erase *e = arg;

	return erase_end_contact(st, e->what.id, e->contact, &e->is_gone, err);
}

static bool run_end(struct erase *e)
{
	return purge_run(e->parts->writer, apply_end, e, &e->err);
}

static bool apply_done(struct store *st, void *arg, struct err *err)
{
	return store_count_erasure(st, arg, err);
}

/* ---- what lies around ---- */

/* What a rebuild or a restore kept has all of them in it. */
static int64_t remove_old_databases(const char *dir)
{
	auto_free char *pattern = xasprintf("%s/daybook.db.before-*", dir);
	int64_t n = 0;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++)
		n += unlink(found.gl_pathv[i]) == 0;
	globfree(&found);
	return n;
}

/* What was, stands there until the log begins anew. A reader may be in the way for a while. */
bool erase_empty_log(struct erase *e)
{
	return writer_empty_log(e->parts->writer, clock_mono_us() + EMPTY_WITHIN_US, &e->is_canceled, &e->err);
}

static bool count_doomed(struct str sha256, bool is_named, void *arg)
{
	(void)sha256;
	*(int64_t *)arg += !is_named;
	return true;
}

static bool clean_up(struct erase *e)
{
	struct erasure done = { .id = e->what.id };
	bool has;

	/* Nobody has looked into what waits to be imported, nor into what was exported. */
	spool_sweep(e->parts->dir, NULL, NULL);
	export_file_sweep(e->parts->dir, NULL, NULL);
	if (!store_has_deleted_words(e->reader, &has, &e->err) ||
	    (has && !purge_squeeze(e->parts->writer, &e->is_canceled, &e->err)) ||
	    !store_each_doomed(e->reader, count_doomed, &done.n_files, &e->err))
		return false;
	purge_remove_files(e->parts, e->reader);
	done.n_old_databases = remove_old_databases(e->parts->dir);
	done.done_us = clock_wall_us();
	return erase_empty_log(e) && purge_run(e->parts->writer, apply_done, &done, &e->err);
}

/* ---- one erasure ---- */

struct contacts {
	int64_t ids[MAX_CONTACTS];
	size_t n;
};

static bool add_contact(int64_t id, void *arg)
{
	struct contacts *c = arg;

	c->ids[c->n++] = id;
	return c->n < countof(c->ids);
}

static bool run_one(struct erase *e, int64_t id)
{
	struct contacts contacts = { .n = 0 };

	if (!store_get_erasure(e->reader, id, e->arena, &e->what, &e->err) ||
	    !store_each_erased_contact(e->reader, id, add_contact, &contacts, &e->err) ||
	    !erase_list_add(e->parts->dir, e->reader, &e->what, e->arena, &e->err))
		return false;
	for (size_t i = 0; i < contacts.n; i++) {
		e->contact = contacts.ids[i];
		if (!take_contact(e))
			return false;
	}
	return clean_up(e);
}

static bool run_all(struct erase *e)
{
	int64_t id;

	if (!store_open(e->parts->dir, STORE_READER, &e->reader, &e->err) ||
	    !sources_init(&e->sources, e->config, e->parts->import, e->parts->known, e->reader, &e->err))
		return false;
	for (;;) {
		bool ok;

		if (!store_next_erasure(e->reader, &id, &e->err))
			return false;
		if (id == 0)
			return true;
		e->arena = arena_create(ROOM);
		ok = run_one(e, id);
		arena_destroy(e->arena);
		if (!ok)
			return false;
		e->n_done++;
	}
}

static bool run(struct erase *e)
{
	bool ok = run_all(e);

	sources_finish(&e->sources);
	store_close(e->reader);
	return ok;
}

bool erase_finish_all(const struct ingest_parts *parts, const struct config *config, struct err *err)
{
	struct erase e = { .parts = parts, .config = (struct config *)config };
	bool ok = run(&e);

	if (!ok)
		*err = e.err;
	return ok;
}

/* ---- the loop's side ---- */

static void on_over(void *arg)
{
	struct erase *e = arg;
	struct ingest *g = e->ingest;

	if (e->n_done > 0)
		log_info(NULL, "who was to be erased is erased", kv_i("erasures", e->n_done));
	if (e->err.kind != ERR_NONE && e->err.kind != ERR_CANCELED)
		log_warn(NULL, "an erasure is not done yet; it is tried again", kv_s("reason", e->err.msg));
	g->erase = NULL;
	g->may_erase |= e->err.kind != ERR_NONE;
	g->erase_after_us = e->err.kind == ERR_NONE ? 0 : clock_mono_us() + PAUSE_US;
	config_unref(e->config);
	free(e);
	ingest_leave(g);
}

static void run_on_worker(void *arg)
{
	struct erase *e = arg;

	if (run(e))
		e->err.kind = ERR_NONE;
	ingest_call_loop(e->ingest, on_over, e);
}

void erase_wake(struct ingest *g)
{
	g->may_erase = true;
	erase_look(g);
}

void erase_look(struct ingest *g)
{
	struct erase *e;

	if (g->erase != NULL || g->is_stopped || !g->may_erase || clock_mono_us() < g->erase_after_us)
		return;
	g->may_erase = false;
	e = xnew(struct erase);
	e->ingest = g;
	e->parts = ingest_parts(g);
	e->config = (struct config *)config_ref((struct config *)ingest_config(g));
	ingest_enter(g);
	g->erase = e;
	if (pool_run(ingest_parse_pool(g), run_on_worker, e))
		return;
	g->may_erase = true;	/* all workers are busy: again at the next look */
	g->erase = NULL;
	config_unref(e->config);
	free(e);
	ingest_leave(g);
}

void erase_cancel(struct ingest *g)
{
	if (g->erase != NULL)
		atomic_store(&g->erase->is_canceled, true);
}
