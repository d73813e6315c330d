#include "store/owner.h"

#include "store/change.h"
#include "store/decides.h"
#include "store/inside.h"
#include "store/merge.h"

enum { MAX_MADE = 1000 };

bool store_put_made_owner(struct store *st, int64_t contact, struct str owner, int64_t entry, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE contact SET owner = ?1, made_owner = ?1, made_by = ?2 WHERE id = ?3", err))
		return false;
	bind_str_or_null(&q, owner);
	bind_int(&q, entry);
	bind_int(&q, contact);
	return query_run(&q, NULL, err);
}

static bool get_text(struct query *q, int64_t contact, struct arena *arena, struct str *text, struct err *err)
{
	bool has;

	bind_int(q, contact);
	if (!query_step(q, &has, err))
		return false;
	*text = has ? arena_str(arena, column_str(q)) : (struct str){ NULL, 0 };
	query_close(q);
	return true;
}

bool store_get_made_owner(struct store *st, int64_t contact, struct arena *arena, struct str *owner, struct err *err)
{
	struct query q;

	return query_open(&q, st, "SELECT made_owner FROM contact WHERE id = ?", err) && get_text(&q, contact, arena, owner, err);
}

bool store_get_owner(struct store *st, int64_t contact, struct arena *arena, struct str *owner, struct err *err)
{
	struct query q;

	return query_open(&q, st, "SELECT owner FROM contact WHERE id = ?", err) && get_text(&q, contact, arena, owner, err);
}

/* ---- shared ---- */

struct made {
	int64_t ids[MAX_MADE];
	size_t n;
};

static bool keep(int64_t id, void *arg)
{
	struct made *made = arg;

	made->ids[made->n++] = id;
	return made->n < MAX_MADE;
}

static bool share(struct store *st, int64_t contact, struct err *err)
{
	struct query q;
	int64_t root;

	if (!query_open(&q, st, "UPDATE contact SET made_owner = NULL WHERE id = ?", err))
		return false;
	bind_int(&q, contact);
	if (!query_run(&q, NULL, err) || !store_resolve_contact(st, contact, &root, err))
		return false;
	store_note_change(st, CHANGE_CONTACT_UPDATED, root, 0);
	return store_settle_owner(st, root, err);
}

static bool share_some(struct store *st, int64_t entry, size_t *n, struct err *err)
{
	struct made made = { .n = 0 };
	struct query q;

	if (!query_open(&q, st, "SELECT id FROM contact WHERE made_by = ? AND made_owner IS NOT NULL", err))
		return false;
	bind_int(&q, entry);
	if (!query_each_id(&q, keep, &made, err))
		return false;
	for (size_t i = 0; i < made.n; i++)
		if (!share(st, made.ids[i], err))
			return false;
	*n = made.n;
	return true;
}

bool store_share_made_by(struct store *st, int64_t entry, struct err *err)
{
	size_t n = MAX_MADE;

	while (n == MAX_MADE)
		if (!share_some(st, entry, &n, err))
			return false;
	return true;
}

/* ---- assigned ---- */

bool store_assign_owner(struct store *st, int64_t contact, struct str owner, int64_t at_us, struct err *err)
{
	struct query q;

	store_note_change(st, CHANGE_CONTACT_UPDATED, contact, 0);
	if (!query_open(&q, st, "UPDATE contact SET assigned_owner = ?, assigned_at = ? WHERE id = ?", err))
		return false;
	bind_str_or_null(&q, owner);
	bind_int(&q, at_us);
	bind_int(&q, contact);
	return query_run(&q, NULL, err);
}

/* ---- restricted ---- */

static bool settle_restricted(struct store *st, int64_t contact, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE contact SET restricted = (" WITH_MERGED " SELECT max(s.is_restricted) FROM contact s WHERE s.id IN sub)"
				" WHERE id = ?1", err))
		return false;
	bind_int(&q, contact);
	return query_run(&q, NULL, err);
}

/* Who lifts it means all of the person. */
bool store_restrict(struct store *st, int64_t contact, bool is, struct err *err)
{
	struct query q;

	store_note_change(st, CHANGE_CONTACT_UPDATED, contact, 0);
	if (!query_open(&q, st, is ? "UPDATE contact SET is_restricted = 1 WHERE id = ?1"
				   : WITH_MERGED " UPDATE contact SET is_restricted = 0 WHERE id IN sub", err))
		return false;
	bind_int(&q, contact);
	return query_run(&q, NULL, err) && settle_restricted(st, contact, err);
}

bool store_restrict_as(struct store *st, int64_t contact, int64_t whole, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE contact SET is_restricted = restricted_.r, restricted = restricted_.r"
				" FROM (SELECT restricted AS r FROM contact WHERE id = ?2) AS restricted_ WHERE id = ?1", err))
		return false;
	bind_int(&q, contact);
	bind_int(&q, whole);
	return query_run(&q, NULL, err);
}

/* ---- the company ---- */

bool store_assign_company(struct store *st, int64_t contact, struct str company, int64_t at_us, struct err *err)
{
	struct query q;

	store_note_change(st, CHANGE_CONTACT_UPDATED, contact, 0);
	if (!query_open(&q, st, "UPDATE contact SET assigned_company = ?, company_at = ? WHERE id = ?", err))
		return false;
	bind_str_or_null(&q, company);
	bind_int(&q, company.len > 0 ? at_us : 0);
	bind_int(&q, contact);
	return query_run(&q, NULL, err);
}

bool store_get_made_company(struct store *st, int64_t contact, struct arena *arena, struct str *company, struct err *err)
{
	struct query q;

	return query_open(&q, st, "SELECT k.domain FROM contact c JOIN company k ON k.id = c.company_id WHERE c.id = ?", err) &&
	       get_text(&q, contact, arena, company, err);
}

static bool settle_company(struct store *st, int64_t contact, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE contact SET company = (" DECIDES_COMPANY("iif(s.company_at <> 0, s.assigned_company, k.domain)") ")"
				" WHERE id = ?1", err))
		return false;
	bind_int(&q, contact);
	return query_run(&q, NULL, err);
}

/* ---- what follows ---- */

bool store_settle_owner(struct store *st, int64_t contact, struct err *err)
{
	struct query q;

	if (!settle_restricted(st, contact, err) || !settle_company(st, contact, err))
		return false;
	if (!query_open(&q, st, "UPDATE contact SET owner = (" DECIDES_OWNER("iif(s.assigned_at <> 0, s.assigned_owner, s.made_owner)") ")"
				" WHERE id = ?1", err))
		return false;
	bind_int(&q, contact);
	return query_run(&q, NULL, err);
}
