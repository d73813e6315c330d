#include "ingest/note.h"

#include "base/clock.h"
#include "base/id.h"
#include "ingest/apply.h"
#include "ingest/decision.h"
#include "store/merge.h"

enum { NOTE_ARENA = 2 << 20 };

const struct connector connector_people = {
	.api = CONNECTOR_API, .name = "people", .summary = "entries made by hand",
};

/* The contact's first handle, and its own before one merged into it, carries the note, so that a merge or a split takes it
 * along. */
static bool take_first(const struct identity_row *row, void *arg)
{
	struct intake *in = arg;
	struct party *party = in->items.items[0].parties;

	party_add_identity(party, in->arena, row->identity.scheme,
			   arena_str(in->arena, row->identity.value),
			   arena_str(in->arena, row->identity.scope));
	return false;
}

static bool make_item(struct intake *in, const struct decision *d, struct store *st, struct err *err)
{
	struct interaction *it;
	char id[ID_TEXT_SIZE];
	int64_t contact;

	in->items.items = NULL;
	in->items.n_items = 0;
	it = interactions_add(&in->items);
	if (it == NULL || interaction_add_party(it, in->arena, ROLE_TO, STR("")) == NULL)
		return err_setf(err, ERR_LIMIT, "the note is too long");
	it->channel = CHANNEL_NOTE;
	it->kind = KIND_NOTE;
	it->direction = DIRECTION_INTERNAL;
	it->external_id = arena_str(in->arena, str_from(id_format(in->base_id, "note_", id)));
	it->occurred_us = it->key_us = id_wall_us(in->base_id);
	it->text = d->text;
	it->why = arena_strf(in->arena, "written by " STR_FMT, STR_ARG(d->by));
	if (!store_resolve_contact(st, d->contact, &contact, err) || !store_each_identity(st, contact, take_first, in, err))
		return false;
	if (it->parties->n_ids == 0)
		return err_setf(err, ERR_MISSING, "the contact has no handle to carry a note");
	return true;
}

static bool note_apply(struct job *job, struct store *st, struct err *err)
{
	struct intake *in = (struct intake *)job;
	struct decision *d = in->decision;
	struct arena *scratch = arena_create(64 << 10);
	struct contact_row contact;
	bool ok = store_get_contact(st, d->contact, scratch, &contact, err) &&
		  decision_journal(d, in->replays, st, &in->base_id, err);

	arena_destroy(scratch);
	in->journal_id = in->base_id;
	for (int o = 0; o < OUTCOME_COUNT; o++)
		in->counts[o] = 0;
	in->verdict.kind = ERR_NONE;
	if (!ok || !make_item(in, d, st, err) || !apply_verdict(in, st, err))
		return false;
	store_count(st, in->source->id, OUTCOME_STORED, 1);
	store_received(st, in->source->id, 1, in->items.items[0].occurred_us);
	return true;
}

struct intake *note_create(struct source *source, int64_t contact, struct str text, struct str by)
{
	struct intake *in = intake_create(source, NOTE_ARENA + text.len);
	struct decision *d = arena_new(in->arena, struct decision);

	*d = (struct decision){ .what = DECISION_NOTE, .contact = contact,
				.text = arena_str(in->arena, text), .by = arena_str(in->arena, by) };
	in->decision = d;
	in->job.apply = note_apply;
	in->job.condemn = NULL;
	in->job.bytes = sizeof(*in) + text.len;
	return in;
}
