#include "ingest/reclassify.h"

#include "ingest/again.h"
#include "ingest/sources.h"
#include "sandbox/parse.h"

/* Entries read by one statement: while it is open the log of the database cannot be made shorter. */
enum { ROW_ARENA = 80 << 20, PAGE = 200 };

struct reclassify {
	const struct reclassify_parts *parts;
	struct store *store;
	struct sources sources;
	struct reclassify_counts *counts;
	int64_t journal_id;		/* whose bytes were read last … */
	struct intake *in;		/* … and what they are today; NULL: nobody can say */
	int64_t last_id;		/* of the entry that was compared last */
	int n_of_page;
	bool is_ended;			/* nobody wants to hear more */
	struct err err;
};

/* ---- one journal row ---- */

/* As intake_parse(), but attachments go nowhere. False: no parser could be had. */
static bool parse(struct reclassify *r, struct intake *in)
{
	struct parse_verdict verdict;

	in->verdict.kind = ERR_NONE;
	if (parsers_normalize(r->parts->parsers, in->source->type, in->source->packed, &in->raw, &in->items, NULL,
			      &verdict, &in->verdict))
		in->verdict.kind = ERR_NONE;
	if (in->verdict.kind == ERR_AGAIN) {
		r->err = in->verdict;
		return false;
	}
	intake_settle(in);
	return true;
}

/* A message that was retried is its dead letter's row, so that decisions here are notes. */
static bool read_journal(struct reclassify *r, const struct journal_row *row)
{
	struct source *source;
	struct err err;

	if (row->kind != JOURNAL_RAW)
		return true;
	source = sources_find(&r->sources, row->connector, &r->err);
	if (source == NULL)
		return false;
	r->in = again_load(source, row, r->parts->dir, &err);
	if (r->in == NULL) {
		if (err.kind == ERR_MISSING)
			return true;
		r->err = err;
		return false;
	}
	if (source->type->is_hostile && !r->in->is_compact)
		return parse(r, r->in);
	intake_normalize_here(r->in);
	return true;
}

/* The entries of one delivery stand together. */
static bool turn_to(struct reclassify *r, int64_t journal_id)
{
	struct arena *arena;
	struct journal_row row;
	bool ok;

	if (journal_id == r->journal_id)
		return true;
	intake_destroy(r->in);
	r->in = NULL;
	arena = arena_create(ROW_ARENA);
	ok = store_get_journal(r->store, journal_id, arena, &row, &r->err) && read_journal(r, &row);
	arena_destroy(arena);
	r->journal_id = journal_id;
	return ok;
}

/* ---- one entry ---- */

/* Which of the delivery's events is the entry? The id tells; the text may be read otherwise today, and with it the
 * discriminator, which tells two events of one id apart. */
static const struct interaction *find_item(const struct intake *in, const struct interaction *stored)
{
	const struct interaction *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < in->items.n_items; i++) {
		const struct interaction *it = &in->items.items[i];

		if (!str_eq(it->external_id, stored->external_id))
			continue;
		if (str_eq(it->discriminator, stored->discriminator))
			return it;
		found = it;
		n++;
	}
	if (in->items.n_items == 1)
		return &in->items.items[0];
	return n == 1 ? found : NULL;
}

static struct reclassify_change judge(const struct intake *in, const struct interaction_row *row)
{
	struct reclassify_change change = { .row = row };
	const struct interaction *it;

	if (in->verdict.kind != ERR_NONE) {
		change.why = str_from(in->verdict.msg);
		return change;
	}
	it = find_item(in, &row->it);
	if (it == NULL) {
		change.why = STR("nothing of that id is in it");
	} else if (it->filter.len > 0) {
		change.why = it->filter;
	} else {
		change.kind = it->kind;
		change.direction = it->direction;
		change.why = it->why;
	}
	return change;
}

static bool compare(struct reclassify *r, const struct interaction_row *row)
{
	struct reclassify_change change;

	if (!turn_to(r, row->journal_id))
		return false;
	r->counts->n_entries++;
	if (r->in == NULL) {
		r->counts->n_left++;
		return true;
	}
	change = judge(r->in, row);
	if (change.kind == row->it.kind && change.direction == row->it.direction)
		return true;
	r->counts->n_changed++;
	r->is_ended = !r->parts->changed(&change, r->parts->arg);
	return !r->is_ended;
}

static bool on_entry(const struct interaction_row *row, void *arg)
{
	struct reclassify *r = arg;
	bool ok = compare(r, row);

	if (ok && r->parts->progress != NULL)
		r->parts->progress(r->counts, r->parts->arg);
	if (!ok && !r->is_ended)
		err_prefixf(&r->err, "journal row %lld", (long long)row->journal_id);
	r->last_id = row->id;
	return ok && ++r->n_of_page < PAGE;
}

static bool compare_all(struct reclassify *r)
{
	const struct reclassify_parts *parts = r->parts;
	struct err err = { 0 };

	if (!sources_init(&r->sources, parts->config, parts->import, parts->known, r->store, &r->err))
		return false;
	do {
		r->n_of_page = 0;
		if (!store_each_interaction(r->store, r->last_id, parts->connector, on_entry, r, &err)) {
			r->err = err;
			return false;
		}
	} while (r->n_of_page == PAGE);
	return r->err.kind == ERR_NONE;
}

bool reclassify_compare(const struct reclassify_parts *parts, struct store *store,
			struct reclassify_counts *counts, struct err *err)
{
	struct reclassify r = { .parts = parts, .store = store, .counts = counts };
	bool ok;

	*counts = (struct reclassify_counts){ 0 };
	ok = compare_all(&r);
	if (!ok)
		*err = r.err;
	intake_destroy(r.in);
	sources_finish(&r.sources);
	return ok;
}
