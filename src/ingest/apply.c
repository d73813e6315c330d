#include "ingest/apply.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "ingest/complete.h"
#include "ingest/erased.h"
#include "ingest/intake.h"
#include "ingest/link.h"
#include "ingest/resolve.h"
#include "ingest/thread.h"
#include "model/identity.h"
#include "model/parties_json.h"
#include "store/import.h"
#include "store/owner.h"

enum { MAX_PARTIES_JSON = 4 << 20 };

static void reset_counts(struct intake *in)
{
	memset(in->counts, 0, sizeof(in->counts));
	in->outcome = OUTCOME_NONE;
	in->entry = 0;
}

static bool deliver(struct intake *in, struct store *st, size_t n, enum outcome outcome,
		    int64_t interaction, struct str reason, struct err *err)
{
	in->counts[outcome]++;
	if (in->entry == 0)
		in->entry = interaction;
	if (outcome == OUTCOME_STORED)
		return true;		/* the interaction itself says so */
	return store_put_delivery(st, in->journal_id, (int64_t)n, outcome, interaction, reason, err);
}

/* ---- one event ---- */

static bool put_attachments(struct store *st, int64_t interaction, const struct interaction *it,
			    struct err *err)
{
	for (size_t i = 0; i < it->n_attachments; i++)
		if (!store_put_attachment(st, interaction, i, &it->attachments[i], err))
			return false;
	return true;
}

static bool flag_reuse(struct store *st, struct interaction_row *row, struct err *err)
{
	if (row->it.channel != CHANNEL_EMAIL || row->it.external_id.len == 0)
		return true;
	return store_has_other_mail(st, row->it.external_id, row->id, &row->is_flagged, err);
}

static bool store_event(struct intake *in, struct store *st, size_t n, const struct interaction *it,
			struct err *err)
{
	struct interaction_row row = { .journal_id = in->journal_id, .connector = in->source->id };
	struct links links;
	struct buf parties;
	enum put_result result;
	int64_t existing;
	bool ok;

	row.it = *it;
	/* A thing without a name of its own is never the same as another: its delivery names it. */
	if (it->external_id.len == 0)
		row.it.discriminator = arena_strf(in->arena, "delivery %lld/%zu",
						  (long long)in->journal_id, n);
	if (!thread_find(in, st, &row.it, err))
		return false;
	row.id = store_following_id(st);
	row.recorded_us = id_wall_us(in->base_id);
	buf_init(&parties, MAX_PARTIES_JSON);
	parties_json_put(&parties, it);
	row.parties = buf_str(&parties);
	ok = links_find(&links, in, st, row.id, it, err) && flag_reuse(st, &row, err);
	if (ok)
		row.match = links.reason;
	ok = ok && store_put_interaction(st, &row, &result, &existing, err);
	if (ok && result == PUT_DUPLICATE)
		ok = complete_attachments(st, existing, it, in->arena, err) &&
		     (!in->source->is_shared || store_share_made_by(st, existing, err)) &&
		     deliver(in, st, n, OUTCOME_DUPLICATE, existing, STR(""), err);
	else if (ok)
		ok = put_attachments(st, row.id, it, err) &&
		     links_put(&links, in, st, it, err) &&
		     deliver(in, st, n, OUTCOME_STORED, row.id, STR(""), err);
	buf_finish(&parties);
	return ok;
}

static bool apply_events(struct intake *in, struct store *st, struct err *err)
{
	for (size_t i = 0; i < in->items.n_items; i++) {
		const struct interaction *it = &in->items.items[i];
		bool ok = it->filter.len > 0
				  ? deliver(in, st, i, OUTCOME_FILTERED, 0, it->filter, err)
				  : store_event(in, st, i, it, err);

		if (!ok)
			return false;
	}
	return true;
}

/* ---- a death ---- */

