#include "ingest/settle.h"

#include "ingest/intake.h"
#include "model/authorship.h"
#include "model/identity.h"
#include "model/own.h"
#include "model/text.h"
#include "model/validate.h"

static bool has_identity(const struct party *party, size_t n, const struct identity *id)
{
	for (size_t i = 0; i < n; i++)
		if (identity_eq(&party->ids[i], id))
			return true;
	return false;
}

/* An address that is none stays as the party's name, so that a person can still read it. */
static void settle_party(struct intake *in, struct party *party)
{
	const char *region = in->source->rules->default_region;
	struct str first = party->n_ids > 0 ? party->ids[0].value : (struct str){ NULL, 0 };
	struct err ignored;
	size_t kept = 0;

	for (size_t i = 0; i < party->n_ids; i++)
		if (identity_canonical(&party->ids[i], in->arena, region, &ignored) &&
		    !has_identity(party, kept, &party->ids[i]))
			party->ids[kept++] = party->ids[i];
	party->n_ids = kept;
	if (kept == 0 && party->name.len == 0)
		party->name = first;
}

static enum folder_hint folder_hint(const struct raw *raw)
{
	struct str hint = raw_meta(raw, STR("folder_hint"));

	if (str_eq(hint, STR("sent")))
		return FOLDER_SENT;
	return str_eq(hint, STR("inbox")) ? FOLDER_INBOX : FOLDER_NONE;
}

/* Two forms of ours may be given the same key by their pages. */
static void settle_key(struct intake *in, struct interaction *it)
{
	if (it->channel == CHANNEL_FORM)
		it->account = arena_strf(in->arena, STR_FMT "/" STR_FMT, STR_ARG(in->source->name),
					 STR_ARG(it->account));
}

/* Composing is quadratic in marks without letters: what anybody may send is composed in the parser process
 * (mime, form), and here only what a provider has signed. */
static void settle_text(struct intake *in, struct interaction *it)
{
	if (in->source->type->is_hostile)
		return;
	it->subject = text_nfc(it->subject, in->arena);
	it->text = text_nfc(it->text, in->arena);
	it->text_full = text_nfc(it->text_full, in->arena);
	for (size_t i = 0; i < it->n_parties; i++)
		it->parties[i].name = text_nfc(it->parties[i].name, in->arena);
}

static void settle_direction(struct intake *in, struct interaction *it)
{
	const struct rules *rules = in->source->rules;
	enum folder_hint hint = folder_hint(&in->raw);

	authorship_settle(it, rules->own, hint, in->arena);
	if (it->direction == DIRECTION_NONE)
		direction_decide(it, rules->own, hint, in->arena);
	authorship_add_original(it, rules->own, rules->default_region, in->arena);
}

void settle_items(struct intake *in)
{
	struct err err;

	for (size_t i = 0; i < in->items.n_items; i++) {
		struct interaction *it = &in->items.items[i];

		for (size_t p = 0; p < it->n_parties; p++)
			settle_party(in, &it->parties[p]);
		settle_key(in, it);
		settle_text(in, it);
		settle_direction(in, it);
		if (!interaction_validate(it, in->raw.received_us, in->arena, &err)) {
			in->verdict = err;
			return;
		}
	}
}
