#include "ingest/purge.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ingest/again.h"
#include "ingest/inside.h"
#include "ingest/instance.h"
#include "ingest/parse.h"
#include "ingest/pull.h"
#include "ingest/purge_files.h"
#include "ingest/purge_jobs.h"
#include "ingest/sources.h"
#include "ingest/unlearn.h"
#include "store/forget.h"

#define PURGE_PAUSE_US (60 * US_PER_S)	/* after a failure */

enum { PAGE = 200, ROW_ROOM = 80 << 20, KIN_ROOM = 256 << 20, TRIES = 5, POSITION_SIZE = 120 };

#define KEY STR("\tblock")	/* no folder can have it */

struct purge {
	struct instance *inst;
	struct source *source;		/* with the list */
	struct config *config;		/* by which others' messages are read again */
	const struct ingest_parts *parts;
	atomic_bool is_canceled;
	bool is_behind;			/* a run by an older list may have been on its way when this began */

	/* The worker's. */
	struct store *reader;
	struct sources sources;
	int64_t last_id;		/* looked through up to here */
	size_t n_removed;
	struct err err;
};

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

/* ---- one row ---- */

/* By the same few header fields as before it would be fetched today. */
static bool is_blocked(struct purge *p, int64_t id, bool *is)
{
	struct arena *arena = arena_create(ROW_ROOM);
	struct journal_row row;
	char *plain = NULL;
	bool ok = store_get_journal(p->reader, id, arena, &row, &p->err);

	*is = false;
	if (ok && again_load_body(&row, p->parts->dir, &plain, &p->err)) {
		const struct raw raw = { .id = row.delivery_id, .content_type = row.content_type, .meta = row.meta,
					 .body = { plain, (size_t)row.size }, .received_us = row.received_us };

		*is = p->source->type->blocks(p->source->conf, &raw);
		free(plain);
	} else if (ok && p->err.kind != ERR_MISSING) {
		ok = false;
	} else if (ok) {
		p->err.kind = ERR_NONE;	/* whose bytes are gone nobody can judge */
	}
	arena_destroy(arena);
	return ok;
}

/* A message of another connector, or of this one and not on the list, that brought the same entry. */
static struct intake *read_again(struct purge *p, int64_t id, int64_t connector, struct arena *arena)
{
	struct source *source = sources_find(&p->sources, connector, &p->err);
	struct journal_row row;
	struct intake *in;

	if (source == NULL || !store_get_journal(p->reader, id, arena, &row, &p->err))
		return NULL;
	in = again_load(source, &row, p->parts->dir, &p->err);
	if (in == NULL)
		return NULL;
	if (!source->type->is_hostile) {
		intake_normalize_here(in);
	} else if (!intake_parse(in, p->parts->parsers, p->parts->dir, &p->err)) {
		intake_destroy(in);
		return NULL;
	}
	return in;
}

static bool add_file(const char sha256[65], void *arg)
{
	struct unlearn *u = arg;
	struct str *grown = arena_grow(u->arena, u->files, u->n_files, sizeof(*grown));

	if (grown == NULL)
		return false;
	u->files = grown;
	grown[u->n_files++] = arena_str(u->arena, str_from(sha256));
	return true;
}

static bool note_files(struct purge *p, struct unlearn *u, int64_t id)
{
	struct arena *arena = arena_create(ROW_ROOM);
	struct journal_row row;
	bool ok = store_get_journal(p->reader, id, arena, &row, &p->err) &&
		  again_each_blob(&row, p->parts->dir, add_file, u, &p->err);

	arena_destroy(arena);
	return ok;
}

static bool prepare_row(struct purge *p, struct unlearn *u, size_t i)
{
	int64_t base_id, connector;
	bool is = false;

	if (!store_find_row(p->reader, u->kin.rows[i], &base_id, &connector, &p->err))
		return false;
	if (connector == p->source->id && !is_blocked(p, u->kin.rows[i], &is))
		return false;
	if (is)
		return note_files(p, u, u->kin.rows[i]);
	u->again[i] = read_again(p, u->kin.rows[i], connector, u->arena);
	return u->again[i] != NULL;
}

