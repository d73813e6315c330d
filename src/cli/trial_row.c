/* From a message to the row that is shown. */
#include "base/mem.h"
#include "cli/trial.h"
#include "ingest/intake.h"
#include "model/own.h"

enum { MAX_SHOWN = 1000 };	/* bytes of a text that may be shown */

static struct trial_row *add_row(struct trial *t)
{
	t->rows = xrealloc(t->rows, t->n_rows + 1, sizeof(*t->rows));
	t->rows[t->n_rows] = (struct trial_row){ .at_us = 0 };
	return &t->rows[t->n_rows++];
}

static struct str keep(struct trial *t, struct str s)
{
	s = str_sub(s, 0, MAX_SHOWN);
	return arena_str(t->arena, str_sub(s, 0, str_utf8_length(s)));
}

/* Of ours the name by which they are known, of others the address: names lie. */
static struct str sender_of(const struct intake *in, const struct interaction *it)
{
	const struct own *own = in->source->rules->own;

	for (size_t i = 0; i < it->n_parties; i++) {
		const struct party *p = &it->parties[i];
		struct own_hit hit;

		if (p->role != ROLE_FROM)
			continue;
		hit = own_party(own, p);
		if (hit.kind == OWN_STAFF)
			return own_staff_name(own, hit.staff);
		return p->n_ids > 0 ? p->ids[0].value : p->name;
	}
	return STR("");
}

static void take_dead(struct trial *t, const struct intake *in)
{
	struct trial_row *row = add_row(t);

	row->outcome = OUTCOME_DEAD;
	row->at_us = in->has_stub && in->stub.date_us != 0 ? in->stub.date_us : in->raw.received_us;
	row->reason = keep(t, str_from(in->verdict.msg));
	if (!in->has_stub)
		return;
	row->channel = CHANNEL_EMAIL;
	row->who = keep(t, str_from(in->stub.from_address[0] ? in->stub.from_address : in->stub.from_name));
	row->subject = keep(t, str_from(in->stub.subject));
}

static bool take_item(struct trial *t, struct intake *in, const struct interaction *it, struct err *err)
{
	enum outcome outcome;
	struct dry_whose whose;
	struct trial_row *row;

	if (!dry_decide(t->dry, it, &outcome, err) || !dry_whose(t->dry, in, it, &whose, err))
		return false;
	row = add_row(t);
	*row = (struct trial_row){
		.at_us = it->occurred_us, .direction = it->direction, .channel = it->channel, .kind = it->kind,
		.outcome = outcome, .who = keep(t, sender_of(in, it)),
		.subject = keep(t, it->subject.len > 0 ? it->subject : it->text), .reason = keep(t, it->filter),
		.whose = keep(t, str_from(whose.name)), .why = keep(t, str_from(whose.why)), .contact = whose.contact,
		.is_new = whose.is_new,
	};
	return true;
}

bool trial_take(struct trial *t, const struct raw *raw, const struct err *why, struct err *err)
{
	struct intake *in;
	bool ok = true;

	if (!dry_read(t->dry, raw, why, &in, err))
		return false;
	t->n_raws++;
	if (in->verdict.kind != ERR_NONE)
		take_dead(t, in);
	for (size_t i = 0; ok && in->verdict.kind == ERR_NONE && i < in->items.n_items; i++)
		ok = take_item(t, in, &in->items.items[i], err);
	intake_destroy(in);
	return ok;
}
