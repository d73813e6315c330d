#include "ingest/retention.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "conf/nightly.h"
#include "ingest/ingest.h"
#include "ingest/inside.h"
#include "ingest/purge_files.h"
#include "ingest/purge_jobs.h"
#include "ingest/retention_inside.h"
#include "store/audit.h"

#define WEEK_DAYS 7
#define DAY_US (INT64_C(86400) * US_PER_S)

enum { AT_MINUTE = 4 * 60 };

int64_t retention_of(const struct config *config, int c)
{
	const struct config_retention *r = &config->retention;
	const int64_t kept[RETENTION_CLASS_COUNT] = {
		[RETENTION_RAW_WEBHOOKS] = r->raw_webhooks, [RETENTION_RAW_EMAIL] = r->raw_email,
		[RETENTION_ATTACHMENTS] = r->attachments, [RETENTION_FILTERED] = r->filtered,
		[RETENTION_DEAD_LETTERS] = r->dead_letters, [RETENTION_TIMELINE] = r->timeline,
	};

	return kept[c];
}

/* ---- one class ---- */

static bool tell(const struct retention *r, struct store *st, struct err *err)
{
	char n[40];

	snprintf(n, sizeof(n), "rows: %lld", (long long)(r->state.n_rows - r->n_before));
	return r->state.n_rows == r->n_before ||
	       audit_add(st, &(struct audit_entry){ .who = STR("daybookd"), .what = STR("retention"),
						    .which = str_from(retention_class_name(r->c)), .detail = str_from(n) }, err);
}

static bool apply_state(struct store *st, void *arg, struct err *err)
{
	const struct retention *r = arg;

	return store_put_retention(st, r->c, &r->state, err) && tell(r, st, err);
}

static bool keep_state(struct retention *r)
{
	return purge_run(r->e.parts->writer, apply_state, r, &r->e.err);
}

static bool take_page(struct retention *r, const struct id_page *page)
{
	bool ok;

	if (r->c != RETENTION_TIMELINE && r->c != RETENTION_DEAD_LETTERS)
		return retention_strip(r, page);
	ok = r->c == RETENTION_TIMELINE ? erase_take_expired(&r->e, page->ids, page->n) : erase_take_rows(&r->e, page->ids, page->n);
	r->state.n_rows += ok ? (int64_t)page->n : 0;
	return ok;
}

/* One that cannot be taken must not keep the others: each by itself. */
static bool take_each(struct retention *r, const struct id_page *page)
{
	for (size_t i = 0; i < page->n; i++) {
		const struct id_page one = { .ids = { page->ids[i] }, .n = 1 };

		if (erase_is_canceled(&r->e))
			return false;
		r->n_failed += !take_page(r, &one);
	}
	return true;
}

static bool take_pages(struct retention *r)
{
	struct id_page page;

	do {
		if (erase_is_canceled(&r->e) ||
		    !store_next_expired(r->e.reader, r->c, r->state.done_id, r->before_us, &page, &r->e.err))
			return false;
		if (page.n == 0)
			return true;
		if (!take_page(r, &page) && (r->e.err.kind == ERR_CANCELED || !take_each(r, &page)))
			return false;
		r->state.done_id = page.ids[page.n - 1];
	} while (page.n == countof(page.ids));
	return true;
}

/* The first state is there before anything goes: by it the writer knows that it has to look (store_has_tombstones). */
static bool run_class(struct retention *r, int64_t keep_us)
{
	int64_t now_us = clock_wall_us();
	bool ok;

	if (!store_get_retention(r->e.reader, r->c, &r->state, &r->e.err))
		return false;
	r->state.ran_us = now_us;
	r->n_before = r->state.n_rows;
	r->before_us = now_us - keep_us;
	r->n_failed = 0;
	r->e.expires_before = id_next(0, r->before_us, 0);
	/* What was pending or dead then may have become an entry since: all of it is looked at once a week. */
	if (r->is_anew || now_us / DAY_US % WEEK_DAYS == 0)
		r->state.done_id = 0;
	r->state.error[0] = '\0';
	if (!keep_state(r))
		return false;
	ok = take_pages(r);
	if (r->n_failed > 0 || !ok)
		snprintf(r->state.error, sizeof(r->state.error), "%lld rows stay: %s", (long long)r->n_failed, r->e.err.msg);
	return keep_state(r) && ok;
}