static struct unlearn *prepare(struct purge *p, int64_t id)
{
	struct arena *arena = arena_create(KIN_ROOM);
	struct unlearn *u;
	struct kin kin;

	if (!kin_find(p->reader, id, arena, &kin, &p->err)) {
		arena_destroy(arena);
		return NULL;
	}
	u = unlearn_create(arena, p->source->rules, &kin);
	for (size_t i = 0; i < kin.n_rows; i++) {
		if (prepare_row(p, u, i))
			continue;
		unlearn_destroy(u);
		return NULL;
	}
	return u;
}

/* ERR_MISSING: the same message came once more while it was prepared, or this row went with one before it. */
static bool take_away(struct purge *p, int64_t id)
{
	for (int n_tries = 0; n_tries < TRIES; n_tries++) {
		int64_t base_id = 0, ignored;
		struct unlearn *u;
		bool ok;

		if (!store_find_row(p->reader, id, &base_id, &ignored, &p->err) || base_id == 0)
			return base_id == 0 && p->err.kind == ERR_NONE;
		u = prepare(p, id);
		if (u == NULL)
			return false;
		ok = purge_run_unlearn(p->parts->writer, u, &p->err);
		p->n_removed += ok ? u->n_removed : 0;
		unlearn_destroy(u);
		if (ok || p->err.kind != ERR_MISSING)
			return ok;
		p->err.kind = ERR_NONE;
	}
	return err_setf(&p->err, ERR_AGAIN, "the same message keeps coming in");
}

/* ---- all of them ---- */

struct page {
	int64_t ids[PAGE];
	size_t n;
};

static bool add_id(int64_t id, void *arg)
{
	struct page *page = arg;

	page->ids[page->n++] = id;
	return page->n < PAGE;
}

static bool look_at(struct purge *p, int64_t id)
{
	bool is;

	if (atomic_load(&p->is_canceled))
		return err_setf(&p->err, ERR_CANCELED, "canceled");
	return is_blocked(p, id, &is) && (!is || take_away(p, id));
}

static bool look_at_all(struct purge *p)
{
	struct page page;

	do {
		page.n = 0;
		if (!store_each_row_of(p->reader, p->source->id, p->last_id, PAGE, add_id, &page, &p->err))
			return false;
		for (size_t i = 0; i < page.n; i++) {
			if (!look_at(p, page.ids[i]))
				return false;
			p->last_id = page.ids[i];
		}
	} while (page.n == PAGE);
	return true;
}

static bool keep_position(struct purge *p, struct str list)
{
	char text[POSITION_SIZE];

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
	int64_t begun;

	put_list(p->source->type->block_list(p->source->conf), hex);
	from.list = str_from(hex);
	if (!store_open(p->parts->dir, STORE_READER, &p->reader, &p->err))
		return false;
	if (!store_each_cursor(p->reader, p->source->id, take_position, &from, &p->err) ||
	    !sources_init(&p->sources, p->config, p->parts->import, p->parts->known, p->reader, &p->err))
		return false;
	p->last_id = begun = from.last_id;
	if (!look_at_all(p) || !squeeze(p))
		return false;
	if (p->n_removed > 0)
		purge_remove_files(p->parts, p->reader);
	return (p->last_id == begun && begun > 0) || keep_position(p, from.list);
}

/* ---- the loop's side ---- */

static void tell(const struct purge *p)
{
	struct log_ctx *log = &p->source->log;

	if (p->n_removed > 0)
		log_info(log, "block list: took away what was here of whoever is on it", kv_i("messages", (int64_t)p->n_removed));
	if (p->err.kind != ERR_NONE && p->err.kind != ERR_CANCELED)
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
		inst->purge_after_us = clock_mono_us() + PURGE_PAUSE_US;
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
