/* The conversations that a mail was part of, tied again from the mails that are left. */
#include "base/mem.h"
#include "ingest/intake.h"
#include "ingest/thread.h"
#include "ingest/unlearn_inside.h"
#include "model/parties_json.h"
#include "store/forget.h"

enum { ROW_ROOM = 4 << 20 };

/* A mail that is left, with the ids of what it says. */
struct member {
	int64_t id;
	struct interaction it;
	struct str parties;
};

struct members {
	struct arena *arena;
	struct member *items;
	size_t n;
	bool is_full;
};

static bool no_room(struct err *err)
{
	return err_setf(err, ERR_LIMIT, "a conversation of too many mails");
}

static bool add_text(struct arena *arena, struct str **items, size_t *n, struct str text)
{
	struct str *grown;

	if (text.len == 0)
		return true;
	for (size_t i = 0; i < *n; i++)
		if (str_eq((*items)[i], text))
			return true;
	grown = arena_grow(arena, *items, *n, sizeof(*grown));
	if (grown == NULL)
		return false;
	*items = grown;
	grown[(*n)++] = arena_str(arena, text);
	return true;
}

/* ---- what a mail says, by each of its deliveries ---- */

typedef bool (*links_fn)(struct unlearning *un, int64_t id, const struct mail_links *links, struct err *err);

struct saying {
	struct unlearning *un;
	const struct interaction *it;
	int64_t id;
	links_fn fn;
	struct err *err;
	bool ok;
};

/* As the message came in, as far as that matters here: by whom, and Gmail's word for its conversation. */
static bool say(struct saying *s, int64_t journal_id, struct arena *arena)
{
	struct source source = { .rules = s->un->u->rules };
	struct intake in = { .source = &source, .arena = arena };
	struct kept_options options;
	struct mail_links links;
	int64_t connector;

	if (!store_get_meta(s->un->st, journal_id, arena, &connector, &in.raw.meta, s->err) ||
	    !store_get_options(s->un->st, connector, arena, &options, s->err))
		return false;
	source.name = options.name;
	thread_links(&in, s->it, &links);
	return s->fn(s->un, s->id, &links, s->err);
}

static bool say_by_row(int64_t journal_id, void *arg)
{
	struct saying *s = arg;
	struct arena *arena = arena_create(ROW_ROOM);

	s->ok = say(s, journal_id, arena);
	arena_destroy(arena);
	return s->ok;
}

struct row_ids {
	struct arena *arena;
	int64_t *items;
	size_t n;
};

static bool add_row(int64_t id, void *arg)
{
	struct row_ids *ids = arg;
	int64_t *grown = arena_grow(ids->arena, ids->items, ids->n, sizeof(*grown));

	if (grown == NULL)
		return false;
	ids->items = grown;
	grown[ids->n++] = id;
	return true;
}

/* The rows first: what is said may write. */
static bool each_saying(struct unlearning *un, int64_t id, const struct interaction *it, links_fn fn, struct err *err)
{
	struct row_ids ids = { .arena = un->arena };
	struct saying s = { .un = un, .it = it, .id = id, .fn = fn, .err = err, .ok = true };

	if (it->channel != CHANNEL_EMAIL || it->external_id.len == 0)
		return true;
	if (!store_each_delivery_of(un->st, id, add_row, &ids, err))
		return false;
	for (size_t i = 0; i < ids.n && s.ok; i++)
		say_by_row(ids.items[i], &s);
	return s.ok;
}

/* ---- what goes ---- */

static bool note_id(struct unlearning *un, struct str id, struct err *err)
{
	struct str thread;

	if (id.len == 0)
		return true;
	return store_find_thread(un->st, id, un->arena, &thread, err) &&
	       ((add_text(un->arena, &un->mail_ids, &un->n_mail_ids, id) &&
		 add_text(un->arena, &un->threads, &un->n_threads, thread)) || no_room(err));
}

static bool note_links(struct unlearning *un, int64_t id, const struct mail_links *links, struct err *err)
{
	(void)id;
	for (size_t i = 0; i < links->n_ancestors; i++)
		if (!note_id(un, links->ancestors[i], err))
			return false;
	for (size_t i = 0; i < countof(links->aliases); i++)
		if (!note_id(un, links->aliases[i], err))
			return false;
	return note_id(un, links->id, err) &&
	       (links->group.len == 0 || store_leave_group(un->st, links->group, links->at_us, links->id, err));
}

bool unlearn_find_threads(struct unlearning *un, struct err *err)
{
	for (size_t i = 0; i < un->u->kin.n_entries; i++)
		if (!each_saying(un, un->entries[i].id, &un->entries[i].it, note_links, err))
			return false;
	return true;
}

/* ---- what is left ---- */

static bool add_member(const struct interaction_row *row, void *arg)
{
	struct members *m = arg;
	struct member *grown = arena_grow(m->arena, m->items, m->n, sizeof(*grown));

	m->is_full = grown == NULL;
	if (grown == NULL)
		return false;
	m->items = grown;
	grown[m->n++] = (struct member){
		.id = row->id, .parties = arena_str(m->arena, row->parties),
		.it = { .channel = row->it.channel, .key_us = row->it.key_us,
			.external_id = arena_str(m->arena, row->it.external_id),
			.details = arena_str(m->arena, row->it.details) },
	};
	return true;
}

static bool find_members(struct unlearning *un, struct members *m, struct err *err)
{
	for (size_t i = 0; i < un->n_threads; i++)
		if (!store_each_of_thread(un->st, un->threads[i], add_member, m, err))
			return false;
	for (size_t i = 0; i < m->n && !m->is_full; i++)
		if (!parties_json_parse(m->items[i].parties, &m->items[i].it, un->arena, err))
			return false;
	return !m->is_full || no_room(err);
}

static bool say_again(struct unlearning *un, int64_t id, const struct mail_links *links, struct err *err)
{
	struct str ignored;

	(void)id;
	return store_put_mail_links(un->st, links, un->arena, &ignored, err);
}

static bool set_thread(struct unlearning *un, const struct member *m, struct err *err)
{
	struct str thread;

	return m->it.external_id.len == 0 ||
	       (store_find_thread(un->st, m->it.external_id, un->arena, &thread, err) &&
		store_set_thread(un->st, m->id, thread, err));
}

bool unlearn_tie_threads(struct unlearning *un, struct err *err)
{
	struct members m = { .arena = un->arena };

	if (!find_members(un, &m, err))
		return false;
	for (size_t i = 0; i < un->n_mail_ids; i++)
		if (!store_forget_mail_id(un->st, un->mail_ids[i], err))
			return false;
	/* Nor of any thread, until all is said: or each that is tied would move all the others. */
	for (size_t i = 0; i < m.n; i++)
		if (!store_forget_mail_id(un->st, m.items[i].it.external_id, err) ||
		    !store_set_thread(un->st, m.items[i].id, STR(""), err))
			return false;
	for (size_t i = 0; i < m.n; i++)
		if (!each_saying(un, m.items[i].id, &m.items[i].it, say_again, err))
			return false;
	for (size_t i = 0; i < m.n; i++)
		if (!set_thread(un, &m.items[i], err))
			return false;
	return true;
}
