#include "ingest/rebuild.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/again.h"
#include "ingest/apply.h"
#include "ingest/decision.h"
#include "ingest/note.h"
#include "ingest/parse.h"
#include "ingest/people.h"
#include "ingest/seed.h"
#include "ingest/sources.h"

enum { ROWS_A_COMMIT = 500, DECISION_ARENA = 80 << 20, FEED = 2000 };

struct rebuild {
	const struct rebuild_parts *parts;
	struct store *from, *to;
	struct sources sources;
	int64_t n_rows;
	struct err err;			/* kind NONE: all went well so far */
};

/* ---- what came in ---- */

/* "input: text" → the verdict as it was. */
static void recorded_verdict(struct str reason, struct err *verdict)
{
	size_t colon = str_find(reason, STR(": "));
	struct str kind = str_sub(reason, 0, colon == STR_NONE ? 0 : colon);
	struct str text = colon == STR_NONE ? reason : str_sub(reason, colon + 2, reason.len);

	err_setf(verdict, ERR_INPUT, STR_FMT, STR_ARG(text));
	for (int k = ERR_NONE + 1; k <= ERR_BUG; k++)
		if (str_eq(kind, str_from(err_kind_name((enum err_kind)k))))
			verdict->kind = (enum err_kind)k;
}

static void keep_encoded(struct intake *in, const struct journal_row *row)
{
	in->encoding = (int)row->encoding;
	if (row->body.len > 0 && row->encoding != 0) {
		in->encoded = xstrndup(row->body.ptr, row->body.len);
		in->n_encoded = row->body.len;
	}
	snprintf(in->body_sha256, sizeof(in->body_sha256), STR_FMT, STR_ARG(row->body_sha256));
}

static bool normalize(struct rebuild *r, struct intake *in, struct str recorded_death)
{
	struct err why;

	if (recorded_death.len > 0) {
		recorded_verdict(recorded_death, &why);
		intake_condemn(in, &why);
		return true;
	}
	if (in->is_pending)
		return true;
	if (!in->source->type->is_hostile) {
		intake_normalize_here(in);
		return true;
	}
	return intake_parse(in, r->parts->parsers, r->parts->dir, &r->err);
}

/* Applied as the writer would, condemned as the writer would. */
static bool apply(struct rebuild *r, struct intake *in)
{
	return in->job.apply(&in->job, r->to, &r->err);
}

static bool replay_raw(struct rebuild *r, const struct journal_row *row)
{
	struct source *source = sources_find(&r->sources, row->connector, &r->err);
	struct intake *in = source ? again_load(source, row, r->parts->dir, &r->err) : NULL;
	bool ok;

	if (in == NULL)
		return false;
	in->replays = row->id;
	in->base_id = row->base_id;
	in->repeat_of = row->repeat_of;
	in->is_pending = row->outcome == OUTCOME_PENDING;
	ok = normalize(r, in, row->reason);
	free(in->encoded);
	in->encoded = NULL;
	keep_encoded(in, row);
	ok = ok && apply(r, in);
	intake_destroy(in);
	return ok;
}

/* ---- what people decided ---- */

static bool replay_note(struct rebuild *r, const struct journal_row *row, const struct decision *d)
{
	struct intake *in = note_create(r->sources.people, d);
	bool ok;

	in->replays = row->id;
	ok = apply(r, in);
	intake_destroy(in);
	return ok;
}

/* The retried bytes are in the old journal, the dead letter in the new store. */
static bool replay_retry(struct rebuild *r, const struct journal_row *row, const struct decision *d,
			 struct arena *arena)
{
	struct journal_row dead_row;
	struct dead_row dead;
	struct source *source;
	struct intake *in;
	struct err missing;
	int64_t id;
	bool ok;

