#include "ingest/rematch.h"

#include <stdlib.h>

#include "ingest/link.h"
#include "ingest/touch.h"
#include "model/parties_json.h"
#include "store/forget.h"
#include "store/merge.h"

enum { LISTS = 256 << 20, ENTRY_ARENA = 16 << 20, MAX_OWNERS = 4096 };

void rematch_init(struct rematch *r, struct store *st, struct sources *sources, int64_t decision, bool keeps_reviews)
{
	*r = (struct rematch){ .st = st, .sources = sources, .decision = decision, .keeps_reviews = keeps_reviews,
			       .arena = arena_create(LISTS) };
}

void rematch_finish(struct rematch *r)
{
	arena_destroy(r->arena);
}

/* ---- lists ---- */

static bool add(struct arena *arena, int64_t **items, size_t *n, int64_t id)
{
	int64_t *grown = arena_grow(arena, *items, *n, sizeof(*grown));

	if (grown == NULL)
		return false;
	*items = grown;
	grown[(*n)++] = id;
	return true;
}

bool rematch_add(int64_t entry, void *rematch)
{
	struct rematch *r = rematch;

	return add(r->arena, &r->entries, &r->n_entries, entry);
}

bool rematch_touch(struct rematch *r, int64_t contact, struct err *err)
{
	for (size_t i = 0; i < r->n_contacts; i++)
		if (r->contacts[i] == contact)
			return true;
	return contact == 0 || add(r->arena, &r->contacts, &r->n_contacts, contact) ||
	       err_setf(err, ERR_LIMIT, "too many people are touched by it");
}

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* ---- an entry ---- */

struct entry {
	struct arena *arena;
	int64_t id, journal_id, connector;
	struct interaction it;
	struct str parties;
};

static bool keep(const struct interaction_row *row, void *arg)
{
	struct entry *e = arg;

	e->id = row->id;
	e->journal_id = row->journal_id;
	e->connector = row->connector;
	e->it = (struct interaction){
		.channel = row->it.channel, .direction = row->it.direction, .kind = row->it.kind,
		.occurred_us = row->it.occurred_us, .key_us = row->it.key_us,
		.external_id = arena_str(e->arena, row->it.external_id), .subject = arena_str(e->arena, row->it.subject),
		.text = arena_str(e->arena, row->it.text), .details = arena_str(e->arena, row->it.details),
	};
	e->parties = arena_str(e->arena, row->parties);
	return true;
}

static bool load(struct store *st, int64_t id, struct arena *arena, struct entry *e, struct err *err)
{
	*e = (struct entry){ .arena = arena };
	return store_get_interaction(st, id, keep, e, err) &&
	       (e->id != 0 || err_setf(err, ERR_MISSING, "there is no such entry")) &&
	       parties_json_parse(e->parties, &e->it, arena, err);
}

/* ---- whose it is ---- */

struct owners {
	struct store *st;
	int64_t *contacts;
	size_t n, max;
	struct err *err;
	bool ok;
};

static bool add_owner(struct owners *o, int64_t contact)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->contacts[i] == contact)
			return true;
	if (o->n == o->max)
		return err_setf(o->err, ERR_LIMIT, "more than %zu people take part", o->max);
	o->contacts[o->n++] = contact;
	return true;
}

static bool add_target(const struct moved *moved, void *arg)
{
	struct owners *o = arg;
	struct err missing;
	int64_t root;

	o->ok = !store_resolve_contact(o->st, moved->contact, &root, &missing) || add_owner(o, root);
	return o->ok;
}

static bool find_owners(struct owners *o, const struct entry *e)
{
	struct handle h;

	for (size_t i = 0; i < e->it.n_parties; i++) {
		for (size_t k = 0; k < e->it.parties[i].n_ids; k++) {
			if (!store_find_handle(o->st, &e->it.parties[i].ids[k], &h, o->err))
				return false;
			if (h.id != 0 && !add_owner(o, h.contact))	/* id 0: one of ours */
				return false;
		}
	}
	return store_each_moved(o->st, e->id, add_target, o, o->err) && o->ok;
}

