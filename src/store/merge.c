/* Handles, homes and chains of merged contacts. */
#include "store/merge.h"

#include "store/inside.h"

/* A home, and all that was merged into it, in however many steps. */
#define SUBTREE "WITH RECURSIVE sub(id) AS (SELECT ?1 UNION SELECT contact.id FROM contact JOIN sub" \
	" ON merged_into = sub.id AND merged_into <> 0) "

static bool run2(struct store *st, const char *sql, int64_t one, int64_t two, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, one);
	bind_int(&q, two);
	return query_run(&q, NULL, err);
}

/* ---- handles ---- */

bool store_find_handle(struct store *st, const struct identity *identity, struct handle *out, struct err *err)
{
	struct query q;
	bool has;

	*out = (struct handle){ 0 };
	if (!query_open(&q, st, "SELECT id, contact_id, home_id, since, first_id, by_hand FROM identity"
				" WHERE scheme = ? AND value = ? AND scope = ?", err))
		return false;
	bind_int(&q, identity->scheme);
	bind_str(&q, identity->value);
	bind_str(&q, identity->scope);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		out->id = column_int(&q);
		out->contact = column_int(&q);
		out->home = column_int(&q);
		out->since = column_int(&q);
		out->first_id = column_int(&q);
		out->by_hand = column_int(&q) != 0;
	}
	query_close(&q);
	return true;
}

static bool contact_of(struct store *st, int64_t identity, int64_t *contact, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT contact_id FROM identity WHERE id = ?", err))
		return false;
	bind_int(&q, identity);
	if (!query_step(&q, &has, err))
		return false;
	*contact = has ? column_int(&q) : 0;
	query_close(&q);
	return has || err_setf(err, ERR_BUG, "identity %lld is gone", (long long)identity);
}

static bool set_home(struct store *st, int64_t identity, int64_t home, int64_t contact, struct str why, int64_t decision,
		     struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE identity SET home_id = ?, contact_id = ?, why = ?, since = ?, by_hand = 1"
				" WHERE id = ?", err))
		return false;
	bind_int(&q, home);
	bind_int(&q, contact);
	bind_str_or_null(&q, why);
	bind_int(&q, decision);
	bind_int(&q, identity);
	return query_run(&q, NULL, err);
}

/* Its entries follow it, but those that a person put elsewhere. */
static bool take_entries(struct store *st, int64_t identity, int64_t from, int64_t to, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE participant SET contact_id = ?3 WHERE contact_id = ?2 AND identity_id = ?1"
				" AND NOT EXISTS (SELECT 1 FROM moved m WHERE m.interaction_id = participant.interaction_id"
				"  AND m.identity_id = ?1 AND m.role = participant.role)", err))
		return false;
	bind_int(&q, identity);
	bind_int(&q, from);
	bind_int(&q, to);
	return query_run(&q, NULL, err);
}

bool store_rehome(struct store *st, int64_t identity, int64_t home, struct str why, int64_t decision, struct err *err)
{
	int64_t from, to = 0;

	if (!contact_of(st, identity, &from, err) || (home != 0 && !store_resolve_contact(st, home, &to, err)))
		return false;
	store_note_change(st, CHANGE_CONTACT_UPDATED, from, 0);
	store_note_change(st, CHANGE_CONTACT_UPDATED, to, 0);
	return set_home(st, identity, home, to, why, decision, err) && take_entries(st, identity, from, to, err);
}

bool store_set_nobody_why(struct store *st, int64_t identity, struct str why, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE identity SET nobody_why = ?1, why = ?1 WHERE id = ?2 AND contact_id = 0", err))
		return false;
	bind_str_or_null(&q, why);
	bind_int(&q, identity);
	return query_run(&q, NULL, err);
}

bool store_each_linked_since(struct store *st, int64_t root, int64_t home, int64_t since, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT id FROM identity WHERE contact_id = ?1 AND contact_id <> 0 AND home_id = ?2"
				" AND since >= ?3 AND by_hand = 0 ORDER BY id", err))
		return false;
	bind_int(&q, root);
	bind_int(&q, home);
	bind_int(&q, since);
	return query_each_id(&q, fn, arg, err);
}

bool store_unlink_identity(struct store *st, int64_t identity, struct err *err)
{
	int64_t from;

	if (!contact_of(st, identity, &from, err))
		return false;
	store_note_change(st, CHANGE_CONTACT_UPDATED, from, 0);
	return run2(st, "UPDATE identity SET contact_id = 0, home_id = 0, since = ?2, why = nobody_why WHERE id = ?1", identity, 0,
		    err) &&
	       take_entries(st, identity, from, 0, err);
}

