#include "ingest/undo.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "conf/config.h"
#include "ingest/inside.h"
#include "ingest/purge_files.h"
#include "ingest/purge_inside.h"
#include "ingest/purge_jobs.h"
#include "ingest/seed.h"
#include "store/audit.h"
#include "store/import.h"
#include "store/upload.h"

#define PAUSE_US (60 * US_PER_S)	/* after a failure */

enum { ROOM = 1 << 20 };

struct undo {
	struct purge purge;		/* first */
	struct ingest *ingest;
	int64_t n_done;
};

/* ---- the beginning ---- */

bool undo_begin(struct store *st, int64_t import, struct str by, struct err *err)
{
	char id[ID_TEXT_SIZE];
	const struct audit_entry entry = { .who = by, .what = STR("import undo"), .which = str_from(id_format(import, "imp_", id)) };

	return store_undo_import(st, import, by, clock_wall_us(), err) && audit_add(st, &entry, err);
}

/* ---- the same bytes by another import ---- */

struct giving {
	int64_t import;
	struct id_page page, left;	/* left: what no other import has brought, byte for byte */
};

static bool apply_giving(struct store *st, void *arg, struct err *err)
{
	struct giving *g = arg;
	bool is;

	g->left.n = 0;
	for (size_t i = 0; i < g->page.n; i++) {
		if (!store_give_row_away(st, g->import, g->page.ids[i], &is, err))
			return false;
		if (!is)
			g->left.ids[g->left.n++] = g->page.ids[i];
	}
	return true;
}

/* ---- one import ---- */

static bool take_all(struct undo *u)
{
	struct giving giving = { .import = u->purge.import };
	struct purge *p = &u->purge;
	int64_t last = 0;

	do {
		if (atomic_load(&p->is_canceled))
			return err_setf(&p->err, ERR_CANCELED, "canceled");
		if (!store_next_rows_of_import(p->reader, p->import, last, &giving.page, &p->err))
			return false;
		if (giving.page.n == 0)
			break;
		last = giving.page.ids[giving.page.n - 1];
		if (!purge_run(p->parts->writer, apply_giving, &giving, &p->err) || !purge_take_away(p, &giving.left))
			return false;
	} while (giving.page.n == countof(giving.page.ids));
	return p->n_failed == 0;
}

static bool apply_end(struct store *st, void *arg, struct err *err)
{
	int64_t id = *(int64_t *)arg;
	struct arena *arena = arena_create(ROOM);
	struct import_run_row row;
	char which[ID_TEXT_SIZE];
	bool ok = seed_weed(st, err) && store_forget_upload_mark(st, id, err) && store_end_undo(st, id, clock_wall_us(), err) &&
		  store_get_import(st, id, arena, &row, err);

	if (ok) {
		const struct audit_entry entry = {
			.who = STR("daybookd"), .what = STR("import undone"), .which = str_from(id_format(id, "imp_", which)),
			.detail = arena_strf(arena, "messages taken away: %lld", (long long)row.n_taken),
		};

		ok = audit_add(st, &entry, err);
	}
	arena_destroy(arena);
	return ok;
}

static bool squeeze(struct purge *p)
{
	bool has;

	return store_has_deleted_words(p->reader, &has, &p->err) &&
	       (!has || purge_squeeze(p->parts->writer, &p->is_canceled, &p->err));
}

/* Rows that cannot be taken stay for the next try, and what could be goes all the same. */
static bool run_one(struct undo *u)
{
	struct purge *p = &u->purge;

	p->n_failed = 0;
	if ((!take_all(u) && p->n_failed == 0) || !squeeze(p))
		return false;
	purge_remove_files(p->parts, p->reader);
	if (p->n_failed > 0) {
		p->err = p->failure;
		return false;
	}
	return purge_run(p->parts->writer, apply_end, &p->import, &p->err);
}

/* One that cannot be undone now must not keep the others. */
static bool run_each(struct undo *u)
{
	struct purge *p = &u->purge;
	size_t n_failed = 0;

	for (p->import = 0;;) {
		if (!store_next_undo(p->reader, p->import, &p->import, &p->err))
			return false;
		if (p->import == 0)
			break;
		if (run_one(u))
			u->n_done++;
		else if (p->n_failed == 0)
			return false;
		n_failed += p->n_failed;
	}
	if (n_failed > 0)
		p->err = p->failure;
	return n_failed == 0;
}

static bool run_all(struct undo *u)
{
	struct purge *p = &u->purge;

	return store_open(p->parts->dir, STORE_READER, &p->reader, &p->err) &&
	       sources_init(&p->sources, p->config, p->parts->import, p->parts->known, p->reader, &p->err) && run_each(u);
}

/* ---- the loop's side ---- */

static void let_go(struct undo *u)
{
	source_unref(u->purge.source);
	config_unref(u->purge.config);
	ingest_leave(u->ingest);
	free(u);
}

static void on_over(void *arg)
{
	struct undo *u = arg;
	struct ingest *g = u->ingest;
	const struct err *err = &u->purge.err;

	if (u->n_done > 0)
		log_info(NULL, "imports were undone", kv_i("imports", u->n_done), kv_i("messages", (int64_t)u->purge.n_removed));
	if (err->kind != ERR_NONE && err->kind != ERR_CANCELED)
		log_warn(NULL, "an import is not undone yet; it is tried again", kv_s("reason", err->msg));
	g->undo = NULL;
	g->may_undo |= err->kind != ERR_NONE;
	g->undo_after_us = err->kind == ERR_NONE ? 0 : clock_mono_us() + PAUSE_US;
	let_go(u);
}

/* Worker. */
static void run_on_worker(void *arg)
{
	struct undo *u = arg;

	if (run_all(u))
		u->purge.err.kind = ERR_NONE;
	sources_finish(&u->purge.sources);
	store_close(u->purge.reader);
	ingest_call_loop(u->ingest, on_over, u);
}

void undo_wake(struct ingest *g)
{
	g->may_undo = true;
	g->undo_after_us = 0;
	undo_look(g);
}

void undo_look(struct ingest *g)
{
	struct undo *u;

	if (g->undo != NULL || g->is_stopped || !g->may_undo || clock_mono_us() < g->undo_after_us)
		return;
	u = xnew(struct undo);
	u->ingest = g;
	u->purge.parts = ingest_parts(g);
	u->purge.source = source_ref(g->import);
	u->purge.config = (struct config *)config_ref((struct config *)ingest_config(g));
	ingest_enter(g);
	if (!pool_run(ingest_parse_pool(g), run_on_worker, u)) {
		let_go(u);	/* all workers are busy: again at the next look */
		return;
	}
	g->may_undo = false;
	g->undo = u;
}

void undo_cancel(struct ingest *g)
{
	if (g->undo != NULL)
		atomic_store(&g->undo->purge.is_canceled, true);
}
