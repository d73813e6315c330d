#include "ingest/note.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "ingest/apply.h"
#include "ingest/decision.h"
#include "store/merge.h"

enum { NOTE_ARENA = 2 << 20, MAX_DETAILS = 200, MAX_DURATION_S = 86400 };

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

/* What of it is in which place of the record. */
static const struct form {
	const char *name;
	enum channel channel;
	enum kind kind;
	enum direction direction;
	enum role role;			/* of the contact */
} forms[] = {
	{ "note", CHANNEL_NOTE, KIND_NOTE, DIRECTION_INTERNAL, ROLE_TO },
	{ "call", CHANNEL_CALL, KIND_CALL, DIRECTION_OUT, ROLE_TO },
	{ "call", CHANNEL_CALL, KIND_CALL, DIRECTION_IN, ROLE_FROM },
	{ "meeting", CHANNEL_MEETING, KIND_MEETING, DIRECTION_INTERNAL, ROLE_ATTENDEE },
};

static const struct form *form_of(const struct hand_made *hand)
{
	for (size_t i = 0; i < countof(forms); i++)
		if (forms[i].kind == hand->kind && (hand->direction == DIRECTION_NONE || hand->direction == forms[i].direction))
			return &forms[i];
	return &forms[0];
}

/* Later than when it was entered it cannot have been. */
static void put_times(struct interaction *it, const struct hand_made *hand, int64_t entered_us)
{
	it->occurred_us = it->key_us = entered_us;
	if (hand->occurred_us > 0 && hand->occurred_us < entered_us)
		it->occurred_us = hand->occurred_us;
}

static struct str details_of(const struct hand_made *hand, struct arena *arena)
{
	struct json_writer w;
	struct buf out;
	struct str text;

	if (hand->duration_s == 0)
		return STR("");
	buf_init(&out, MAX_DETAILS);
	json_begin(&w, &out);
	json_open(&w, '{');
	json_member_int(&w, "duration_s", hand->duration_s);
	json_close(&w, '}');
	text = arena_str(arena, buf_str(&out));
	buf_finish(&out);
	return text;
}

static bool add_parties(struct interaction *it, const struct form *form, const struct decision *d, struct arena *arena)
{
	return interaction_add_party(it, arena, form->role, STR("")) != NULL &&
	       (d->author.len == 0 || interaction_add_party(it, arena, ROLE_AGENT, d->author) != NULL);
}

static bool make_item(struct intake *in, const struct decision *d, struct store *st, struct err *err)
{
	const struct form *form = form_of(&d->hand);
	struct interaction *it;
	char id[ID_TEXT_SIZE];
	int64_t contact;

	in->items.items = NULL;
	in->items.n_items = 0;
	it = interactions_add(&in->items);
	if (it == NULL || !add_parties(it, form, d, in->arena))
		return err_setf(err, ERR_LIMIT, "the note is too long");
	it->channel = form->channel;
	it->kind = form->kind;
	it->direction = form->direction;
	it->external_id = arena_str(in->arena, str_from(id_format(in->base_id, "note_", id)));
	put_times(it, &d->hand, id_wall_us(in->base_id));
	it->text = d->text;
	it->details = details_of(&d->hand, in->arena);
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

struct intake *note_create(struct source *source, const struct decision *decision)
{
	struct intake *in = intake_create(source, NOTE_ARENA + decision->text.len);
	struct decision *d = arena_new(in->arena, struct decision);

	*d = *decision;
	d->what = DECISION_NOTE;
	d->text = arena_str(in->arena, decision->text);
	d->by = arena_str(in->arena, decision->by);
	d->author = arena_str(in->arena, decision->author);
	in->decision = d;
	in->job.apply = note_apply;
	in->job.condemn = NULL;
	in->job.bytes = sizeof(*in) + decision->text.len;
	return in;
}

static bool check_rest(const struct decision *d, struct err *err)
{
	const struct hand_made *hand = &d->hand;

	if (hand->kind == KIND_NONE && d->text.len == 0)
		return err_setf(err, ERR_INPUT, "the note is empty");
	if (hand->direction != DIRECTION_NONE &&
	    (hand->kind != KIND_CALL || (hand->direction != DIRECTION_IN && hand->direction != DIRECTION_OUT)))
		return err_setf(err, ERR_INPUT, "a direction is that of a call, in or out");
	if (hand->duration_s < 0 || hand->duration_s > MAX_DURATION_S || (hand->duration_s > 0 && hand->kind == KIND_NONE))
		return err_setf(err, ERR_INPUT, "a duration is that of a call or a meeting, at most a day");
	return hand->occurred_us >= 0 || err_setf(err, ERR_INPUT, "it cannot have been before 1970");
}

bool note_check(struct str kind, struct decision *d, struct err *err)
{
	if (str_eq(kind, STR("call")))
		d->hand.kind = KIND_CALL;
	else if (str_eq(kind, STR("meeting")))
		d->hand.kind = KIND_MEETING;
	else if (kind.len > 0 && !str_eq(kind, STR("note")))
		return err_setf(err, ERR_INPUT, "what is entered by hand is a note, a call or a meeting");
	return check_rest(d, err);
}