/* ---- chains ---- */

bool store_get_merge(struct store *st, int64_t id, int64_t *into, int64_t *by, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT merged_into, merged_by FROM contact WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	*into = has ? column_int(&q) : 0;
	*by = has ? column_int(&q) : 0;
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no such contact");
}

bool store_resolve_contact(struct store *st, int64_t id, int64_t *root, struct err *err)
{
	int64_t into = id, by;

	do {
		*root = into;
		if (!store_get_merge(st, *root, &into, &by, err))
			return false;
	} while (into != 0);
	return true;
}

bool store_each_merged(struct store *st, int64_t into, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT id FROM contact WHERE merged_into = ? AND merged_into <> 0 ORDER BY id", err))
		return false;
	bind_int(&q, into);
	return query_each_id(&q, fn, arg, err);
}

bool store_has_merged(struct store *st, int64_t into, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM contact WHERE merged_into = ? AND merged_into <> 0 LIMIT 1", err))
		return false;
	bind_int(&q, into);
	if (!query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

bool store_each_merged_below(struct store *st, int64_t into, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, SUBTREE "SELECT id FROM sub WHERE id <> ?1", err))
		return false;
	bind_int(&q, into);
	return query_each_id(&q, fn, arg, err);
}

static bool set_merge(struct store *st, int64_t id, int64_t into, int64_t by, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE contact SET merged_into = ?, merged_by = ? WHERE id = ?", err))
		return false;
	bind_int(&q, into);
	bind_int(&q, by);
	bind_int(&q, id);
	return query_run(&q, NULL, err);
}

bool store_merge_contact(struct store *st, int64_t id, int64_t into, int64_t decision, struct err *err)
{
	store_note_change(st, CHANGE_CONTACT_MERGED, id, into);
	return set_merge(st, id, into, decision, err) &&
	       run2(st, "UPDATE identity SET contact_id = ?2 WHERE contact_id = ?1 AND contact_id <> 0", id, into, err) &&
	       run2(st, "UPDATE participant SET contact_id = ?2 WHERE contact_id = ?1", id, into, err);
}

bool store_unmerge_contact(struct store *st, int64_t id, struct err *err)
{
	int64_t root;

	if (!store_resolve_contact(st, id, &root, err))
		return false;
	store_note_change(st, CHANGE_CONTACT_UNMERGED, id, root);
	return set_merge(st, id, 0, 0, err) &&
	       run2(st, SUBTREE "UPDATE identity SET contact_id = ?1 WHERE contact_id = ?2 AND contact_id <> 0"
				" AND home_id IN sub", id, root, err) &&
	       run2(st, "UPDATE participant SET contact_id = ?1 WHERE contact_id = ?2"
			" AND identity_id IN (SELECT id FROM identity WHERE contact_id = ?1 AND contact_id <> 0)"
			" AND NOT EXISTS (SELECT 1 FROM moved m WHERE m.interaction_id = participant.interaction_id"
			"  AND m.identity_id = participant.identity_id AND m.role = participant.role)", id, root, err) &&
	       run2(st, SUBTREE "UPDATE participant SET contact_id = ?1 WHERE contact_id = ?2 AND EXISTS"
				" (SELECT 1 FROM moved m WHERE m.interaction_id = participant.interaction_id"
				"  AND m.identity_id = participant.identity_id AND m.role = participant.role"
				"  AND m.contact_id IN sub)", id, root, err);
}

/* ---- entries ---- */

bool store_is_participant(struct store *st, int64_t contact, int64_t occurred_us, int64_t interaction, bool *is, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM participant WHERE contact_id = ? AND occurred_at = ? AND interaction_id = ? LIMIT 1",
			err))
		return false;
	bind_int(&q, contact);
	bind_int(&q, occurred_us);
	bind_int(&q, interaction);
	if (!query_step(&q, is, err))
		return false;
	query_close(&q);
	return true;
}

bool store_note_named(struct store *st, int64_t identity, int64_t interaction, struct err *err)
{
	return run2(st, "INSERT OR IGNORE INTO named VALUES (?, ?)", identity, interaction, err);
}

bool store_were_named(struct store *st, int64_t identity, int64_t other, int64_t before, bool *were, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM named a JOIN named b ON b.identity_id = ? AND b.interaction_id = a.interaction_id"
				" WHERE a.identity_id = ? AND a.interaction_id < ? LIMIT 1", err))
		return false;
	bind_int(&q, other);
	bind_int(&q, identity);
	bind_int(&q, before);
	if (!query_step(&q, were, err))
		return false;
	query_close(&q);
	return true;
}

