#include "ingest/resolve.h"

#include "base/clock.h"
#include "base/id.h"
#include "ingest/apply.h"
#include "ingest/decision.h"
#include "store/erase.h"

/* Before: one event, pending or dead. After: what came of it. The ledger moves by the difference. */
static void recount(struct intake *in, struct store *st, enum outcome before)
{
	int64_t n = 0;

	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++) {
		n += in->counts[o];
		store_count(st, in->source->id, (enum outcome)o, in->counts[o]);
	}
	store_count(st, in->source->id, before, -1);
	store_received(st, in->source->id, n - 1, 0);
}

/* Of somebody who was erased: the row has what remains. */
static bool keep_cut(struct intake *in, struct store *st, struct err *err)
{
	const struct compact_row row = {
		.keeps_delivery_id = in->source->type->sync != NULL,
		.content_type = in->raw.content_type, .meta = in->raw.meta, .encoding = in->encoding, .size = intake_size(in),
		.body = in->encoded ? (struct str){ in->encoded, in->n_encoded } : in->raw.body,
	};

	return !in->is_cut || store_compact_row(st, in->journal_id, &row, err);
}

bool resolve_anew(struct intake *in, struct store *st, struct err *err)
{
	char text[sizeof(in->verdict.msg) + 20];
	struct str reason = { NULL, 0 };

	in->base_id = store_new_id(st, clock_wall_us());
	if (!apply_verdict(in, st, err))
		return false;
	if (in->verdict.kind != ERR_NONE)
		reason = verdict_text(&in->verdict, text, sizeof(text));
	return keep_cut(in, st, err) &&
	       store_set_journal(st, in->journal_id, in->outcome, in->base_id, 1, reason, err);
}

static bool resolve_pending(struct intake *in, struct store *st, struct err *err)
{
	bool is_pending;

	/* A slow disk: the sweep after has seen it pending too, and the one before has resolved it. */
	if (!store_is_pending(st, in->resolves, &is_pending, err))
		return false;
	if (!is_pending)
		return true;
	in->journal_id = in->resolves;
	if (!store_clear_deliveries(st, in->journal_id, err) || !resolve_anew(in, st, err))
		return false;
	recount(in, st, OUTCOME_PENDING);
	return true;
}

/* The decision is journalled with what came of it, so that a replay repeats both. */
static bool resolve_dead(struct intake *in, struct store *st, struct err *err)
{
	struct decision d = { .what = DECISION_RETRY, .dead_letter = in->retries,
			      .by = in->decided_by };
	char failed[sizeof(in->verdict.msg) + 20];
	struct dead_row dead;

	if (!store_get_dead(st, in->retries, in->arena, &dead, err))
		return false;
	if (in->verdict.kind != ERR_NONE)
		d.failed = verdict_text(&in->verdict, failed, sizeof(failed));
	if (!decision_journal(&d, in->replays, st, &in->base_id, err))
		return false;
	if (in->verdict.kind != ERR_NONE) {
		in->outcome = OUTCOME_DEAD;
		return store_set_dead_attempts(st, dead.id, dead.attempts + 1,
					       str_from(in->verdict.msg), err);
	}
	in->journal_id = in->resolves;
	if (!store_clear_deliveries(st, in->journal_id, err) || !apply_verdict(in, st, err) ||
	    !store_remove_dead(st, dead.id, err))
		return false;
	recount(in, st, OUTCOME_DEAD);
	return keep_cut(in, st, err) && store_settle_journal(st, in->journal_id, in->outcome, err);
}

bool resolve_apply(struct intake *in, struct store *st, struct err *err)
{
	return in->retries != 0 ? resolve_dead(in, st, err) : resolve_pending(in, st, err);
}
