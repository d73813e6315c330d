/* Entries of a person with the journal rows that brought them: emptied, or cut down to what others have in them. */
#include <string.h>

#include "base/mem.h"
#include "ingest/again.h"
#include "ingest/compact.h"
#include "ingest/erase_inside.h"
#include "ingest/ingest.h"
#include "ingest/intake.h"
#include "ingest/parse.h"
#include "ingest/purge_jobs.h"
#include "ingest/unlearn.h"

enum { ROW_ROOM = 80 << 20, KIN_ROOM = 64 << 20, TRIES = 5 };

/* Of a row, as far as the person is concerned. */
enum portion { PORTION_NONE, PORTION_ALL, PORTION_SOME };

struct ids {
	struct arena *arena;
	int64_t *items;
	size_t n;
};

static bool add_id(int64_t id, void *arg)
{
	struct ids *ids = arg;
	int64_t *grown = arena_grow(ids->arena, ids->items, ids->n, sizeof(*grown));

	if (grown == NULL)
		return false;
	ids->items = grown;
	grown[ids->n++] = id;
	return true;
}

/* ---- what of a row is theirs ---- */

static bool keep_row(const struct interaction_row *row, void *arg)
{
	*(int64_t *)arg = row->journal_id;
	return true;
}

/* Is it kept no longer? Its age is that of the row that brought it first. */
static bool is_expired(struct erase *e, int64_t entry, bool *is)
{
	int64_t row = INT64_MAX;

	if (!store_get_interaction(e->reader, entry, keep_row, &row, &e->err))
		return false;
	*is = row < e->expires_before;
	return true;
}

static bool is_of(struct erase *e, int64_t entry, bool *is_theirs, bool *is_only)
{
	if (e->expires_before == 0)
		return store_takes_part(e->reader, e->contact, entry, is_theirs, &e->err) &&
		       store_is_only_of(e->reader, e->contact, entry, is_only, &e->err);
	*is_only = true;
	return is_expired(e, entry, is_theirs);
}

static bool share_of_entries(struct erase *e, const struct ids *entries, enum portion *share)
{
	size_t n_theirs = 0, n_only = 0;
	bool is_theirs, is_only;

	for (size_t i = 0; i < entries->n; i++) {
		if (!is_of(e, entries->items[i], &is_theirs, &is_only))
			return false;
		n_theirs += is_theirs;
		n_only += is_theirs && is_only;
	}
	*share = n_theirs == 0 ? PORTION_NONE : n_only == entries->n ? PORTION_ALL : PORTION_SOME;
	return true;
}

/* Filtered events of the same row may be somebody else's. */
static bool share_of(struct erase *e, int64_t row, struct arena *arena, enum portion *share)
{
	struct ids entries = { .arena = arena };
	bool has_filtered;

	if (!store_each_entry_of(e->reader, row, add_id, &entries, &e->err) || !share_of_entries(e, &entries, share) ||
	    !store_has_filtered(e->reader, row, &has_filtered, &e->err))
		return false;
	if (*share == PORTION_ALL && has_filtered && e->expires_before == 0)
		*share = PORTION_SOME;
	return true;
}

/* ---- getting ready ---- */

static bool parse_again(struct erase *e, struct intake *in)
{
	if (!in->source->type->is_hostile)
		intake_normalize_here(in);
	else if (!intake_parse(in, e->parts->parsers, e->parts->dir, &e->err))
		return false;
	intake_forget_body(in);		/* the row keeps it, or what remains takes its place */
	return true;
}

struct intake *erase_read_again(struct erase *e, const struct journal_row *row)
{
	struct source *source = sources_find(&e->sources, row->connector, &e->err);
	struct intake *in = source ? again_load(source, row, e->parts->dir, &e->err) : NULL;

