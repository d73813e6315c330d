/* Who had become known by a row that is taken away, or applied anew later, and is named by others still: a seed is left in
 * its place, so that they are the same ones after a rebuild. */
#include "ingest/seed.h"
#include "ingest/unlearn_inside.h"
#include "model/identity.h"
#include "store/forget.h"
#include "store/merge.h"
#include "store/owner.h"

struct seeding {
	struct unlearning *un;
	int64_t first_id;		/* of what came of the row (a retry is later than it): the seed takes it */
	struct seed seed;
};

/* Made by this very row: no other begins between its beginning and the contact. */
static bool is_made_here(struct seeding *s, int64_t contact, bool *is, struct err *err)
{
	bool has = true;

	if (contact > s->first_id && !store_has_row_between(s->un->st, s->first_id, contact, &has, err))
		return false;
	*is = !has;
	return true;
}

static bool no_room(struct err *err)
{
	return err_setf(err, ERR_LIMIT, "too many people in one message");
}

static bool add_contact(struct seeding *s, int64_t id, struct err *err)
{
	struct seed_contact *grown, *seed;
	struct contact_row row;

	for (size_t i = 0; i < s->seed.n_contacts; i++)
		if (s->seed.contacts[i].id == id)
			return true;
	grown = arena_grow(s->un->arena, s->seed.contacts, s->seed.n_contacts, sizeof(*grown));
	if (grown == NULL)
		return no_room(err);
	s->seed.contacts = grown;
	if (!store_get_contact(s->un->st, id, s->un->arena, &row, err))
		return false;
	seed = &grown[s->seed.n_contacts++];
	*seed = (struct seed_contact){ .id = id };
	return store_get_made_company(s->un->st, id, s->un->arena, &seed->company, err) &&
	       store_get_made_owner(s->un->st, id, s->un->arena, &seed->owner, err);
}

static bool add_handle(struct seeding *s, const struct identity *who, int64_t contact, struct err *err)
{
	struct seed_handle *grown;

	for (size_t i = 0; i < s->seed.n_handles; i++)
		if (identity_eq(&s->seed.handles[i].identity, who))
			return true;
	grown = arena_grow(s->un->arena, s->seed.handles, s->seed.n_handles, sizeof(*grown));
	if (grown == NULL)
		return no_room(err);
	s->seed.handles = grown;
	grown[s->seed.n_handles] = (struct seed_handle){ .identity = *who, .contact = contact };
	return store_get_why(s->un->st, who, s->un->arena, &grown[s->seed.n_handles++].why, err);
}

/* Of whoever is being erased each entry goes, one after the other: what had become known by an earlier one stands in the seed of that. */
static bool is_seeded(const struct seeding *s, const struct handle *h)
{
	return s->un->u->erasure != 0 && s->un->u->contact != 0 && h->contact == s->un->u->contact && h->home < s->first_id &&
	       h->first_id < s->first_id;
}

/* A contact that came later is not known yet where the seed stands. */
static bool add_identity(struct seeding *s, const struct identity *who, struct err *err)
{
	bool is_here = false, was = false;
	int64_t contact;
	struct handle h;

	if (!store_find_handle(s->un->st, who, &h, err))
		return false;
	if (h.id == 0 || is_seeded(s, &h))
		return true;
	contact = h.by_hand ? 0 : h.home;	/* what a person said is said again behind it */
	if (contact > s->first_id) {
		if (!is_made_here(s, contact, &is_here, err))
			return false;
		if (!is_here)
			contact = 0;
	}
	if (!is_here && !store_was_there_before(s->un->st, h.id, h.contact, s->first_id, &was, err))
		return false;
	return was || ((!is_here || add_contact(s, contact, err)) && add_handle(s, who, contact, err));
}

struct made {
	struct arena *arena;
	int64_t *ids;
	size_t n;
};

static bool keep_made(int64_t id, void *arg)
{
	struct made *made = arg;
	int64_t *grown = arena_grow(made->arena, made->ids, made->n, sizeof(*grown));

	if (grown == NULL)
		return false;
	made->ids = grown;
	grown[made->n++] = id;
	return true;
}

static bool add_entry(struct seeding *s, const struct gone_entry *e, struct err *err)
{
	if (s->first_id == 0)		/* entries are in the order of their ids */
		s->first_id = e->id;
	for (size_t i = 0; i < e->it.n_parties; i++)
		for (size_t k = 0; k < e->it.parties[i].n_ids; k++)
			if (!add_identity(s, &e->it.parties[i].ids[k], err))
				return false;
	return true;
}

/* Also who has none of the handles any more by which they had become known: others may be merged with them. */
static bool add_made(struct seeding *s, struct err *err)
{
	struct made made = { .arena = s->un->arena };
	bool is;

	if (s->first_id == 0)
		return true;
	if (!store_each_contact_after(s->un->st, s->first_id, keep_made, &made, err))
		return false;
	for (size_t i = 0; i < made.n; i++)
		if (!is_made_here(s, made.ids[i], &is, err) || (is && !add_contact(s, made.ids[i], err)))
			return false;
	return true;
}

static bool add_dead(struct seeding *s, const struct gone_row *row, struct err *err)
{
	if (row->dead == 0)
		return true;
	s->first_id = row->dead;
	return add_identity(s, &row->dead_by, err);
}

bool unlearn_plant_seeds(struct unlearning *un, struct err *err)
{
	for (size_t i = 0; i < un->u->kin.n_rows; i++) {
		struct seeding s = { .un = un };

		for (size_t k = 0; k < un->u->kin.n_entries; k++)
			if (un->entries[k].journal_id == un->rows[i].id && !add_entry(&s, &un->entries[k], err))
				return false;
		if (!add_made(&s, err) || !add_dead(&s, &un->rows[i], err) || !seed_plant(&s.seed, s.first_id, un->st, err))
			return false;
	}
	return true;
}
