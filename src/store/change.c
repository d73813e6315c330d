#include "store/change.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/inside.h"

enum { LOOK_BACK = 64 };
#define SKIPPED (INT64_C(1) << 32)

static const char *const names[CHANGE_COUNT] = {
	[CHANGE_ENTRY_CREATED] = "interaction.created", [CHANGE_ENTRY_UPDATED] = "interaction.updated",
	[CHANGE_ENTRY_ERASED] = "interaction.erased", [CHANGE_CONTACT_CREATED] = "contact.created",
	[CHANGE_CONTACT_UPDATED] = "contact.updated", [CHANGE_CONTACT_MERGED] = "contact.merged",
	[CHANGE_CONTACT_UNMERGED] = "contact.unmerged", [CHANGE_CONTACT_ERASED] = "contact.erased",
	[CHANGE_REVIEW_CREATED] = "review.created", [CHANGE_REVIEW_CLOSED] = "review.closed",
	[CHANGE_DEAD_CREATED] = "dead_letter.created", [CHANGE_DEAD_CLOSED] = "dead_letter.closed",
	[CHANGE_CONNECTOR_STATE] = "connector.state", [CHANGE_STORE_REBUILT] = "store.rebuilt",
	[CHANGE_STORE_RESTORED] = "store.restored",
};

const char *change_name(enum change_kind kind)
{
	return kind > CHANGE_NONE && kind < CHANGE_COUNT ? names[kind] : "unknown";
}

enum change_kind change_from(struct str name)
{
	for (int i = CHANGE_NONE + 1; i < CHANGE_COUNT; i++)
		if (str_eq(name, str_from(names[i])))
			return (enum change_kind)i;
	return CHANGE_NONE;
}

/* ---- noting ---- */

/* Who hears that it was created reads it after the commit. */
static bool says_as_much(const struct change_note *one, const struct change_note *other)
{
	if (one->id != other->id || one->other != other->other || one->owner != NULL)
		return false;
	return one->kind == other->kind ||
	       (one->kind == CHANGE_ENTRY_CREATED && other->kind == CHANGE_ENTRY_UPDATED) ||
	       (one->kind == CHANGE_CONTACT_CREATED && other->kind == CHANGE_CONTACT_UPDATED);
}

static bool is_noted(const struct changes *all, const struct change_note *note)
{
	size_t stop = all->n > LOOK_BACK ? all->n - LOOK_BACK : 0;

	for (size_t i = all->n; i > stop; i--)
		if (says_as_much(&all->notes[i - 1], note))
			return true;
	return false;
}

static void add(struct store *st, const struct change_note *note)
{
	struct changes *all = &st->changes;

	if (all->n == all->room) {
		all->room = all->room ? 2 * all->room : LOOK_BACK;
		all->notes = xrealloc(all->notes, all->room, sizeof(*all->notes));
	}
	all->notes[all->n++] = *note;
}

void store_note_change(struct store *st, enum change_kind kind, int64_t id, int64_t other)
{
	const struct change_note note = { .kind = kind, .id = id, .other = other };

	/* A replay tells nobody anything. */
	if (id != 0 && st->mode == STORE_WRITER && !is_noted(&st->changes, &note))
		add(st, &note);
}

static bool note_owners(struct store *st, const char *sql, enum change_kind kind, int64_t id, struct err *err)
{
	struct query q;

	if (st->mode != STORE_WRITER)
		return true;
	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, id);
	while (query_next(&q, err)) {
		struct change_note note = { .kind = kind, .id = id };
		struct str owner = column_str(&q);

		note.owner = owner.len ? xstrndup(owner.ptr, owner.len) : NULL;
		add(st, &note);
	}
	return query_end(&q);
}

/* "*" is nobody's name: who sees all hears of it. */
bool store_note_entry_erased(struct store *st, int64_t interaction, struct err *err)
{
	return note_owners(st, "SELECT DISTINCT iif(EXISTS (SELECT 1 FROM participant r JOIN contact rc ON rc.id = r.contact_id"
			       "  WHERE r.interaction_id = ?1 AND rc.restricted), '*', c.owner) FROM participant p LEFT JOIN contact c ON c.id = p.contact_id"
			       " WHERE p.interaction_id = ?1 AND (c.id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM participant f"
			       "  WHERE f.interaction_id = ?1 AND f.contact_id <> 0)) UNION SELECT NULL WHERE NOT EXISTS"
			       " (SELECT 1 FROM participant WHERE interaction_id = ?1)", CHANGE_ENTRY_ERASED, interaction, err);
}

bool store_note_contact_erased(struct store *st, int64_t contact, struct err *err)
{
	return note_owners(st, "SELECT iif(restricted, '*', owner) FROM contact WHERE id = ?", CHANGE_CONTACT_ERASED, contact, err);
}