static bool each_naming(struct store *st, const char *sql, int64_t id, int64_t after, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, id);
	bind_int(&q, after);
	return query_each_id(&q, fn, arg, err);
}

bool store_each_naming(struct store *st, int64_t identity, int64_t after, id_fn fn, void *arg, struct err *err)
{
	return each_naming(st, "SELECT interaction_id FROM named WHERE identity_id = ?1 AND interaction_id > ?2"
			       " UNION SELECT interaction_id FROM moved WHERE identity_id = ?1 AND interaction_id > ?2 ORDER BY 1",
			   identity, after, fn, arg, err);
}

bool store_each_naming_of(struct store *st, int64_t contact, int64_t after, id_fn fn, void *arg, struct err *err)
{
	return each_naming(st, "SELECT DISTINCT n.interaction_id FROM identity d JOIN named n ON n.identity_id = d.id"
			       " WHERE d.contact_id = ?1 AND d.contact_id <> 0 AND n.interaction_id > ?2 ORDER BY 1", contact, after,
			   fn, arg, err);
}

bool store_each_entry_by(struct store *st, int64_t contact, int64_t identity, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, contact == 0
				? "SELECT DISTINCT interaction_id FROM participant WHERE contact_id = 0 AND identity_id = ?2"
				  " AND ?1 = 0 ORDER BY interaction_id"
				: "SELECT DISTINCT interaction_id FROM participant WHERE contact_id = ?1 AND identity_id = ?2"
				  " ORDER BY interaction_id", err))
		return false;
	bind_int(&q, contact);
	bind_int(&q, identity);
	return query_each_id(&q, fn, arg, err);
}

/* ---- moved ones ---- */

bool store_each_moved(struct store *st, int64_t interaction, moved_fn fn, void *arg, struct err *err)
{
	struct moved moved;
	struct query q;

	if (!query_open(&q, st, "SELECT identity_id, role, contact_id FROM moved WHERE interaction_id = ?", err))
		return false;
	bind_int(&q, interaction);
	while (query_next(&q, err)) {
		moved.identity = column_int(&q);
		moved.role = (enum role)column_int(&q);
		moved.contact = column_int(&q);
		if (!fn(&moved, arg))
			break;
	}
	return query_end(&q);
}

static bool note_moves(struct store *st, int64_t interaction, int64_t occurred_us, int64_t from, int64_t to, int64_t decision,
		       struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT OR REPLACE INTO moved SELECT interaction_id, identity_id, role, ?4, ?5 FROM participant"
				" WHERE contact_id = ?1 AND occurred_at = ?2 AND interaction_id = ?3", err))
		return false;
	bind_int(&q, from);
	bind_int(&q, occurred_us);
	bind_int(&q, interaction);
	bind_int(&q, to);
	bind_int(&q, decision);
	return query_run(&q, NULL, err);
}

bool store_move_entry(struct store *st, int64_t interaction, int64_t occurred_us, int64_t from, int64_t to, int64_t decision,
		      int *n, struct err *err)
{
	struct query q;
	int64_t root;

	if (!store_resolve_contact(st, to, &root, err) ||
	    !note_moves(st, interaction, occurred_us, from, to, decision, err) ||
	    !query_open(&q, st, "UPDATE OR REPLACE participant SET contact_id = ?4 WHERE contact_id = ?1 AND occurred_at = ?2"
				" AND interaction_id = ?3", err))
		return false;
	bind_int(&q, from);
	bind_int(&q, occurred_us);
	bind_int(&q, interaction);
	bind_int(&q, root);
	store_note_change(st, CHANGE_ENTRY_UPDATED, interaction, 0);
	return query_run(&q, n, err);
}

bool store_give_entry(struct store *st, int64_t interaction, int64_t occurred_us, enum role role, int64_t to, int64_t decision,
		      struct err *err)
{
	struct query q;
	int64_t root;

	if (!store_resolve_contact(st, to, &root, err) ||
	    !query_open(&q, st, "INSERT OR REPLACE INTO moved VALUES (?, 0, ?, ?, ?)", err))
		return false;
	bind_int(&q, interaction);
	bind_int(&q, role);
	bind_int(&q, to);
	bind_int(&q, decision);
	store_note_change(st, CHANGE_ENTRY_UPDATED, interaction, 0);
	return query_run(&q, NULL, err) && store_put_participant(st, root, occurred_us, interaction, 0, role, err);
}

