#include "ingest/purge.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ingest/inside.h"
#include "ingest/instance.h"
#include "ingest/pull.h"
#include "ingest/purge_files.h"
#include "ingest/purge_inside.h"
#include "ingest/purge_jobs.h"
#include "ingest/sources.h"
#include "store/forget.h"

/* After a failure; and where some of it cannot be done, which all of it is gone through for. */
#define PAUSE_US (60 * US_PER_S)
#define LONG_PAUSE_US (3600 * US_PER_S)

enum { POSITION_SIZE = 120 };

#define KEY STR("\tblock")	/* no folder can have it */

/* ---- the position: which list, and how far ---- */

static void put_list(const struct conf_list *list, char hex[SHA256_HEX_SIZE])
{
	unsigned char md[SHA256_SIZE];
	struct sha256 *hash = sha256_create();

	for (size_t i = 0; i < list->n_items; i++)
		sha256_add(hash, (struct str){ list->items[i], strlen(list->items[i]) + 1 });
	sha256_end(hash, md);
	sha256_destroy(hash);
	crypto_hex(md, sizeof(md), hex);
}

struct position {
	struct str list;		/* its hash */
	int64_t last_id;
};

static bool take_position(struct str key, struct str value, void *arg)
{
	struct position *p = arg;
	struct str version, list;

	if (!str_eq(key, KEY))
		return true;
	if (str_next(&value, ' ', &version) && str_eq(version, STR("v1")) && str_next(&value, ' ', &list) &&
	    str_eq(list, p->list))
		str_int64(value, &p->last_id);
	return false;
}

/* ---- all of them ---- */

/* A page's blocked rows go together: what is derived anew then is derived once. */
static bool look_at(struct purge *p, const struct id_page *page)
{
	struct id_page blocked = { .n = 0 };

	for (size_t i = 0; i < page->n; i++) {
		bool is;

		if (atomic_load(&p->is_canceled))
			return err_setf(&p->err, ERR_CANCELED, "canceled");
		if (!purge_is_blocked(p, page->ids[i], &is))
			return false;
		if (is)
			blocked.ids[blocked.n++] = page->ids[i];
	}
	if (!purge_take_away(p, &blocked))
		return false;
	p->last_id = page->ids[page->n - 1];
	return true;
}

static bool look_at_all(struct purge *p)
{
	struct id_page page;

	do
		if (!store_next_rows_of(p->reader, p->source->id, p->last_id, &page, &p->err) ||
		    (page.n > 0 && !look_at(p, &page)))
			return false;
	while (page.n == countof(page.ids));
	return true;
}

static bool keep_position(struct purge *p, struct str list)
{
	char text[POSITION_SIZE];

	if (p->n_failed > 0)		/* all of it is gone through again */
		p->last_id = 0;
	snprintf(text, sizeof(text), "v1 " STR_FMT " %lld", STR_ARG(list), (long long)p->last_id);
	return purge_end(p->parts->writer, p->source->id, KEY, str_from(text), &p->err);
}

/* Also what a run before this one did not come to. */
static bool squeeze(struct purge *p)
{
	bool has;

	return store_has_deleted_words(p->reader, &has, &p->err) &&
	       (!has || purge_squeeze(p->parts->writer, &p->is_canceled, &p->err));
}

static bool run(struct purge *p)
{
	char hex[SHA256_HEX_SIZE];
	struct position from = { .last_id = 0 };

	put_list(p->source->type->block_list(p->source->conf), hex);
	from.list = str_from(hex);
	if (!store_open(p->parts->dir, STORE_READER, &p->reader, &p->err))
		return false;
	if (!store_each_cursor(p->reader, p->source->id, take_position, &from, &p->err) ||
	    !sources_init(&p->sources, p->config, p->parts->import, p->parts->known, p->reader, &p->err))
		return false;
	p->last_id = from.last_id;
	if (!look_at_all(p) || !squeeze(p))
		return false;
	if (p->n_removed > 0)
		purge_remove_files(p->parts, p->reader);
	if (!keep_position(p, from.list))
		return false;
	p->err = p->failure;
	return p->n_failed == 0;
}

/* ---- the loop's side ---- */

static void tell(const struct purge *p)
{
	struct log_ctx *log = &p->source->log;

	if (p->n_removed > 0)
		log_info(log, "block list: took away what was here of whoever is on it", kv_i("messages", (int64_t)p->n_removed));
	if (p->n_failed > 0)
		log_warn(log, "block list: some of it could not be taken away; it is tried again every hour",
			 kv_i("messages", (int64_t)p->n_failed), kv_s("reason", p->err.msg));
	else if (p->err.kind != ERR_NONE && p->err.kind != ERR_CANCELED)
		log_warn(log, "block list: what was here before could not be looked through; it is tried again",
			 kv_s("reason", p->err.msg));
}

static void let_go(struct purge *p)
{
	struct instance *inst = p->inst;

	source_unref(p->source);
	config_unref(p->config);
	free(p);
	ingest_leave(inst->ingest);
	instance_unref(inst);
}

/* One at a time: those who parse mail must not all be busy with it. */
static bool is_one_at_work(struct ingest *g)
{
	for (const struct instance *inst = ingest_first(g); inst != NULL; inst = inst->next)
		if (inst->purge != NULL)
			return true;
	return false;
}

/* Whoever is before the others in the list must not always be the one. */
static void look_at_next(struct instance *inst)
{
	if (inst->is_gone || inst->ingest->is_stopped)
		return;
	for (inst = inst->next; inst != NULL; inst = inst->next)
		purge_look(inst);
}

static void on_over(void *arg)
{
	struct purge *p = arg;
	struct instance *inst = p->inst;

	tell(p);
	inst->purge = NULL;
	if (p->err.kind != ERR_NONE && p->err.kind != ERR_CANCELED) {
		inst->purge_after_us = clock_mono_us() + (p->n_failed > 0 ? LONG_PAUSE_US : PAUSE_US);
	} else if (p->err.kind == ERR_NONE && !p->is_behind) {
		source_unref(inst->purged_by);
		inst->purged_by = source_ref(p->source);
	}
	look_at_next(inst);
	let_go(p);
}

/* Worker. */
static void run_on_worker(void *arg)
{
	struct purge *p = arg;

	if (run(p))
		p->err.kind = ERR_NONE;
	sources_finish(&p->sources);
	store_close(p->reader);
	ingest_call_loop(p->inst->ingest, on_over, p);
}

void purge_look(struct instance *inst)
{
	const struct connector *type = inst->source->type;
	struct purge *p;

	if (type->block_list == NULL || inst->purged_by == inst->source || is_one_at_work(inst->ingest) ||
	    type->block_list(inst->source->conf)->n_items == 0 || clock_mono_us() < inst->purge_after_us)
		return;
	p = xnew(struct purge);
	p->inst = instance_ref(inst);
	p->source = source_ref(inst->source);
	p->config = (struct config *)config_ref((struct config *)ingest_config(inst->ingest));
	p->parts = ingest_parts(inst->ingest);
	p->is_behind = inst->fetching != NULL || (inst->pull != NULL && pull_is_behind(inst->pull));
	ingest_enter(inst->ingest);
	if (pool_run(ingest_parse_pool(inst->ingest), run_on_worker, p))
		inst->purge = p;
	else
		let_go(p);	/* all workers are busy: again at the next look */
}

void purge_cancel(struct instance *inst)
{
	if (inst->purge != NULL)
		atomic_store(&inst->purge->is_canceled, true);
}
