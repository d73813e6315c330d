/* Decisions that move nobody: what a contact is called, whose it is, who sees it, what it agrees to; and questions that are answered. */
#include "base/id.h"
#include "ingest/people_inside.h"
#include "store/export.h"
#include "store/lookalike.h"
#include "store/merge.h"
#include "store/owner.h"

enum { MAX_COMPANY = 200 };

bool people_name(struct change *c, struct err *err)
{
	int64_t contact;

	if (!people_root_of(c, c->d->contact, &contact, err))
		return false;
	c->out->contact = contact;
	return people_journal(c, err) && store_type_name(c->st, contact, c->d->text, id_wall_us(c->out->id), err) &&
	       people_touch(c, contact, err) && people_settle(c, err);
}

bool people_assign(struct change *c, struct err *err)
{
	int64_t contact;

	if (!people_root_of(c, c->d->contact, &contact, err))
		return false;
	c->out->contact = contact;
	return people_journal(c, err) && store_assign_owner(c->st, contact, c->d->text, id_wall_us(c->out->id), err) &&
	       store_settle_owner(c->st, contact, err) && store_bump_contact(c->st, contact, err);
}

bool people_company(struct change *c, struct err *err)
{
	int64_t contact;

	if (c->d->text.len > MAX_COMPANY)
		return err_setf(err, ERR_INPUT, "the name of a company has %d bytes at most", MAX_COMPANY);
	if (!people_root_of(c, c->d->contact, &contact, err))
		return false;
	c->out->contact = contact;
	return people_journal(c, err) && store_assign_company(c->st, contact, c->d->text, id_wall_us(c->out->id), err) &&
	       store_settle_owner(c->st, contact, err) && store_bump_contact(c->st, contact, err);
}

/* A file that may have them in it is not given out any more. */
static bool withdraw_exports(struct change *c, struct err *err)
{
	return c->d->what != DECISION_RESTRICT ||
	       store_withdraw_exports(c->st, STR("somebody in the store was restricted meanwhile; ask anew"), id_wall_us(c->out->id), err);
}

/* Who may see them follows from it, and from the owner. */
bool people_restrict(struct change *c, struct err *err)
{
	int64_t contact;

	if (!people_root_of(c, c->d->contact, &contact, err))
		return false;
	c->out->contact = contact;
	return people_journal(c, err) && store_restrict(c->st, contact, c->d->what == DECISION_RESTRICT, err) && withdraw_exports(c, err) &&
	       store_bump_contact(c->st, contact, err);
}

static bool is_seen(const struct interaction_row *row, void *arg)
{
	(void)row;
	*(bool *)arg = true;
	return true;
}

/* How much of a conversation colleagues see, whatever the connectors by which it came say. */
bool people_share(struct change *c, struct err *err)
{
	enum share share = share_from(c->d->text);
	bool is_there = false;

	if (share == SHARE_NONE && !str_eq(c->d->text, STR("default")))
		return err_setf(err, ERR_INPUT, "\"" STR_FMT "\" is not everything, subject, metadata or default", STR_ARG(str_sub(c->d->text, 0, 40)));
	if (!store_get_interaction(c->st, c->d->entry, is_seen, &is_there, err))
		return false;
	return people_journal(c, err) && store_share_thread(c->st, c->d->entry, share, c->d->by, c->out->id, err);
}

/* Whoever they are merged into has it too, and it is theirs again when they are two. */
bool people_agree(struct change *c, struct err *err)
{
	struct consent_row row = { .consent = c->d->consent, .by = c->d->by };

	if (!people_root_of(c, c->d->contact, &row.contact, err) || !consent_check(&row.consent, err) || !people_journal(c, err))
		return false;
	c->out->contact = row.contact;
	row.decision = c->out->id;
	if (row.consent.said_us == 0)
		row.consent.said_us = id_wall_us(c->out->id);
	return store_put_consent(c->st, &row, err) && store_bump_contact(c->st, row.contact, err);
}

bool people_dismiss(struct change *c, struct err *err)
{
	bool was_there;

	return people_journal(c, err) && store_forget_review(c->st, c->d->review, &was_there, err) &&
	       (was_there || c->out->replays != 0 || err_setf(err, ERR_MISSING, "there is no such review item"));
}

/* They are two, whatever they have in common: not proposed as one again. Merging them is possible for all that. */
bool people_set_apart(struct change *c, struct err *err)
{
	int64_t one, other;

	if (!people_root_of(c, c->d->contact, &one, err) || !people_root_of(c, c->d->into, &other, err))
		return false;
	if (one == other)
		return err_setf(err, ERR_INPUT, "they are one contact: unmerge it, or split off what is another's");
	c->out->contact = one;
	return people_journal(c, err) && store_set_apart(c->st, one, other, c->out->id, err);
}