/* Whose stub it is, so that it stands on the right timeline as soon as that person is known. */
static bool stub_identity(struct intake *in, struct store *st, int64_t *identity, struct err *err)
{
	struct identity id = { .scheme = SCHEME_EMAIL, .value = str_from(in->stub.from_address) };
	struct err ignored;
	int64_t contact;

	*identity = 0;
	if (!in->has_stub || id.value.len == 0 ||
	    !identity_canonical(&id, in->arena, in->source->rules->default_region, &ignored))
		return true;
	return store_find_identity(st, &id, identity, &contact, err) &&
	       (*identity != 0 ||
		store_put_identity(st, &id, 0, STR("dead letter"), in->base_id, identity, err));
}

static bool apply_death(struct intake *in, struct store *st, struct err *err)
{
	struct dead_row dead = {
		.journal_id = in->journal_id, .n = -1, .connector = in->source->id,
		.received_us = in->raw.received_us, .reason = str_from(in->verdict.msg),
		.kind = str_from(err_kind_name(in->verdict.kind)), .size = intake_size(in),
		.attempts = 1,
	};

	if (in->has_stub) {
		dead.stub_name = str_from(in->stub.from_name);
		dead.stub_address = str_from(in->stub.from_address);
		dead.stub_subject = str_from(in->stub.subject);
		dead.stub_us = in->stub.date_us;
	}
	dead.id = store_following_id(st);
	return stub_identity(in, st, &dead.identity, err) && store_put_dead(st, &dead, err) &&
	       deliver(in, st, 0, OUTCOME_DEAD, 0, dead.reason, err);
}

/* ---- the journal row ---- */

/* What the row is looked for by: trouble first, then the best that came of it. */
static enum outcome overall(const struct intake *in)
{
	static const enum outcome order[] = {
		OUTCOME_PENDING, OUTCOME_DEAD, OUTCOME_STORED, OUTCOME_DUPLICATE, OUTCOME_FILTERED,
	};

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (in->counts[order[i]] > 0)
			return order[i];
	return OUTCOME_FILTERED;
}

struct str verdict_text(const struct err *verdict, char *out, size_t size)
{
	snprintf(out, size, "%s: %s", err_kind_name(verdict->kind), verdict->msg);
	return str_from(out);
}

static bool put_journal(struct intake *in, struct store *st, struct err *err)
{
	struct journal_row row = {
		.id = in->journal_id, .base_id = in->base_id, .connector = in->source->id,
		.kind = JOURNAL_RAW, .received_us = in->raw.received_us,
		.content_type = in->raw.content_type, .meta = in->raw.meta,
		.encoding = in->encoding, .size = intake_size(in),
		.outcome = in->outcome, .attempts = 1, .repeat_of = in->repeat_of,
	};
	char reason[sizeof(in->verdict.msg) + 20];

	if (in->repeat_of == 0) {	/* the first delivery alone is found again */
		row.delivery_id = in->raw.id;
		row.repeat_hash = in->repeat_hash;
	}
	if (in->body_sha256[0] != '\0')
		row.body_sha256 = str_from(in->body_sha256);
	else
		row.body = in->encoded ? (struct str){ in->encoded, in->n_encoded } : in->raw.body;
	if (in->verdict.kind != ERR_NONE && !in->is_pending)
		row.reason = verdict_text(&in->verdict, reason, sizeof(reason));
	return store_put_journal(st, &row, err);
}

/* Has this very delivery been here? By the sender's own id; or, where it gives none, by the same
 * bytes of the same peer within the window. */
static bool find_repeat(struct intake *in, struct store *st, struct err *err)
{
	int64_t *of = &in->repeat_of;

	if (in->replays != 0)
		return true;
	*of = 0;
	if (in->raw.id.len > 0)
		return store_find_delivery(st, in->source->id, in->raw.id, of, err) &&
		       (*of != 0 || erased_find_delivery(in, st, of, err));
	if (in->repeat_hash != 0)
		return store_find_repeat(st, in->source->id, in->repeat_hash,
					 in->raw.received_us - in->repeat_window_us,
					 in->raw.received_us + in->repeat_window_us, of, err);
	return true;
}

