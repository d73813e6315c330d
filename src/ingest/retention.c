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

#define WEEK_US (INT64_C(7) * 86400 * US_PER_S - INT64_C(3600) * US_PER_S)	/* at the same hour of the night */

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

/* A run that was killed is told of by the next one. */
static bool tell(struct retention *r, struct store *st, struct err *err)
{
	struct retention_state now;
	char n[40];

	if (!store_get_retention(st, r->c, &now, err))
		return false;
	snprintf(n, sizeof(n), "rows: %lld", (long long)(now.n_rows - now.n_told));
	return now.n_rows == now.n_told ||
	       (audit_add(st, &(struct audit_entry){ .who = STR("daybookd"), .what = STR("retention"),
						     .which = str_from(retention_class_name(r->c)), .detail = str_from(n) }, err) &&
		store_tell_retention(st, r->c, err));
}

static bool apply_state(struct store *st, void *arg, struct err *err)
{
	const struct retention *r = arg;

	return store_put_retention(st, r->c, &r->state, err);
}

static bool apply_end(struct store *st, void *arg, struct err *err)
{
	return apply_state(st, arg, err) && tell(arg, st, err);
}

struct taken {
	struct retention *r;
	int64_t n;
};

static bool apply_count(struct store *st, void *arg, struct err *err)
{
	const struct taken *t = arg;

	return store_count_retention(st, t->r->c, t->n, err);
}

void retention_note_failure(struct retention *r, int64_t row)
{
	r->n_failed++;
	if (r->first_failed == 0 || row < r->first_failed)
		r->first_failed = row;
}

static bool take_page(struct retention *r, const struct id_page *page)
{
	struct taken taken = { .r = r, .n = (int64_t)page->n };

	if (r->c != RETENTION_TIMELINE && r->c != RETENTION_DEAD_LETTERS)
		return retention_strip(r, page);
	return (r->c == RETENTION_TIMELINE ? erase_take_expired(&r->e, page->ids, page->n) : erase_take_rows(&r->e, page->ids, page->n)) &&
	       purge_run(r->e.parts->writer, apply_count, &taken, &r->e.err);
}

/* One that cannot be taken must not keep the others: each by itself. */
static bool take_each(struct retention *r, const struct id_page *page)
{
	for (size_t i = 0; i < page->n; i++) {
		const struct id_page one = { .ids = { page->ids[i] }, .n = 1 };

		if (erase_is_canceled(&r->e))
			return false;
		if (!take_page(r, &one))
			retention_note_failure(r, page->ids[i]);
	}
	return true;
}

static bool keep_state(struct retention *r)
{
	r->state.done_id = r->first_failed != 0 ? r->first_failed - 1 : r->at;
	return purge_run(r->e.parts->writer, apply_state, r, &r->e.err);
}

static bool take_pages(struct retention *r)
{
	struct id_page page;

	do {
		if (erase_is_canceled(&r->e) || !store_next_expired(r->e.reader, r->c, r->at, r->before_us, &page, &r->e.err))
			return false;
		if (page.n == 0)
			return true;
		if (!take_page(r, &page) && (r->e.err.kind == ERR_CANCELED || !take_each(r, &page)))
			return false;
		r->at = page.ids[page.n - 1];
		if (!keep_state(r))
			return false;
	} while (page.n == countof(page.ids));
	return true;
}

/* What was pending or dead then may have become an entry since: all of it is looked at once a week. */
static void choose_first_row(struct retention *r, int64_t now_us)
{
	if (r->is_anew || now_us - r->state.whole_us >= WEEK_US) {
		r->state.done_id = 0;
		r->state.whole_us = now_us;
	}
	r->at = r->state.done_id;
	r->first_failed = r->n_failed = 0;
}

/* A run that was canceled says nothing new of what failed. */
static bool end_class(struct retention *r, bool ok)
{
	struct err *err = &r->e.err;

	r->n_failed_in_all += r->n_failed;
	if (ok && r->n_failed == 0)
		r->state.error[0] = '\0';
	else if (ok || err->kind != ERR_CANCELED)
		snprintf(r->state.error, sizeof(r->state.error), "%lld rows stay: %s", (long long)r->n_failed, err->msg);
	r->state.done_id = r->first_failed != 0 ? r->first_failed - 1 : r->at;
	return purge_run(r->e.parts->writer, apply_end, r, err) && ok;
}

/* The first state is there before anything goes: by it the writer knows that it has to look (store_has_tombstones). */
static bool run_class(struct retention *r, int64_t keep_us)
{
	int64_t now_us = clock_wall_us();

	if (!store_get_retention(r->e.reader, r->c, &r->state, &r->e.err))
		return false;
	if (r->is_first && (r->state.ran_us == 0 || nightly_next_us(AT_MINUTE, r->state.ran_us, now_us, 0) > now_us))
		return true;
	r->has_run = true;
	r->state.ran_us = now_us;
	r->before_us = now_us - keep_us;
	r->e.expires_before = id_next(0, r->before_us, 0);
	choose_first_row(r, now_us);
	return keep_state(r) && end_class(r, take_pages(r));
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
	if (!r->has_run)
		return true;
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

	if (run_all(r) && r->n_failed_in_all == 0)
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

static bool begin(struct ingest *g, bool is_first)
{
	struct retention *r = xnew(struct retention);

	r->is_anew = g->retains_anew;
	r->is_first = is_first;
	r->e.ingest = g;
	r->e.parts = ingest_parts(g);
	r->e.config = (struct config *)config_ref((struct config *)ingest_config(g));
	ingest_enter(g);
	g->retention = r;
	if (pool_run(ingest_parse_pool(g), run_on_worker, r))
		return true;
	g->retention = NULL;	/* all workers are busy: again at the next look */
	let_go(r);
	return false;
}

/* After a start it looks at once whether a night was missed. */
void retention_look(struct ingest *g)
{
	int64_t now_us = clock_wall_us();

	if (g->retention != NULL || g->is_stopped || keeps_all(ingest_config(g)))
		return;
	if (now_us < g->retain_at_us || !begin(g, g->retain_at_us == 0))
		return;
	g->retain_at_us = nightly_next_us(AT_MINUTE, 0, now_us, 0);
	g->retains_anew = false;
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