/* One of whom it was moved to may be gone: then it stays where its handles are. */
static bool move_again(struct store *st, int64_t interaction, int64_t occurred_us, int64_t to, struct err *err)
{
	struct query q;
	int64_t root;

	if (!store_resolve_contact(st, to, &root, err))
		return err->kind == ERR_MISSING;
	if (!query_open(&q, st, "INSERT OR REPLACE INTO participant SELECT ?1, ?2, ?3, 0, role FROM moved"
				" WHERE interaction_id = ?3 AND identity_id = 0 AND contact_id = ?4", err))
		return false;
	bind_int(&q, root);
	bind_int(&q, occurred_us);
	bind_int(&q, interaction);
	bind_int(&q, to);
	if (!query_run(&q, NULL, err))
		return false;
	if (!query_open(&q, st, "UPDATE OR REPLACE participant SET contact_id = ?1 WHERE occurred_at = ?2 AND interaction_id = ?3"
				" AND contact_id IN (SELECT 0 UNION SELECT contact_id FROM identity WHERE id IN"
				"  (SELECT identity_id FROM moved WHERE interaction_id = ?3))"
				" AND EXISTS (SELECT 1 FROM moved m WHERE m.interaction_id = ?3 AND m.contact_id = ?4"
				"  AND m.identity_id = participant.identity_id AND m.role = participant.role)", err))
		return false;
	bind_int(&q, root);
	bind_int(&q, occurred_us);
	bind_int(&q, interaction);
	bind_int(&q, to);
	return query_run(&q, NULL, err);
}

struct targets {
	int64_t ids[64];
	size_t n;
};

static bool keep_target(int64_t id, void *arg)
{
	struct targets *t = arg;

	t->ids[t->n++] = id;
	return t->n < sizeof(t->ids) / sizeof(*t->ids);
}

bool store_move_again(struct store *st, int64_t interaction, int64_t occurred_us, struct err *err)
{
	struct targets t = { .n = 0 };
	struct query q;

	if (!query_open(&q, st, "SELECT DISTINCT contact_id FROM moved WHERE interaction_id = ? ORDER BY 1", err))
		return false;
	bind_int(&q, interaction);
	if (!query_each_id(&q, keep_target, &t, err))
		return false;
	for (size_t i = 0; i < t.n; i++)
		if (!move_again(st, interaction, occurred_us, t.ids[i], err))
			return false;
	return true;
}

/* ---- what a person typed ---- */

bool store_bump_contact(struct store *st, int64_t contact, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE contact SET version = version + 1 WHERE id = ?", err))
		return false;
	bind_int(&q, contact);
	return query_run(&q, NULL, err);
}

bool store_type_name(struct store *st, int64_t contact, struct str name, int64_t at_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE contact SET typed_name = ?, typed_at = ? WHERE id = ?", err))
		return false;
	bind_str_or_null(&q, name);
	bind_int(&q, at_us);
	bind_int(&q, contact);
	store_note_change(st, CHANGE_CONTACT_UPDATED, contact, 0);
	return query_run(&q, NULL, err);
}

bool store_get_typed_name(struct store *st, int64_t contact, struct arena *arena, struct str *name, int64_t *at_us,
			  struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, SUBTREE "SELECT typed_name, typed_at FROM contact WHERE id IN sub AND typed_name IS NOT NULL"
					" ORDER BY id = ?1 DESC, typed_at DESC, id LIMIT 1", err))
		return false;
	bind_int(&q, contact);
	if (!query_step(&q, &has, err))
		return false;
	*name = has ? arena_str(arena, column_str(&q)) : (struct str){ NULL, 0 };
	*at_us = has ? column_int(&q) : 0;
	query_close(&q);
	return true;
}

/* ---- review ---- */

bool store_forget_reviews_of(struct store *st, int64_t interaction, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM review WHERE interaction_id = ? RETURNING id", err))
		return false;
	bind_int(&q, interaction);
	while (query_next(&q, err))
		store_note_change(st, CHANGE_REVIEW_CLOSED, column_int(&q), interaction);
	return query_end(&q);
}

bool store_forget_review(struct store *st, int64_t id, bool *was_there, struct err *err)
{
	struct query q;

	*was_there = false;
	if (!query_open(&q, st, "DELETE FROM review WHERE id = ? RETURNING interaction_id", err))
		return false;
	bind_int(&q, id);
	while (query_next(&q, err)) {
		*was_there = true;
		store_note_change(st, CHANGE_REVIEW_CLOSED, id, column_int(&q));
	}
	return query_end(&q);
}

bool store_each_review_of(struct store *st, int64_t contact, int64_t after, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT DISTINCT interaction_id FROM review WHERE type = 1 AND interaction_id > ?2 AND EXISTS"
				" (SELECT 1 FROM json_each(review.candidates) WHERE value = ?1) ORDER BY interaction_id", err))
		return false;
	bind_int(&q, contact);
	bind_int(&q, after);
	return query_each_id(&q, fn, arg, err);
}
