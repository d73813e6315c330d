#include "ingest/unlearn.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ingest/compact.h"
#include "ingest/intake.h"
#include "ingest/resolve.h"
#include "ingest/unlearn_inside.h"
#include "store/body.h"
#include "store/change.h"
#include "store/export.h"
#include "store/forget.h"
#include "store/import.h"
#include "store/retention.h"

enum { ROOM = 256 << 20, MAX_EMPTIED = 8 << 20 };

/* ---- what there is ---- */

static bool keep_entry(const struct interaction_row *row, void *arg)
{
	struct gone_entry *e = arg;
	struct arena *arena = e->arena;

	*e = (struct gone_entry){ .arena = arena, .id = row->id, .journal_id = row->journal_id };
	e->it = (struct interaction){
		.channel = row->it.channel, .kind = row->it.kind, .occurred_us = row->it.occurred_us,
		.account = arena_str(arena, row->it.account), .discriminator = arena_str(arena, row->it.discriminator),
		.key_us = row->it.key_us, .external_id = arena_str(arena, row->it.external_id),
		.details = arena_str(arena, row->it.details),
	};
	e->parties = arena_str(arena, row->parties);
	return true;
}

static bool load(struct unlearning *un, struct err *err)
{
	const struct kin *kin = &un->u->kin;

	un->entries = arena_alloc(un->arena, (kin->n_entries + 1) * sizeof(*un->entries));
	un->rows = arena_alloc(un->arena, kin->n_rows * sizeof(*un->rows));
	if (un->entries == NULL || un->rows == NULL)
		return err_setf(err, ERR_LIMIT, "%zu messages hang together", kin->n_rows);
	for (size_t i = 0; i < kin->n_rows; i++) {
		un->rows[i].id = kin->rows[i];
		if (!store_find_row(un->st, kin->rows[i], &un->rows[i].base_id, &un->rows[i].connector, err))
			return false;
	}
	for (size_t i = 0; i < kin->n_entries; i++) {
		un->entries[i].arena = un->arena;
		if (!store_get_interaction(un->st, kin->entries[i], keep_entry, &un->entries[i], err))
			return false;
	}
	return true;
}

/* ---- entries and outcomes ---- */

/* Whoever took part did so as one of these contacts, or as nobody's. */
static bool forget_entry(struct unlearning *un, const struct gone_entry *e, struct err *err)
{
	if (!store_note_entry_erased(un->st, e->id, err) || !store_forget_participant(un->st, 0, e->it.occurred_us, e->id, err))
		return false;
	for (size_t i = 0; i < un->people.n_contacts; i++)
		if (!store_forget_participant(un->st, un->people.contacts[i], e->it.occurred_us, e->id, err))
			return false;
	return store_forget_entry(un->st, e->id, err) &&
	       store_withdraw_exports(un->st, STR("something in it was taken out of the store meanwhile; ask anew"), clock_wall_us(), err);
}

static bool forget_outcomes(struct unlearning *un, struct gone_row *row, struct err *err)
{
	if (!store_forget_outcomes(un->st, row->id, row->counts, err))
		return false;
	for (size_t i = 0; i < un->u->kin.n_entries; i++)
		row->counts[OUTCOME_STORED] += un->entries[i].journal_id == row->id;
	return true;
}

static bool forget(struct unlearning *un, struct err *err)
{
	for (size_t i = 0; i < un->u->kin.n_rows; i++)
		if (!forget_outcomes(un, &un->rows[i], err))
			return false;
	for (size_t i = 0; i < un->u->kin.n_entries; i++)
		if (!forget_entry(un, &un->entries[i], err))
			return false;
	return true;
}

/* ---- rows ---- */

static void count(struct unlearning *un, const struct gone_row *row, const int64_t counts[], int64_t by)
{
	int64_t n = 0;

	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++) {
		store_count(un->st, row->connector, (enum outcome)o, by * counts[o]);
		n += counts[o];
	}
	store_received(un->st, row->connector, by * n, 0);
}

static bool apply_again(struct unlearning *un, const struct gone_row *row, struct intake *in, struct err *err)
{
	in->journal_id = row->id;
	memset(in->counts, 0, sizeof(in->counts));
	if (!resolve_anew(in, un->st, err))
		return false;
	count(un, row, in->counts, 1);
	return true;
}

/* It counts as one that was left out, as it would be if it came today; what an import brought may come again. */
static bool remove_row(struct unlearning *un, const struct gone_row *row, struct err *err)
{
	if (un->u->import == 0)
		store_withhold(un->st, row->connector, 1, 0);
	un->u->n_removed++;
	return store_forget_row(un->st, row->id, err);
}

/* ---- rows of an erasure ---- */

static int64_t sum_of(const int64_t counts[])
{
	int64_t n = 0;

	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
		n += counts[o];
	return n;
}

