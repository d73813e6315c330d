/* Which mails are one conversation: a forest of Message-IDs, each with at most one parent, and the root names the thread.
 * It follows from the mails that are here and not from the order in which they came: a mail says its own parent, of one that
 * is not here its descendants say it, and whenever a parent becomes known the mails below it are given their new root. */
#include "base/mem.h"
#include "store/forget.h"
#include "store/inside.h"

enum {
	DEPTH_MAX = 1000,	/* of ancestors; longer chains are nobody's conversation */
	MOVED_MAX = 2000,	/* mails of one thread that get a new root at a time … */
	STEPS_MAX = 50000,	/* … and ancestors that are looked at for that: some tenths of a second */
	ROOM = 32 << 20,	/* for the ids that all this walks along */
	RANK_HEARSAY = 1, RANK_OWN = 2,
};

struct parent {
	struct str id;
	int64_t rank;		/* 0: nothing is known */
};

static bool find_parent(struct store *st, struct str id, struct arena *arena, struct parent *out, struct err *err)
{
	struct query q;
	bool has;

	*out = (struct parent){ .rank = 0 };
	if (!query_open(&q, st, "SELECT parent, rank FROM mail_parent WHERE id = ?", err))
		return false;
	bind_str(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		out->id = arena_str(arena, column_str(&q));
		out->rank = column_int(&q);
	}
	query_close(&q);
	return true;
}

struct walk {
	struct str root;
	bool meets;		/* `other` is among the ancestors, or the id itself */
	int depth;
};

static bool walk_up(struct store *st, struct str id, struct str other, struct arena *arena, struct walk *w, struct err *err)
{
	struct parent p;

	*w = (struct walk){ .root = id, .meets = str_eq(id, other) };
	for (; w->depth < DEPTH_MAX; w->depth++) {
		if (!find_parent(st, w->root, arena, &p, err))
			return false;
		if (p.id.len == 0)
			return true;
		w->root = p.id;
		w->meets = w->meets || str_eq(p.id, other);
	}
	return true;
}

static bool write_parent(struct store *st, struct str id, struct str parent, int64_t rank, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO mail_parent VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET"
				" parent = excluded.parent, rank = excluded.rank", err))
		return false;
	bind_str(&q, id);
	bind_str(&q, parent);
	bind_int(&q, rank);
	return query_run(&q, NULL, err);
}

/* ---- mails whose root has changed ---- */

struct moved {
	int64_t id;
	struct str message_id;
};

static bool find_members(struct store *st, struct str thread, struct arena *arena, struct moved **members, size_t *n,
			 struct err *err)
{
	struct moved *grown;
	struct query q;

	*members = NULL;
	*n = 0;
	if (!query_open(&q, st, "SELECT id, external_id FROM interaction WHERE channel = 1 AND thread = ?", err))
		return false;
	bind_str(&q, thread);
	while (*n < MOVED_MAX && query_next(&q, err)) {
		grown = arena_grow(arena, *members, *n, sizeof(*grown));
		if (grown == NULL)
			break;
		*members = grown;
		grown[*n].id = column_int(&q);
		grown[(*n)++].message_id = arena_str(arena, column_str(&q));
	}
	if (!q.is_failed && *n < MOVED_MAX)
		return query_end(&q);
	query_close(&q);
	return true;
}

/* The whole conversation, as its root has an ancestor now. */
static bool rename_thread(struct store *st, struct str thread, struct str root, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE interaction SET thread = ? WHERE channel = 1 AND thread = ?", err))
		return false;
	bind_str(&q, root);
	bind_str(&q, thread);
	return query_run(&q, NULL, err);
}

/* Some of a thread have another root. A thread so large that this takes too long is nobody's conversation: the rest of it
 * stays where it was. */
static bool move_some(struct store *st, struct str before, struct arena *arena, struct err *err)
{
	struct moved *members;
	struct walk w;
	size_t n;
	int steps = 0;

	if (!find_members(st, before, arena, &members, &n, err))
		return false;
	for (size_t i = 0; i < n && steps < STEPS_MAX; i++) {
		if (!walk_up(st, members[i].message_id, STR(""), arena, &w, err))
			return false;
		steps += w.depth + 1;
		if (!str_eq(w.root, before) && !store_set_thread(st, members[i].id, w.root, err))
			return false;
	}
	return true;
}

/* The parent of id is another one now; before is the root that it had. Mostly the new parent has the same root. */
static bool move_members(struct store *st, struct str id, struct str before, struct arena *arena, struct err *err)
{
	struct walk w;

	if (!walk_up(st, id, STR(""), arena, &w, err))
		return false;
	if (str_eq(w.root, before))
		return true;
	return str_eq(id, before) ? rename_thread(st, before, w.root, err) : move_some(st, before, arena, err);
}

