/* The first transaction of an erasure, and the last one of each contact. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "ingest/decision.h"
#include "ingest/erase_inside.h"
#include "ingest/seed.h"
#include "model/identity.h"
#include "store/audit.h"
#include "store/export.h"
#include "store/merge.h"

enum { ROOM = 64 << 20 };

#define NO_EXPORT "an erasure took it away; ask anew"

/* ---- the beginning ---- */

struct handles {
	struct arena *arena;
	struct identity *items;
	size_t n;
	bool is_full;
};

static bool add_handle(struct handles *h, const struct identity *who)
{
	struct identity *grown = arena_grow(h->arena, h->items, h->n, sizeof(*grown));

	h->is_full |= grown == NULL;
	if (grown == NULL)
		return false;
	h->items = grown;
	grown[h->n++] = (struct identity){ .scheme = who->scheme, .value = arena_str(h->arena, who->value),
					   .scope = arena_str(h->arena, who->scope) };
	return true;
}

/* With the other forms in which the same line may come. */
static bool take_handle(const struct identity_row *row, void *arg)
{
	struct identity_variant variants[IDENTITY_MAX_VARIANTS];
	struct handles *h = arg;
	size_t n = identity_variants(&row->identity, h->arena, variants);
	bool ok = add_handle(h, &row->identity);

	for (size_t i = 0; ok && i < n; i++)
		ok = add_handle(h, &variants[i].id);
	return ok;
}

static bool put_tombstones(struct store *st, int64_t contact, int64_t at_us, struct arena *arena, struct err *err)
{
	struct handles handles = { .arena = arena };
	unsigned char key[ERASE_KEY_SIZE], hash[ERASE_HASH_SIZE];

	if (!store_erase_key(st, key, err) || !store_each_identity(st, contact, take_handle, &handles, err))
		return false;
	if (handles.is_full)
		return err_setf(err, ERR_LIMIT, "the contact has too many handles");
	for (size_t i = 0; i < handles.n; i++) {
		erase_hash(key, &handles.items[i], hash);
		if (!store_put_erased_handle(st, hash, at_us, err))
			return false;
	}
	return true;
}

struct ids {
	struct arena *arena;
	int64_t *items;
	size_t n;
};

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

static bool put_contacts(struct store *st, int64_t contact, int64_t erasure, struct arena *arena, struct err *err)
{
	struct ids ids = { .arena = arena };

	if (!add_id(contact, &ids) || !store_each_merged_below(st, contact, add_id, &ids, err))
		return false;
	for (size_t i = 0; i < ids.n; i++)
		if (!store_put_erased_contact(st, ids.items[i], erasure, err))
			return false;
	return true;
}

static bool tell(struct store *st, const struct erasure *what, int64_t contact, struct err *err)
{
	char id[ID_TEXT_SIZE], receipt[ID_TEXT_SIZE];

	return audit_add(st, &(struct audit_entry){ .who = what->by, .what = STR("erase"),
						    .which = str_from(id_format(contact, "con_", id)),
						    .detail = str_from(id_format(what->id, "era_", receipt)) }, err);
}

bool erase_begin(struct store *st, int64_t contact, struct str by, int64_t *id, struct err *err)
{
	struct arena *arena = arena_create(ROOM);
	struct erasure what = { .by = by, .at_us = clock_wall_us() };
	int64_t root;
	bool ok = store_resolve_contact(st, contact, &root, err);

	*id = what.id = store_new_id(st, what.at_us);
	ok = ok && tell(st, &what, root, err) && store_erase_exports(st, STR(NO_EXPORT), what.at_us, err) &&
	     store_put_erasure(st, &what, err) && put_contacts(st, root, what.id, arena, err) &&
	     put_tombstones(st, root, what.at_us, arena, err);
	arena_destroy(arena);
	return ok;
}

/* ---- the end ---- */

struct decisions {
	struct store *st;
	struct arena *arena;
	unsigned char key[ERASE_KEY_SIZE];
	struct ids rows;
	struct err *err;
	bool failed;
};

/* Says their name, their company, what they agreed to, or a handle of theirs. A note is an entry; other decisions say ids alone. */
static bool names_erased(struct decisions *all, const struct decision *d, bool *does)
{
	unsigned char hash[ERASE_HASH_SIZE];
	int64_t erasure = 0, at_us;

	if ((d->what == DECISION_NAME || d->what == DECISION_CONSENT || d->what == DECISION_COMPANY) && !store_find_erased_contact(all->st, d->contact, &erasure, all->err))
		return false;
	*does = erasure != 0;
	for (size_t i = 0; i < d->n_handles && !*does; i++) {
		erase_hash(all->key, &d->handles[i], hash);
		if (!store_find_erased_handle(all->st, hash, &at_us, all->err))
			return false;
		*does = at_us > 0;
	}
	return true;
}

static bool look_at(const struct journal_row *row, void *arg)
{
	struct decisions *all = arg;
	struct err ignored;
	struct decision d;
	bool does = false;

	if (!decision_parse(row->body, all->arena, &d, &ignored))
		return true;
	all->failed = !names_erased(all, &d, &does);
	return !all->failed && (!does || add_id(row->id, &all->rows));
}

static bool forget_decisions(struct store *st, int64_t erasure, struct arena *arena, struct err *err)
{
	struct decisions all = { .st = st, .arena = arena, .rows.arena = arena, .err = err };
	struct erasure done = { .id = erasure };

	if (!store_erase_key(st, all.key, err) || !store_each_decision(st, look_at, &all, err) || all.failed)
		return false;
	for (size_t i = 0; i < all.rows.n; i++)
		if (!store_forget_row(st, all.rows.items[i], err))
			return false;
	done.n_decisions = (int64_t)all.rows.n;
	return store_count_erasure(st, &done, err);
}

bool erase_end_contact(struct store *st, int64_t erasure, int64_t contact, bool *is_gone, struct err *err)
{
	struct arena *arena = arena_create(ROOM);
	/* Those that were asked for meanwhile, too. */
	bool ok = store_erase_exports(st, STR(NO_EXPORT), clock_wall_us(), err) && erase_answers(st, contact, arena, err) &&
		  store_forget_contact(st, contact, is_gone, err);

	if (ok && *is_gone)
		ok = forget_decisions(st, erasure, arena, err) && seed_weed(st, err);
	arena_destroy(arena);
	return ok;
}