static bool drop_owners_without_part(struct owners *o, const struct entry *e)
{
	size_t kept = 0;
	bool is;

	for (size_t i = 0; i < o->n; i++) {
		if (!store_is_participant(o->st, o->contacts[i], e->it.occurred_us, e->id, &is, o->err))
			return false;
		if (is)
			o->contacts[kept++] = o->contacts[i];
	}
	o->n = kept;
	return true;
}

bool rematch_owners(struct store *st, int64_t id, struct arena *arena, int64_t *contacts, size_t max, size_t *n,
		    struct err *err)
{
	struct owners o = { .st = st, .contacts = contacts, .max = max, .err = err, .ok = true };
	struct entry e;
	bool ok = load(st, id, arena, &e, err) && find_owners(&o, &e) && add_owner(&o, 0) && drop_owners_without_part(&o, &e);

	*n = o.n;
	return ok;
}

/* ---- matched anew ---- */

static bool forget_places(struct rematch *r, const struct entry *e, struct err *err)
{
	struct owners o = { .st = r->st, .max = MAX_OWNERS, .err = err, .ok = true };

	o.contacts = arena_alloc(e->arena, MAX_OWNERS * sizeof(int64_t));
	if (o.contacts == NULL)
		return err_setf(err, ERR_BUG, "no room to match an entry anew");
	if (!find_owners(&o, e) || !add_owner(&o, 0))
		return false;
	for (size_t i = 0; i < o.n; i++)
		if (!store_forget_participant(r->st, o.contacts[i], e->it.occurred_us, e->id, err) ||
		    !rematch_touch(r, o.contacts[i], err))
			return false;
	return r->keeps_reviews || store_forget_reviews_of(r->st, e->id, err);
}

static bool touch_new_places(struct rematch *r, const struct entry *e, struct err *err)
{
	struct handle h;

	for (size_t i = 0; i < e->it.n_parties; i++)
		for (size_t k = 0; k < e->it.parties[i].n_ids; k++)
			if (!store_find_handle(r->st, &e->it.parties[i].ids[k], &h, err) || !rematch_touch(r, h.contact, err))
				return false;
	return true;
}

static struct source *source_of(struct rematch *r, const struct entry *e, struct err *err)
{
	return r->sources->people->id == e->connector ? r->sources->people : sources_find(r->sources, e->connector, err);
}

static bool place(struct rematch *r, struct entry *e, struct intake *in, struct err *err)
{
	struct links links;
	int64_t connector;

	if (!store_get_meta(r->st, e->journal_id, in->arena, &connector, &in->raw.meta, err) ||
	    !links_find(&links, in, r->st, e->id, &e->it, err))
		return false;
	links.since = r->decision;
	return store_set_match(r->st, e->id, links.reason, err) && links_put(&links, in, r->st, &e->it, err) &&
	       store_move_again(r->st, e->id, e->it.occurred_us, err);
}

static bool match_anew(struct rematch *r, int64_t id, struct err *err)
{
	struct source *source;
	struct intake *in;
	struct entry e = { .arena = arena_create(ENTRY_ARENA) };
	struct arena *arena = e.arena;
	bool ok = load(r->st, id, arena, &e, err) && (source = source_of(r, &e, err)) != NULL;

	if (ok) {
		in = intake_create(source, ENTRY_ARENA);
		ok = forget_places(r, &e, err) && place(r, &e, in, err) && touch_new_places(r, &e, err);
		intake_destroy(in);
	}
	arena_destroy(arena);
	return ok;
}

bool rematch_run(struct rematch *r, struct err *err)
{
	int64_t before = 0;

	if (r->n_entries > 0)
		qsort(r->entries, r->n_entries, sizeof(*r->entries), compare_ids);
	for (size_t i = 0; i < r->n_entries; i++) {
		if (r->entries[i] != before && !match_anew(r, r->entries[i], err))
			return false;
		before = r->entries[i];
	}
	for (size_t i = 0; i < r->n_contacts; i++)
		if (!touch_settle(r->st, r->contacts[i], err))
			return false;
	return !arena_is_exceeded(r->arena) || err_setf(err, ERR_LIMIT, "too much hangs together");
}
