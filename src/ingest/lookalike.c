#include "ingest/lookalike.h"

#include "base/mem.h"
#include "ingest/ingest.h"
#include "ingest/purge_jobs.h"
#include "model/likeness.h"
#include "store/lookalike.h"

/* A key that more than CROWD share is no sign of anything: a common name in a large company. Of somebody known by more handles than
 * MAX_HANDLES, the first are compared. */
enum { ROOM = 1 << 20, AT_ONCE = 64, BATCHES = 32, CROWD = 8, MAX_HANDLES = 32 };

struct handles {
	struct arena *arena;
	struct identity ids[MAX_HANDLES];
	size_t n;
};

static bool add_handle(const struct identity_row *row, void *arg)
{
	struct handles *h = arg;

	h->ids[h->n++] = (struct identity){ .scheme = row->identity.scheme,
					    .value = arena_str(h->arena, row->identity.value),
					    .scope = arena_str(h->arena, row->identity.scope) };
	return h->n < countof(h->ids);
}

/* None of whoever is gone, or part of somebody else. */
static bool keys_of(struct store *st, int64_t contact, struct arena *arena, struct likeness_key keys[LIKENESS_MAX_KEYS], size_t *n,
		    struct err *err)
{
	struct handles h = { .arena = arena };
	struct likeness_person person = { .ids = h.ids };
	bool is_there;

	*n = 0;
	if (!store_get_told_name(st, contact, arena, &person.name, &is_there, err) ||
	    (is_there && !store_each_identity(st, contact, add_handle, &h, err)))
		return false;
	person.n_ids = h.n;
	*n = likeness_keys(&person, arena, keys);
	return true;
}

struct ids {
	int64_t items[AT_ONCE];
	size_t n;
};

static bool add_id(int64_t id, void *arg)
{
	struct ids *ids = arg;

	ids->items[ids->n++] = id;
	return ids->n < countof(ids->items);
}

static bool compare_two(struct store *st, int64_t contact, const struct likeness_key *keys, size_t n, int64_t other,
			struct arena *arena, struct err *err)
{
	struct likeness_key theirs[LIKENESS_MAX_KEYS];
	unsigned shared;
	size_t n_theirs;

	if (!keys_of(st, other, arena, theirs, &n_theirs, err))
		return false;
	shared = likeness_shared(keys, n, theirs, n_theirs);
	return shared == 0 || store_put_lookalike(st, contact, other, shared, err);
}

static bool compare_by(struct store *st, int64_t contact, const struct likeness_key *keys, size_t n, const struct likeness_key *key,
		       struct arena *arena, struct err *err)
{
	struct ids others = { .n = 0 };

	if (!store_each_alike(st, key, contact, CROWD, add_id, &others, err))
		return false;
	for (size_t i = 0; others.n < CROWD && i < others.n; i++)
		if (!compare_two(st, contact, keys, n, others.items[i], arena, err))
			return false;
	return true;
}

static bool compare_one(struct store *st, int64_t contact, struct arena *arena, struct err *err)
{
	struct likeness_key keys[LIKENESS_MAX_KEYS];
	size_t n;

	if (!keys_of(st, contact, arena, keys, &n, err) || !store_set_likeness(st, contact, keys, n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!compare_by(st, contact, keys, n, &keys[i], arena, err))
			return false;
	return true;
}

bool lookalike_compare(struct store *st, size_t limit, struct err *err)
{
	struct ids waiting = { .n = 0 };
	bool ok = store_each_uncompared(st, limit < AT_ONCE ? limit : AT_ONCE, add_id, &waiting, err);

	for (size_t i = 0; ok && i < waiting.n; i++) {
		struct arena *arena = arena_create(ROOM);

		ok = compare_one(st, waiting.items[i], arena, err);
		arena_destroy(arena);
	}
	return ok;
}

static bool apply(struct store *st, void *arg, struct err *err)
{
	(void)arg;
	return lookalike_compare(st, AT_ONCE, err);
}

bool lookalike_look(const struct ingest_parts *parts, struct store *reader, struct err *err)
{
	bool has = true;

	for (int i = 0; i < BATCHES; i++) {
		if (!store_has_uncompared(reader, &has, err))
			return false;
		if (!has)
			return true;
		if (!purge_run(parts->writer, apply, NULL, err))
			return false;
	}
	return true;
}
