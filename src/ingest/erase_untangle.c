/* A backup may be from before a handle changed hands, or before two contacts were one or two: whoever is erased again in it must
 * be the one who was erased, and nobody else. */
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/erase_list.h"
#include "ingest/ingest.h"
#include "ingest/people.h"
#include "store/erase.h"
#include "store/merge.h"

enum { ROOM = 256 << 20 };

struct ids {
	struct arena *arena;
	int64_t *items;
	size_t n;
};

/* Somebody who has handles of an erased person, or who is said to be one. */
struct tangle {
	int64_t contact;
	const struct erasure *of;	/* whose handles; NULL: it has none */
	bool is_named;			/* its id is one of those that were erased */
	struct identity *theirs, *others;
	size_t n_theirs, n_others;
};

struct untangling {
	struct store *st;
	const struct config *config;
	const struct ingest_parts *parts;
	struct arena *arena;
	unsigned char key[ERASE_KEY_SIZE];
	struct erasure *erasures;	/* that are to be done */
	size_t n_erasures;
	struct tangle *tangles;
	size_t n_tangles;
	struct tangle now;		/* under way */
	struct err *err;
	bool failed;
};

static bool no_room(struct untangling *u)
{
	u->failed = true;
	return err_setf(u->err, ERR_LIMIT, "no room to tell apart who was erased");
}

static bool add_id(int64_t id, void *arg)
{
	struct ids *ids = arg;
	int64_t *grown = arena_grow(ids->arena, ids->items, ids->n, sizeof(*grown));

	if (grown == NULL)
		return false;
	ids->items = grown;
	grown[ids->n++] = id;
	return true;
}

static bool keep_erasure(const struct erasure *e, void *arg)
{
	struct untangling *u = arg;
	struct erasure *grown;

	if (e->done_us != 0)
		return true;
	grown = arena_grow(u->arena, u->erasures, u->n_erasures, sizeof(*grown));
	if (grown == NULL)
		return no_room(u);
	u->erasures = grown;
	grown[u->n_erasures] = *e;
	grown[u->n_erasures++].by = arena_str(u->arena, e->by);
	return true;
}

static bool decide(struct untangling *u, const struct decision *d, int64_t *contact)
{
	struct people_change change = { .decision = d, .is_of_erasure = true };

	if (!people_decide(&change, u->config, u->parts, u->st, u->err))
		return false;
	*contact = change.contact;
	return true;
}

/* ---- merged since then, or not any more ---- */

/* Whoever was two persons again when one of them was erased is two persons again. */
static bool part(struct untangling *u, const struct erasure *e, int64_t contact)
{
	const struct decision apart = { .what = DECISION_UNMERGE, .by = e->by, .contact = contact };
	int64_t into, by, root, erasure, ignored;

	if (!store_get_merge(u->st, contact, &into, &by, u->err))
		return u->err->kind == ERR_MISSING;
	if (into == 0)
		return true;
	return store_resolve_contact(u->st, contact, &root, u->err) &&
	       store_find_erased_contact(u->st, root, &erasure, u->err) && (erasure != 0 || decide(u, &apart, &ignored));
}

static bool part_all(struct untangling *u)
{
	for (size_t i = 0; i < u->n_erasures; i++) {
		struct ids contacts = { .arena = u->arena };

		if (!store_each_erased_contact(u->st, u->erasures[i].id, add_id, &contacts, u->err))
			return false;
		for (size_t k = 0; k < contacts.n; k++)
			if (!part(u, &u->erasures[i], contacts.items[k]))
				return false;
	}
	return true;
}

/* ---- who has what ---- */

static const struct erasure *erasure_at(const struct untangling *u, int64_t at_us)
{
	for (size_t i = 0; i < u->n_erasures; i++)
		if (u->erasures[i].at_us == at_us)
			return &u->erasures[i];
	return NULL;
}