/* ---- claims ---- */

/* Is this news? A mail's own word stands, and the first one where an id is used again; of hearsay the smaller id, so that
 * the order in which it comes does not matter. */
static bool is_better(const struct parent *known, struct str parent, int64_t rank)
{
	if (known->rank != rank)
		return rank > known->rank;
	return rank == RANK_HEARSAY && str_cmp(parent, known->id) < 0;
}

static bool claim(struct store *st, struct str id, struct str parent, int64_t rank, struct arena *arena, struct err *err)
{
	struct walk before, up = { .meets = false };
	struct parent known;

	if (id.len == 0 || !find_parent(st, id, arena, &known, err))
		return id.len == 0;
	if (!is_better(&known, parent, rank))
		return true;
	/* Nobody is their own ancestor. */
	if (parent.len > 0 && !walk_up(st, parent, id, arena, &up, err))
		return false;
	if (up.meets)
		parent = STR("");
	if (!walk_up(st, id, STR(""), arena, &before, err) || !write_parent(st, id, parent, rank, err))
		return false;
	return str_eq(known.id, parent) || move_members(st, id, before.root, arena, err);
}

/* ---- groups of mails that name no ancestor ---- */

static bool find_first(struct store *st, struct str group, struct arena *arena, struct str *id, struct err *err)
{
	struct query q;
	bool has;

	*id = STR("");
	if (!query_open(&q, st, "SELECT id FROM mail_group WHERE name = ? ORDER BY at, id LIMIT 1", err))
		return false;
	bind_str(&q, group);
	if (!query_step(&q, &has, err))
		return false;
	if (has)
		*id = arena_str(arena, column_str(&q));
	query_close(&q);
	return true;
}

static bool join_group(struct store *st, struct str group, struct str id, int64_t at_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO mail_group VALUES (?, ?, ?) ON CONFLICT DO NOTHING", err))
		return false;
	bind_str(&q, group);
	bind_int(&q, at_us);
	bind_str(&q, id);
	return query_run(&q, NULL, err);
}

/* A mail that named no ancestor has its first parent by a group. */
static bool adopt(struct store *st, struct str child, struct str parent, struct arena *arena, struct err *err)
{
	struct parent known;
	struct walk up;

	if (str_eq(child, parent) || !find_parent(st, child, arena, &known, err))
		return str_eq(child, parent);
	if (known.id.len > 0)
		return true;
	if (!walk_up(st, parent, child, arena, &up, err))
		return false;
	return up.meets || (write_parent(st, child, parent, RANK_OWN, err) && move_members(st, child, child, arena, err));
}

/* The one that is first may be the new one: then who was first follows it, and the others with him. */
static bool put_in_group(struct store *st, const struct mail_links *links, struct arena *arena, struct err *err)
{
	struct str before, first;

	if (!find_first(st, links->group, arena, &before, err) ||
	    !join_group(st, links->group, links->id, links->at_us, err) ||
	    !find_first(st, links->group, arena, &first, err))
		return false;
	if (!str_eq(first, links->id))
		return adopt(st, links->id, first, arena, err);
	return before.len == 0 || adopt(st, before, first, arena, err);
}

static bool put_links(struct store *st, const struct mail_links *links, struct arena *arena, struct str *thread,
		      struct err *err)
{
	size_t n = links->n_ancestors;
	struct walk w;

	for (size_t i = 1; i < n; i++)
		if (!claim(st, links->ancestors[i], links->ancestors[i - 1], RANK_HEARSAY, arena, err))
			return false;
	for (size_t i = 0; i < countof(links->aliases); i++)
		if (links->aliases[i].len > 0 && !claim(st, links->aliases[i], links->id, RANK_HEARSAY, arena, err))
			return false;
	if (!claim(st, links->id, n > 0 ? links->ancestors[n - 1] : STR(""), RANK_OWN, arena, err))
		return false;
	if (n == 0 && links->group.len > 0 && !put_in_group(st, links, arena, err))
		return false;
	if (!walk_up(st, links->id, STR(""), arena, &w, err))
		return false;
	*thread = w.root;
	return true;
}

bool store_put_mail_links(struct store *st, const struct mail_links *links, struct arena *arena, struct str *thread,
			  struct err *err)
{
	struct arena *room = arena_create(ROOM);
	struct str root = links->id;
	bool ok = put_links(st, links, room, &root, err);

	if (ok)
		*thread = arena_str(arena, root);
	arena_destroy(room);
	return ok;
}

bool store_find_thread(struct store *st, struct str id, struct arena *arena, struct str *thread, struct err *err)
{
	struct arena *room = arena_create(ROOM);
	struct walk w;
	bool ok = walk_up(st, id, STR(""), room, &w, err);

	*thread = arena_str(arena, w.root);
	arena_destroy(room);
	return ok;
}