/* As many events as there were, of which nothing is left. */
static bool put_emptied(struct unlearning *un, const struct gone_row *row, int64_t n, bool keeps_id, struct err *err)
{
	struct compact_row with = { .content_type = STR(COMPACT_TYPE), .encoding = BODY_PLAIN, .keeps_delivery_id = keeps_id };
	int64_t counts[OUTCOME_COUNT] = { [OUTCOME_FILTERED] = n };
	struct buf body;
	bool ok = true;

	for (int64_t i = 0; ok && i < n; i++)
		ok = store_put_delivery(un->st, row->id, i, OUTCOME_FILTERED, 0, str_from(un->u->empties), err);
	buf_init(&body, MAX_EMPTIED);
	compact_put_gone(&body, (size_t)n, str_from(un->u->empties));
	with.body = buf_str(&body);
	with.size = (int64_t)body.len;
	ok = ok && store_compact_row(un->st, row->id, &with, err) &&
	     store_set_journal(un->st, row->id, OUTCOME_FILTERED, row->base_id, 1, STR(""), err);
	buf_finish(&body);
	count(un, row, counts, 1);
	un->u->done.n_rows++;
	return ok;
}

static bool empty_row(struct unlearning *un, const struct gone_row *row, struct err *err)
{
	un->u->done.n_dead += row->counts[OUTCOME_DEAD];
	return put_emptied(un, row, sum_of(row->counts), un->u->keeps_ids[row - un->rows], err);
}

static bool empty_repeat(struct unlearning *un, int64_t id, struct err *err)
{
	struct gone_row row = { .id = id };

	if (!store_find_row(un->st, id, &row.base_id, &row.connector, err) ||
	    !store_forget_outcomes(un->st, id, row.counts, err))
		return false;
	count(un, &row, row.counts, -1);
	return put_emptied(un, &row, sum_of(row.counts), true, err);	/* a repeat has no id */
}

struct repeats {
	struct arena *arena;
	int64_t *ids;
	size_t n;
};

static bool keep_repeat(int64_t id, void *arg)
{
	struct repeats *r = arg;
	int64_t *grown = arena_grow(r->arena, r->ids, r->n, sizeof(*grown));

	if (grown == NULL)
		return false;
	r->ids = grown;
	grown[r->n++] = id;
	return true;
}

/* They hold the bytes that this one had. */
static bool empty_repeats(struct unlearning *un, const struct gone_row *row, struct err *err)
{
	struct repeats repeats = { .arena = un->arena };

	if (!store_each_repeat_of(un->st, row->id, keep_repeat, &repeats, err))
		return false;
	for (size_t i = 0; i < repeats.n; i++)
		if (!empty_repeat(un, repeats.ids[i], err))
			return false;
	return true;
}

static bool settle_erased(struct unlearning *un, const struct gone_row *row, struct intake *in, struct err *err)
{
	if (in == NULL)
		return empty_row(un, row, err) && empty_repeats(un, row, err);
	if (!apply_again(un, row, in, err))
		return false;
	un->u->done.n_rows += in->is_cut;
	return !in->is_cut || empty_repeats(un, row, err);
}

static bool settle_rows(struct unlearning *un, struct err *err)
{
	for (size_t i = 0; i < un->u->kin.n_rows; i++) {
		struct intake *in = un->u->again[i];

		count(un, &un->rows[i], un->rows[i].counts, -1);
		if (un->u->empties != NULL) {
			if (!settle_erased(un, &un->rows[i], in, err))
				return false;
			continue;
		}
		if (in != NULL ? !apply_again(un, &un->rows[i], in, err) : !remove_row(un, &un->rows[i], err))
			return false;
	}
	return true;
}

static bool settle_reuse(struct unlearning *un, struct err *err)
{
	for (size_t i = 0; i < un->u->kin.n_entries; i++) {
		const struct interaction *it = &un->entries[i].it;

		if (it->channel == CHANNEL_EMAIL && it->external_id.len > 0 &&
		    !store_flag_reuse_again(un->st, it->external_id, err))
			return false;
	}
	return true;
}

static bool doom_files(struct unlearning *un, struct err *err)
{
	for (size_t i = 0; i < un->u->n_files; i++)
		if (!store_doom(un->st, un->u->files[i], err))
			return false;
	return true;
}

/* ---- the whole ---- */