/* As many duplicates as the delivery has events, so that the ledger counts events on both sides. */
static bool apply_repeat(struct intake *in, struct store *st, struct err *err)
{
	size_t n = in->items.n_items ? in->items.n_items : 1;

	for (size_t i = 0; i < n; i++)
		if (!deliver(in, st, i, OUTCOME_DUPLICATE, 0, STR("delivered before"), err))
			return false;
	return true;
}

bool apply_verdict(struct intake *in, struct store *st, struct err *err)
{
	bool ok = in->replays != 0 || erased_screen(in, st, err);	/* what is in the journal has been screened */

	ok = ok && (in->verdict.kind != ERR_NONE ? apply_death(in, st, err) : apply_events(in, st, err));
	in->outcome = overall(in);
	return ok;
}

static bool apply_outcome(struct intake *in, struct store *st, struct err *err)
{
	bool is_repeat = in->repeat_of != 0, ok;

	if (!is_repeat && !in->is_pending)
		return apply_verdict(in, st, err);
	ok = is_repeat ? (in->replays != 0 || erased_screen_repeat(in, st, err)) && apply_repeat(in, st, err)
		       : deliver(in, st, 0, OUTCOME_PENDING, 0, STR(""), err);
	in->outcome = overall(in);
	return ok;
}

static void count(struct intake *in, struct store *st)
{
	int64_t n = 0;

	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++) {
		n += in->counts[o];
		if (in->counts[o] != 0)
			store_count(st, in->source->id, (enum outcome)o, in->counts[o]);
	}
	/* Years of old mail are no sign that anything new comes in. */
	store_received(st, in->source->id, n, raw_meta(&in->raw, STR("backfill")).len > 0 ? 0 : in->raw.received_us);
}

static bool move_cursor(struct intake *in, struct store *st, struct err *err)
{
	if (in->n_withheld > 0)
		store_withhold(st, in->source->id, in->n_withheld, in->withheld_us);
	return in->cursor_key.len == 0 ||
	       store_put_cursor(st, in->source->id, in->cursor_key, in->cursor_value, err);
}

static void take_ids(struct intake *in, struct store *st)
{
	if (in->replays != 0) {
		in->journal_id = in->replays;
		store_set_last_id(st, in->base_id);
		return;
	}
	in->journal_id = store_new_id(st, clock_wall_us());
	in->base_id = in->journal_id;
}

static bool apply_new(struct intake *in, struct store *st, struct err *err)
{
	bool ok;

	take_ids(in, st);
	if (!find_repeat(in, st, err) || !apply_outcome(in, st, err))
		return false;
	ok = put_journal(in, st, err) && move_cursor(in, st, err) &&
	     (in->import == 0 || store_put_import_row(st, in->import, in->journal_id, in->counts, err));
	if (ok)
		count(in, st);
	return ok;
}

bool intake_apply(struct job *job, struct store *st, struct err *err)
{
	struct intake *in = (struct intake *)job;
	bool ok;

	if (in->is_chain_broken != NULL && *in->is_chain_broken)
		return err_setf(err, ERR_CANCELED, "a message before it was not stored");
	if (in->is_mark)
		return move_cursor(in, st, err);
	reset_counts(in);
	ok = in->resolves != 0 ? resolve_apply(in, st, err) : apply_new(in, st, err);
	return ok || err_prefixf(err, "connector \"" STR_FMT "\"", STR_ARG(in->source->name));
}

void intake_done(struct job *job, const struct err *err)
{
	struct intake *in = (struct intake *)job;

	if (err != NULL && in->is_chain_broken != NULL)
		*in->is_chain_broken = true;
	in->finished(in, err);
}
