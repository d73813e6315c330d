/* Who took part in what is taken away: what is known of them follows from what is left. */
#include "base/id.h"
#include "ingest/decision.h"
#include "ingest/source.h"
#include "ingest/touch.h"
#include "ingest/unlearn_inside.h"
#include "model/identity.h"
#include "model/parties_json.h"
#include "store/forget.h"

static bool add_once(struct arena *arena, int64_t **items, size_t *n, int64_t id)
{
	int64_t *grown;

	for (size_t i = 0; i < *n; i++)
		if ((*items)[i] == id)
			return true;
	grown = arena_grow(arena, *items, *n, sizeof(*grown));
	if (grown == NULL)
		return false;
	*items = grown;
	grown[(*n)++] = id;
	return true;
}

static bool add_identity(struct unlearning *un, const struct identity *who, struct err *err)
{
	struct gone_people *p = &un->people;
	int64_t identity, contact;

	if (!store_find_identity(un->st, who, &identity, &contact, err))
		return false;
	if (identity == 0)
		return true;	/* one of ours */
	return (add_once(un->arena, &p->identities, &p->n_identities, identity) &&
		(contact == 0 || add_once(un->arena, &p->contacts, &p->n_contacts, contact))) ||
	       err_setf(err, ERR_LIMIT, "too many people in one message");
}

static bool add_entry(struct unlearning *un, struct gone_entry *e, struct err *err)
{
	if (!parties_json_parse(e->parties, &e->it, un->arena, err))
		return false;
	for (size_t i = 0; i < e->it.n_parties; i++)
		for (size_t k = 0; k < e->it.parties[i].n_ids; k++)
			if (!add_identity(un, &e->it.parties[i].ids[k], err))
				return false;
	return true;
}

struct dead_search {
	struct unlearning *un;
	bool is_full;
};

/* A dead letter's sender is known by its stub alone. */
static bool note_dead(struct unlearning *un, struct gone_row *row, const struct dead_row *dead)
{
	struct err ignored;

	row->dead = dead->id;
	row->dead_by = (struct identity){ .scheme = SCHEME_EMAIL, .value = arena_str(un->arena, dead->stub_address) };
	return identity_canonical(&row->dead_by, un->arena, un->u->rules->default_region, &ignored) &&
	       add_once(un->arena, &un->people.identities, &un->people.n_identities, dead->identity);
}

static bool add_dead(const struct dead_row *dead, void *arg)
{
	struct dead_search *search = arg;
	struct unlearning *un = search->un;

	for (size_t i = 0; i < un->u->kin.n_rows; i++)
		if (dead->journal_id == un->rows[i].id && dead->identity != 0)
			search->is_full |= !note_dead(un, &un->rows[i], dead);
	return !search->is_full;
}

bool unlearn_find_people(struct unlearning *un, struct err *err)
{
	struct dead_search search = { .un = un };

	for (size_t i = 0; i < un->u->kin.n_entries; i++)
		if (!add_entry(un, &un->entries[i], err))
			return false;
	return store_each_dead(un->st, 0, add_dead, &search, err);
}

/* Whom a person made known stays known without any entry: a replay makes them anew. */
static bool is_made_by_hand(struct unlearning *un, int64_t contact, bool *is, struct err *err)
{
	struct journal_row row = { .id = 0 };
	struct err ignored;
	struct decision d;

	if (!store_get_row_before(un->st, contact, un->arena, &row, err))
		return false;
	*is = row.kind == JOURNAL_DECISION && id_after(row.id) == contact && decision_parse(row.body, un->arena, &d, &ignored) &&
	      d.what == DECISION_CONTACT;
	return true;
}

static bool settle_contact(struct unlearning *un, int64_t contact, struct err *err)
{
	bool is_gone = false, is_by_hand;

	/* Whoever is being erased goes in the end, when all that says their name or a handle has been found by it. */
	if (un->u->erasure != 0 && contact == un->u->contact)
		return true;
	if (!is_made_by_hand(un, contact, &is_by_hand, err) || (!is_by_hand && !store_forget_contact(un->st, contact, &is_gone, err)))
		return false;
	return is_gone || touch_settle(un->st, contact, err);
}

bool unlearn_settle_people(struct unlearning *un, struct err *err)
{
	const struct gone_people *p = &un->people;
	bool is_gone;

	for (size_t i = 0; i < p->n_contacts; i++)
		if (!settle_contact(un, p->contacts[i], err))
			return false;
	for (size_t i = 0; i < p->n_identities; i++)
		if (!store_forget_identity(un->st, p->identities[i], &is_gone, err))
			return false;
	return true;
}
