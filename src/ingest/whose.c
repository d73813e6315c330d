#include "ingest/whose.h"

#include "store/merge.h"

struct search {
	const struct party *party;
	int64_t identity;
	int64_t moved_to;		/* 0: it was not */
};

static bool see(const struct moved *moved, void *arg)
{
	struct search *s = arg;

	if (moved->role == s->party->role && moved->identity == s->identity)
		s->moved_to = moved->contact;
	return s->moved_to == 0;
}

static bool see_one(struct store *st, int64_t entry, struct search *s, int64_t *contact, struct err *err)
{
	return store_each_moved(st, entry, see, s, err) &&
	       (s->moved_to == 0 || store_resolve_contact(st, s->moved_to, contact, err));
}

bool whose_party(struct store *st, int64_t entry, const struct party *party, int64_t *contact, struct err *err)
{
	struct search s = { .party = party };
	int64_t first = 0, its;

	*contact = 0;
	for (size_t i = 0; i < party->n_ids; i++) {
		if (!store_find_identity(st, &party->ids[i], &s.identity, &its, err) ||
		    (s.identity != 0 && !see_one(st, entry, &s, contact, err)))
			return false;
		if (s.moved_to != 0)
			return true;
		if (first == 0)
			first = its;
	}
	*contact = first;
	return true;
}