	if (in == NULL || parse_again(e, in))
		return in;
	intake_destroy(in);
	return NULL;
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

/* One whose bytes are lost already has nothing more to lose. */
static bool note_files(struct erase *e, struct unlearn *u, const struct journal_row *row)
{
	return again_each_blob(row, e->parts->dir, add_file, u, &e->err) || e->err.kind == ERR_MISSING;
}

/* False: nobody knows the connector any more, so nobody asks by that id. */
static bool keeps_id(struct erase *e, int64_t connector)
{
	struct err ignored;
	struct source *source = sources_find(&e->sources, connector, &ignored);

	return source != NULL && source->type->sync != NULL;
}

static bool prepare_row(struct erase *e, struct unlearn *u, size_t i, enum portion share)
{
	struct arena *arena = arena_create(ROW_ROOM);
	struct journal_row row;
	bool ok = store_get_journal(e->reader, u->kin.rows[i], arena, &row, &e->err) &&
		  (share != PORTION_SOME || share_of(e, row.id, arena, &share));

	if (ok && (share == PORTION_ALL || row.kind != JOURNAL_RAW)) {
		u->keeps_ids[i] = keeps_id(e, row.connector);
		ok = note_files(e, u, &row);
	} else if (ok) {
		u->again[i] = erase_read_again(e, &row);
		ok = u->again[i] != NULL;
		/* What nobody can read any more nobody can keep a part of. */
		if (!ok && e->err.kind == ERR_MISSING && share == PORTION_SOME)
			ok = true;
	}
	arena_destroy(arena);
	return ok;
}

static struct unlearn *prepare(struct erase *e, const int64_t *rows, size_t n, bool is_all, bool gone)
{
	struct arena *arena = arena_create(KIN_ROOM);
	struct unlearn *u;
	struct kin kin;

	if (!kin_find(e->reader, rows, n, arena, &kin, &e->err)) {
		arena_destroy(arena);
		return NULL;
	}
	u = unlearn_create(arena, e->sources.rules, &kin);
	u->erasure = e->what.id;
	u->empties = e->expires_before != 0 ? COMPACT_EXPIRED : COMPACT_ERASED;
	u->expires_before = is_all ? 0 : e->expires_before;
	u->contact = is_all || gone ? 0 : e->contact;	/* what is new stays */
	u->gone_contact = gone ? e->contact : 0;
	for (size_t i = 0; i < kin.n_rows; i++) {
		if (prepare_row(e, u, i, is_all ? PORTION_ALL : gone ? PORTION_NONE : PORTION_SOME))
			continue;
		unlearn_destroy(u);
		return NULL;
	}
	return u;
}

/* ---- doing it ---- */

static bool try_once(struct erase *e, const int64_t *rows, size_t n, bool is_all, bool gone)
{
	struct unlearn *u = prepare(e, rows, n, is_all, gone);
	bool ok = u != NULL && purge_run_unlearn(e->parts->writer, u, &e->err);

	unlearn_destroy(u);
	return ok;
}

static bool rows_of(struct erase *e, const int64_t *entries, size_t n, struct ids *rows)
{
	for (size_t i = 0; i < n; i++)
		if (!store_each_delivery_of(e->reader, entries[i], add_id, rows, &e->err))
			return false;
	return true;
}

/* The same message came once more meanwhile: again. */
static bool may_try_again(const struct erase *e, int n_tries)
{
	return e->err.kind == ERR_MISSING && n_tries < TRIES;
}

bool erase_take_entries(struct erase *e, const int64_t *entries, size_t n, bool gone)
{
	bool ok = false;

	for (int n_tries = 0; !ok && (n_tries == 0 || may_try_again(e, n_tries)); n_tries++) {
		struct arena *arena = arena_create(KIN_ROOM);
		struct ids rows = { .arena = arena };

		ok = rows_of(e, entries, n, &rows) && (rows.n == 0 || try_once(e, rows.items, rows.n, false, gone));
		arena_destroy(arena);
	}
	return ok;
}

bool erase_take_rows(struct erase *e, const int64_t *rows, size_t n)
{
	return n == 0 || try_once(e, rows, n, true, false);
}

bool erase_take_expired(struct erase *e, const int64_t *rows, size_t n)
{
	bool ok = false;

	for (int n_tries = 0; !ok && (n_tries == 0 || may_try_again(e, n_tries)); n_tries++)
		ok = try_once(e, rows, n, false, false);
	return ok;
}