static bool is_as_it_was(struct unlearning *un, struct err *err)
{
	struct kin now;

	if (!kin_find(un->st, un->u->kin.rows, un->u->kin.n_rows, un->arena, &now, err))
		return false;
	for (size_t i = 0; i < un->u->kin.n_rows; i++)
		if (un->rows[i].base_id == 0)
			return err_setf(err, ERR_MISSING, "journal row %lld is gone", (long long)un->rows[i].id);
	for (size_t i = 0; i < un->u->kin.n_rows; i++) {
		bool is = true;

		if (un->u->again[i] != NULL && !store_is_row_as(un->st, un->rows[i].id, un->u->again[i]->print, &is, err))
			return false;
		if (!is)
			return err_setf(err, ERR_MISSING, "journal row %lld has changed meanwhile", (long long)un->rows[i].id);
	}
	return kin_is_same(&now, &un->u->kin) || err_setf(err, ERR_MISSING, "the same message has come once more meanwhile");
}

/* What nobody else took part in is known by its key when it comes again; also what a person had moved to them. */
static bool put_expired(struct unlearning *un, struct err *err)
{
	for (size_t i = 0; i < un->u->kin.n_entries; i++) {
		const struct gone_entry *e = &un->entries[i];

		if (e->journal_id < un->u->expires_before && e->it.external_id.len > 0 && !store_put_expired_message(un->st, &e->it, err))
			return false;
	}
	return true;
}

static bool put_tombstones(struct unlearning *un, struct err *err)
{
	struct unlearn *u = un->u;
	bool is_theirs, is_only;

	u->done = (struct erasure){ .id = u->erasure };
	if (u->expires_before != 0)
		return put_expired(un, err);
	for (size_t i = 0; u->erasure != 0 && u->contact != 0 && i < u->kin.n_entries; i++) {
		if (!store_takes_part(un->st, u->contact, un->entries[i].id, &is_theirs, err) ||
		    (is_theirs && !store_is_only_of(un->st, u->contact, un->entries[i].id, &is_only, err)))
			return false;
		if (!is_theirs)
			continue;
		u->done.n_entries += is_only;
		u->done.n_blanked += !is_only;
		if (is_only && un->entries[i].it.external_id.len > 0 && !store_put_erased_message(un->st, &un->entries[i].it, err))
			return false;
	}
	return true;
}

static bool forget_person(struct unlearning *un, struct err *err)
{
	bool is_gone;

	return un->u->gone_contact == 0 || store_forget_contact(un->st, un->u->gone_contact, &is_gone, err);
}

static bool keep_count(struct unlearning *un, struct err *err)
{
	return un->u->erasure == 0 || store_count_erasure(un->st, &un->u->done, err);
}

static bool run(struct unlearning *un, struct err *err)
{
	un->u->n_removed = 0;
	return load(un, err) && is_as_it_was(un, err) && unlearn_find_people(un, err) && unlearn_find_threads(un, err) &&
	       put_tombstones(un, err) && forget(un, err) && unlearn_tie_threads(un, err) && forget_person(un, err) && settle_rows(un, err) && doom_files(un, err) && settle_reuse(un, err) &&
	       unlearn_settle_people(un, err) && unlearn_plant_seeds(un, err) && keep_count(un, err) &&
	       (un->u->import == 0 || store_count_taken(un->st, un->u->import, (int64_t)un->u->n_removed, err));
}

static bool tell(const struct unlearn *u, struct store *st, struct err *err)
{
	struct audit_entry entry = u->told;
	char n[64];

	snprintf(n, sizeof(n), "messages taken away: %zu", u->n_removed);
	entry.detail = str_from(n);
	return u->n_removed == 0 || u->empties != NULL || u->import != 0 || audit_add(st, &entry, err);
}

static bool apply(struct job *job, struct store *st, struct err *err)
{
	struct unlearn *u = (struct unlearn *)job;
	struct unlearning un = { .u = u, .st = st, .arena = arena_create(ROOM) };
	bool ok = run(&un, err) && tell(u, st, err);

	if (ok && arena_is_exceeded(un.arena))
		ok = err_setf(err, ERR_LIMIT, "no room to take a message away");
	arena_destroy(un.arena);
	return ok;
}

static void done(struct job *job, const struct err *err)
{
	struct unlearn *u = (struct unlearn *)job;

	u->finished(u, err);
}

struct unlearn *unlearn_create(struct arena *arena, struct rules *rules, const struct kin *kin)
{
	struct unlearn *u = arena_new(arena, struct unlearn);

	u->job = (struct job){ .apply = apply, .done = done, .bytes = sizeof(*u) };
	u->arena = arena;
	u->rules = rules;
	u->kin = *kin;
	u->again = arena_alloc(arena, kin->n_rows * sizeof(struct intake *));
	u->keeps_ids = arena_alloc(arena, kin->n_rows * sizeof(bool));
	return u;
}

void unlearn_destroy(struct unlearn *u)
{
	if (u == NULL)
		return;
	for (size_t i = 0; i < u->kin.n_rows; i++)
		intake_destroy(u->again[i]);
	arena_destroy(u->arena);
}
