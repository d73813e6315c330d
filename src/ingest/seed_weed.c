/* Whoever is not in the store any more goes out of the seeds as well: nothing is kept of somebody who was taken away. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ingest/seed.h"
#include "store/forget.h"

enum { ROOM = 16 << 20, MAX_JSON = 4 << 20 };

struct ids {
	int64_t *items;
	size_t n;
};

static bool add(const struct journal_row *row, void *arg)
{
	struct ids *ids = arg;

	ids->items = xrealloc(ids->items, ids->n + 1, sizeof(*ids->items));
	ids->items[ids->n++] = row->id;
	return true;
}

static bool weed_contacts(struct seed *seed, struct store *st, struct arena *arena, struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < seed->n_contacts; i++) {
		struct contact_row row;
		struct err why;

		if (store_get_contact(st, seed->contacts[i].id, arena, &row, &why)) {
			seed->contacts[kept++] = seed->contacts[i];
		} else if (why.kind != ERR_MISSING) {
			*err = why;
			return false;
		}
	}
	seed->n_contacts = kept;
	return true;
}

static bool weed_handles(struct seed *seed, struct store *st, struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < seed->n_handles; i++) {
		int64_t identity, contact;

		if (!store_find_identity(st, &seed->handles[i].identity, &identity, &contact, err))
			return false;
		if (identity != 0)
			seed->handles[kept++] = seed->handles[i];
	}
	seed->n_handles = kept;
	return true;
}

static bool replace(struct store *st, int64_t id, const struct seed *seed, struct err *err)
{
	struct buf body;
	bool ok;

	buf_init(&body, MAX_JSON);
	if (seed->n_handles > 0 || seed->n_contacts > 0)
		seed_json(seed, &body);
	ok = store_replace_seed(st, id, buf_str(&body), err);
	buf_finish(&body);
	return ok;
}

static bool weed_one(struct store *st, int64_t id, struct err *err)
{
	struct arena *arena = arena_create(ROOM);
	struct journal_row row;
	struct seed seed;
	size_t n = 0;
	bool ok = store_get_journal(st, id, arena, &row, err) && seed_parse(row.body, arena, &seed, err);

	if (ok) {
		n = seed.n_contacts + seed.n_handles;
		ok = weed_contacts(&seed, st, arena, err) && weed_handles(&seed, st, err) &&
		     (seed.n_contacts + seed.n_handles == n || replace(st, id, &seed, err));
	}
	arena_destroy(arena);
	return ok;
}

bool seed_weed(struct store *st, struct err *err)
{
	struct ids ids = { 0 };
	bool ok = store_each_seed(st, add, &ids, err);

	for (size_t i = 0; ok && i < ids.n; i++)
		ok = weed_one(st, ids.items[i], err);
	free(ids.items);
	return ok;
}