static bool keep_handle(struct untangling *u, struct identity **items, size_t *n, const struct identity *who)
{
	struct identity *grown = arena_grow(u->arena, *items, *n, sizeof(*grown));

	if (grown == NULL)
		return no_room(u);
	*items = grown;
	grown[(*n)++] = (struct identity){ .scheme = who->scheme, .value = arena_str(u->arena, who->value),
					   .scope = arena_str(u->arena, who->scope) };
	return true;
}

static bool look_at_handle(const struct identity_row *row, void *arg)
{
	struct untangling *u = arg;
	struct tangle *t = &u->now;
	unsigned char hash[ERASE_HASH_SIZE];
	const struct erasure *of;
	int64_t at_us;

	erase_hash(u->key, &row->identity, hash);
	if (!store_find_erased_handle(u->st, hash, &at_us, u->err)) {
		u->failed = true;
		return false;
	}
	of = erasure_at(u, at_us);
	if (of == NULL)
		return keep_handle(u, &t->others, &t->n_others, &row->identity);
	t->of = of;
	return keep_handle(u, &t->theirs, &t->n_theirs, &row->identity);
}

static bool look_at_contact(const struct contact_row *row, void *arg)
{
	struct untangling *u = arg;
	struct tangle *grown;
	int64_t erasure;

	if (!store_find_erased_contact(u->st, row->id, &erasure, u->err)) {
		u->failed = true;
		return false;
	}
	u->now = (struct tangle){ .contact = row->id, .is_named = erasure != 0 };
	u->failed |= !store_each_identity(u->st, row->id, look_at_handle, u, u->err);
	if (u->failed || (u->now.of == NULL && !u->now.is_named))
		return !u->failed;
	grown = arena_grow(u->arena, u->tangles, u->n_tangles, sizeof(*grown));
	if (grown == NULL)
		return no_room(u);
	u->tangles = grown;
	grown[u->n_tangles++] = u->now;
	return true;
}

/* ---- telling them apart ---- */

static bool split(struct untangling *u, const struct tangle *t, struct identity *handles, size_t n, int64_t *contact)
{
	const struct decision d = { .what = DECISION_SPLIT, .by = t->of->by, .contact = t->contact, .handles = handles, .n_handles = n };

	return decide(u, &d, contact);
}

/* Law 7: neither gone nor forgotten. */
static bool leave_to_a_person(struct untangling *u, const struct tangle *t)
{
	char id[ID_TEXT_SIZE];

	log_warn(NULL, "a contact of the backup has the id of one that was erased, but none of the handles; it stays: look at it",
		 kv_s("contact", id_format(t->contact, "con_", id)));
	return store_forget_erased_contact(u->st, t->contact, u->err);
}

static bool untangle(struct untangling *u, const struct tangle *t)
{
	int64_t contact = t->contact;

	if (t->is_named && t->n_others == 0)
		return true;
	if (t->is_named && t->n_theirs == 0)
		return leave_to_a_person(u, t);
	if (t->is_named)		/* the others' handles go to somebody of their own */
		return split(u, t, t->others, t->n_others, &contact);
	/* All that somebody is known by is theirs: it is them under another id. */
	return (t->n_others == 0 || split(u, t, t->theirs, t->n_theirs, &contact)) &&
	       store_put_erased_contact(u->st, contact, t->of->id, u->err);
}

static bool run(struct untangling *u)
{
	if (!store_erase_key(u->st, u->key, u->err) || !store_each_erasure(u->st, keep_erasure, u, u->err) || u->failed)
		return false;
	if (u->n_erasures == 0)
		return true;
	if (!part_all(u) || !store_each_contact(u->st, look_at_contact, u, u->err) || u->failed)
		return false;
	for (size_t i = 0; i < u->n_tangles; i++)
		if (!untangle(u, &u->tangles[i]))
			return false;
	return true;
}

bool erase_list_untangle(struct store *st, const struct config *config, const struct ingest_parts *parts, struct err *err)
{
	struct untangling u = { .st = st, .config = config, .parts = parts, .arena = arena_create(ROOM), .err = err };
	bool ok = run(&u);

	arena_destroy(u.arena);
	return ok;
}