/* ---- the transaction ---- */

void changes_drop(struct changes *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->notes[i].owner);
	all->n = 0;
}

static bool put(struct store *st, int64_t seq, int64_t at_us, const struct change_note *note, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)", err))
		return false;
	bind_int(&q, seq);
	bind_int(&q, at_us);
	bind_int(&q, note->kind);
	bind_int(&q, note->id);
	bind_int(&q, note->other);
	bind_str_or_null(&q, str_from(note->owner));
	return query_run(&q, NULL, err);
}

bool changes_flush(struct store *st, struct err *err)
{
	struct changes *all = &st->changes;
	int64_t at_us = all->n > 0 ? clock_wall_us() : 0;

	for (size_t i = 0; i < all->n; i++)
		if (!put(st, all->last + 1 + (int64_t)i, at_us, &all->notes[i], err))
			return false;
	return true;
}

void changes_committed(struct store *st)
{
	st->changes.last += (int64_t)st->changes.n;
	changes_drop(&st->changes);
}

/* ---- the log ---- */

bool store_has_changes(struct store *st, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM sqlite_master WHERE name = 'change'", err) || !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

bool store_change_span(struct store *st, struct change_span *span, struct err *err)
{
	struct query q;
	bool has;

	*span = (struct change_span){ 0 };
	if (!store_has_changes(st, &has, err))
		return false;
	if (!has)
		return true;
	if (!query_open(&q, st, "SELECT (SELECT min(seq) FROM change), (SELECT max(seq) FROM change)", err) ||
	    !query_step(&q, &has, err))
		return false;
	span->first = column_int(&q);
	span->last = column_int(&q);
	query_close(&q);
	return true;
}

int64_t store_last_change(const struct store *st)
{
	return st->changes.last;
}

bool changes_load(struct store *st, struct err *err)
{
	struct change_span span;

	if (!store_change_span(st, &span, err))
		return false;
	st->changes.last = span.last;
	return true;
}

static bool trim(struct store *st, int64_t now_us, int64_t limit, int *n, struct err *err)
{
	struct query q;

	/* The last row stays, so that its number is not given again; old is what the row behind it says. */
	if (!query_open(&q, st, "DELETE FROM change WHERE seq < (SELECT min(seq) FROM change) + ?1 AND seq < ?2"
				" AND seq <= (SELECT coalesce(min(cursor), ?2) FROM webhook WHERE disabled_at = 0)"
				" AND (seq <= ?2 - ?3 OR at < ?4)", err))
		return false;
	bind_int(&q, limit);
	bind_int(&q, st->changes.last);
	bind_int(&q, CHANGES_KEPT);
	bind_int(&q, now_us - CHANGES_KEPT_DAYS * 24 * 3600 * US_PER_S);
	return query_run(&q, n, err);
}

/* Has it anything to drop? Two looks at the ends of the table. */
static bool is_due(struct store *st, int64_t now_us, bool *is, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT seq < ?1 AND (seq <= ?1 - ?2 OR at < ?3) AND seq <="
				" (SELECT coalesce(min(cursor), ?1) FROM webhook WHERE disabled_at = 0) FROM change ORDER BY seq LIMIT 1", err))
		return false;
	bind_int(&q, st->changes.last);
	bind_int(&q, CHANGES_KEPT);
	bind_int(&q, now_us - CHANGES_KEPT_DAYS * 24 * 3600 * US_PER_S);
	if (!query_step(&q, is, err))
		return false;
	*is = *is && column_int(&q) != 0;
	query_close(&q);
	return true;
}

bool store_trim_changes(struct store *st, int64_t now_us, int64_t limit, int *n, struct err *err)
{
	bool is;

	*n = 0;
	if (!is_due(st, now_us, &is, err))
		return false;
	if (!is)
		return true;
	if (store_begin(st, err) && trim(st, now_us, limit, n, err) && store_commit(st, err))
		return true;
	store_rollback(st);
	return false;
}

bool store_put_rebuilt(struct store *st, struct err *err)
{
	const struct change_note note = { .kind = CHANGE_STORE_REBUILT };

	return put(st, ++st->changes.last, clock_wall_us(), &note, err);
}

bool store_skip_changes(struct store *st, enum change_kind why, int64_t at_us, struct err *err)
{
	const struct change_note note = { .kind = why };
	int64_t seq = st->changes.last + SKIPPED;

	if (!store_begin(st, err) || !put(st, seq, at_us, &note, err) || !store_commit(st, err)) {
		store_rollback(st);
		return false;
	}
	st->changes.last = seq;
	return true;
}