	if (!store_get_dead(r->to, d->dead_letter, arena, &dead, &missing))
		return decision_journal(d, row->id, r->to, &id, &r->err);	/* it can be read now */
	if (!store_get_journal(r->from, dead.journal_id, arena, &dead_row, &r->err))
		return false;
	source = sources_find(&r->sources, dead.connector, &r->err);
	in = source ? again_load(source, &dead_row, r->parts->dir, &r->err) : NULL;
	if (in == NULL)
		return false;
	in->replays = row->id;
	in->resolves = dead_row.id;
	in->retries = d->dead_letter;
	in->decided_by = d->by;
	ok = normalize(r, in, d->failed) && apply(r, in);
	intake_destroy(in);
	return ok;
}

static bool replay_drop(struct rebuild *r, const struct journal_row *row, const struct decision *d)
{
	struct err missing;
	int64_t id;

	if (decision_drop(d, row->id, r->to, &missing))
		return true;
	if (missing.kind == ERR_MISSING)
		return decision_journal(d, row->id, r->to, &id, &r->err);
	r->err = missing;
	return false;
}

static bool replay_people(struct rebuild *r, const struct journal_row *row, const struct decision *d)
{
	struct people_change change = { .decision = d, .replays = row->id };

	return people_apply(&change, &r->sources, r->to, &r->err);
}

static bool replay_decision(struct rebuild *r, const struct journal_row *row)
{
	struct arena *arena = arena_create(DECISION_ARENA);
	struct decision d;
	bool ok = decision_parse(row->body, arena, &d, &r->err);

	if (ok) {
		switch (d.what) {
		case DECISION_NOTE: ok = replay_note(r, row, &d); break;
		case DECISION_RETRY: ok = replay_retry(r, row, &d, arena); break;
		case DECISION_DROP: ok = replay_drop(r, row, &d); break;
		case DECISION_NONE: break;
		default: ok = replay_people(r, row, &d); break;
		}
	}
	arena_destroy(arena);
	return ok;
}

/* ---- the whole ---- */

static bool replay(struct rebuild *r, const struct journal_row *row)
{
	switch (row->kind) {
	case JOURNAL_RAW: return replay_raw(r, row);
	case JOURNAL_DECISION: return replay_decision(r, row);
	case JOURNAL_SEED: return seed_grow(row, r->to, &r->err);
	}
	return err_setf(&r->err, ERR_CONF, "of kind %d, which this version does not know", row->kind);
}

static bool replay_row(const struct journal_row *row, void *arg)
{
	struct rebuild *r = arg;
	if (!replay(r, row))
		return err_prefixf(&r->err, "journal row %lld", (long long)row->id);
	r->n_rows++;
	if (r->n_rows % ROWS_A_COMMIT != 0)
		return true;
	if (r->parts->progress != NULL)
		r->parts->progress(r->n_rows, r->parts->arg);
	return store_commit(r->to, &r->err) && store_begin(r->to, &r->err);
}

static bool feed_all(struct rebuild *r)
{
	size_t fed, listed;

	do
		if (!store_feed_search(r->to, FEED, &fed, &r->err) || !store_feed_parties(r->to, FEED, &listed, &r->err))
			return false;
	while (fed > 0 || listed > 0);
	return true;
}

static bool replay_all(struct rebuild *r)
{
	const struct rebuild_parts *parts = r->parts;
	struct err err;

	if (!store_copy_aside(r->from, r->to, &r->err) ||
	    !sources_init(&r->sources, parts->config, parts->import, parts->known, r->from, &r->err) ||
	    !store_begin(r->to, &r->err))
		return false;
	if (!store_each_journal(r->from, 0, replay_row, r, &err)) {
		r->err = err;
		return false;
	}
	return r->err.kind == ERR_NONE && store_commit(r->to, &r->err) && feed_all(r);
}

bool rebuild_replay(const struct rebuild_parts *parts, struct store *from, struct store *to,
		    int64_t *n_rows, struct err *err)
{
	struct rebuild r = { .parts = parts, .from = from, .to = to };
	bool ok = replay_all(&r);

	if (!ok) {
		store_rollback(to);
		*err = r.err;
	}
	*n_rows = r.n_rows;
	sources_finish(&r.sources);
	return ok;
}