static bool run_all(struct retention *r)
{
	bool has;

	if (!store_open(r->e.parts->dir, STORE_READER, &r->e.reader, &r->e.err) ||
	    !sources_init(&r->e.sources, r->e.config, r->e.parts->import, r->e.parts->known, r->e.reader, &r->e.err))
		return false;
	/* What goes altogether need not be read again before. */
	for (int c = RETENTION_CLASS_COUNT - 1; c >= 0; c--) {
		int64_t keep_us = retention_of(r->e.config, c);

		r->c = (enum retention_class)c;
		if (keep_us > 0 && !run_class(r, keep_us))
			return false;
	}
	if (!store_has_deleted_words(r->e.reader, &has, &r->e.err) ||
	    (has && !purge_squeeze(r->e.parts->writer, &r->e.is_canceled, &r->e.err)))
		return false;
	purge_remove_files(r->e.parts, r->e.reader);
	return erase_empty_log(&r->e);
}

/* ---- the loop's side ---- */

static void let_go(struct retention *r)
{
	struct ingest *g = r->e.ingest;

	config_unref(r->e.config);
	free(r);
	ingest_leave(g);
}

static void on_over(void *arg)
{
	struct retention *r = arg;

	if (r->e.err.kind != ERR_NONE && r->e.err.kind != ERR_CANCELED)
		log_warn(NULL, "not all that is kept no longer could be taken away; it is tried again tomorrow",
			 kv_s("reason", r->e.err.msg));
	r->e.ingest->retention = NULL;
	let_go(r);
}

static void run_on_worker(void *arg)
{
	struct retention *r = arg;

	if (run_all(r) && r->n_failed == 0)
		r->e.err.kind = ERR_NONE;
	sources_finish(&r->e.sources);
	store_close(r->e.reader);
	ingest_call_loop(r->e.ingest, on_over, r);
}

static bool keeps_all(const struct config *config)
{
	for (int c = 0; c < RETENTION_CLASS_COUNT; c++)
		if (retention_of(config, c) > 0)
			return false;
	return true;
}

static void begin(struct ingest *g, bool is_anew)
{
	struct retention *r = xnew(struct retention);

	r->is_anew = is_anew;
	r->e.ingest = g;
	r->e.parts = ingest_parts(g);
	r->e.config = (struct config *)config_ref((struct config *)ingest_config(g));
	ingest_enter(g);
	g->retention = r;
	if (pool_run(ingest_parse_pool(g), run_on_worker, r))
		return;
	g->retention = NULL;	/* all workers are busy: again at the next look */
	g->retain_at_us = clock_wall_us();
	g->retains_anew = is_anew;
	let_go(r);
}

void retention_look(struct ingest *g)
{
	int64_t now_us = clock_wall_us();
	bool is_anew = g->retains_anew;

	if (g->retention != NULL || g->is_stopped || keeps_all(ingest_config(g)))
		return;
	if (g->retain_at_us == 0)
		g->retain_at_us = nightly_next_us(AT_MINUTE, 0, now_us, 0);
	if (now_us < g->retain_at_us)
		return;
	g->retain_at_us = nightly_next_us(AT_MINUTE, 0, now_us, 0);
	g->retains_anew = false;
	begin(g, is_anew);
}

void retention_wake(struct ingest *g)
{
	g->retain_at_us = 1;
	g->retains_anew = true;
	retention_look(g);
}

void retention_cancel(struct ingest *g)
{
	if (g->retention != NULL)
		atomic_store(&g->retention->e.is_canceled, true);
}
