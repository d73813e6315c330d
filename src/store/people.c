/* Identities, contacts, companies. */
#include "store/inside.h"
#include "store/merge.h"

bool store_find_identity(struct store *st, const struct identity *identity, int64_t *id, int64_t *contact, struct err *err)
{
	struct handle h;

	if (!store_find_handle(st, identity, &h, err))
		return false;
	*id = h.id;
	*contact = h.contact;
	return true;
}

bool store_people_mark(struct store *st, struct people_mark *now, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT (SELECT max(id) FROM identity), (SELECT max(id) FROM contact)", err) ||
	    !query_step(&q, &has, err))
		return false;
	now->identity = column_int(&q);
	now->contact = column_int(&q);
	query_close(&q);
	return true;
}

bool store_each_new_address(struct store *st, const struct people_mark *since, int64_t above, size_t limit,
			    address_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT id, value FROM identity WHERE (id > ?1 OR contact_id > ?2) AND id > ?3"
				" AND scheme = ?4 AND contact_id <> 0 ORDER BY id LIMIT ?5", err))
		return false;
	bind_int(&q, since->identity);
	bind_int(&q, since->contact);
	bind_int(&q, above);
	bind_int(&q, SCHEME_EMAIL);
	bind_int(&q, (int64_t)limit);
	while (query_next(&q, err)) {
		int64_t id = column_int(&q);

		if (!fn(id, column_str(&q), arg))
			break;
	}
	return query_end(&q);
}

bool store_put_identity(struct store *st, const struct identity *identity, int64_t contact, struct str why, int64_t entry,
			int64_t *id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO identity(scheme, value, scope, contact_id, home_id, why, nobody_why, since, first_id)"
				" VALUES (?1, ?2, ?3, ?4, ?4, ?5, iif(?4 = 0, ?5, NULL), ?6, ?7)", err))
		return false;
	bind_int(&q, identity->scheme);
	bind_str(&q, identity->value);
	bind_str(&q, identity->scope);
	bind_int(&q, contact);
	bind_str_or_null(&q, why);
	bind_int(&q, contact != 0 ? entry : 0);
	bind_int(&q, entry);
	if (!query_run(&q, NULL, err))
		return false;
	store_note_change(st, CHANGE_CONTACT_UPDATED, contact, 0);
	*id = sqlite3_last_insert_rowid(st->db);
	return true;
}

bool store_link_identity(struct store *st, int64_t identity, int64_t contact, struct str why, int64_t entry,
			 struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE identity SET contact_id = ?1, home_id = ?1, why = ?2, since = ?3, by_hand = 0"
				" WHERE id = ?4", err))
		return false;
	bind_int(&q, contact);
	bind_str_or_null(&q, why);
	bind_int(&q, entry);
	bind_int(&q, identity);
	if (!query_run(&q, NULL, err))
		return false;
	if (!query_open(&q, st, "UPDATE participant SET contact_id = ?"
				" WHERE contact_id = 0 AND identity_id = ?", err))
		return false;
	bind_int(&q, contact);
	bind_int(&q, identity);
	store_note_change(st, CHANGE_CONTACT_UPDATED, contact, 0);
	return query_run(&q, NULL, err);
}

bool store_company(struct store *st, struct str domain, int64_t *id, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "INSERT INTO company(domain) VALUES (?)"
				" ON CONFLICT(domain) DO UPDATE SET domain = domain RETURNING id", err))
		return false;
	bind_str(&q, domain);
	if (!query_step(&q, &has, err))
		return false;
	*id = column_int(&q);
	return query_run(&q, NULL, err);
}

bool store_put_contact(struct store *st, int64_t id, int64_t company, const struct contact_touch *first,
		       struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO contact(id, name, name_rank, named_at, company_id, first_at, last_at,"
				" last_in_at, last_out_at, last_slot, company) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, coalesce(?7, 0) >> 31,"
				" (SELECT domain FROM company WHERE id = ?5))", err))
		return false;
	bind_int(&q, id);
	bind_str_or_null(&q, first->name);
	bind_int(&q, first->rank);
	bind_int(&q, first->rank == NAME_NONE ? 0 : first->named_us);
	bind_int_or_null(&q, company);
	bind_int_or_null(&q, first->first_us);
	bind_int_or_null(&q, first->last_us);
	bind_int_or_null(&q, first->last_in_us);
	bind_int_or_null(&q, first->last_out_us);
	store_note_change(st, CHANGE_CONTACT_CREATED, id, 0);
	return query_run(&q, NULL, err);
}

bool store_is_better_name(const struct contact_touch *one, const struct contact_touch *than)
{
	if (one->rank != than->rank || one->rank == NAME_NONE)
		return one->rank > than->rank;
	if (one->named_us != than->named_us)
		return one->named_us > than->named_us;
	return str_cmp(one->name, than->name) > 0;
}

/* *is_same: it is better by its rank or time alone, and reads as before. */
static bool has_worse_name(struct store *st, int64_t id, const struct contact_touch *touch, bool *is_worse, bool *is_same,
			   struct err *err)
{
	struct contact_touch now = { 0 };
	struct query q;

	if (!query_open(&q, st, "SELECT name, name_rank, named_at FROM contact WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, is_worse, err))
		return false;
	if (*is_worse) {
		now.name = column_str(&q);
		now.rank = (enum name_rank)column_int(&q);
		now.named_us = column_int(&q);
		*is_worse = store_is_better_name(touch, &now);
		*is_same = str_eq(touch->name, now.name);
	}
	query_close(&q);
	return true;
}

static bool confirm_name(struct store *st, int64_t id, const struct contact_touch *touch, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE contact SET name_rank = ?, named_at = ? WHERE id = ?", err))
		return false;
	bind_int(&q, touch->rank);
	bind_int(&q, touch->named_us);
	bind_int(&q, id);
	return query_run(&q, NULL, err);
}

/* Most messages repeat the name: nothing changed then that anybody sees, nor does its place in lists. */
static bool name_contact(struct store *st, int64_t id, const struct contact_touch *touch, struct err *err)
{
	struct query q;
	bool is_worse, is_same = false;

	if (!has_worse_name(st, id, touch, &is_worse, &is_same, err))
		return false;
	if (!is_worse || is_same)
		return !is_worse || confirm_name(st, id, touch, err);
	if (!query_open(&q, st, "UPDATE contact SET name = ?, name_rank = ?, named_at = ? WHERE id = ?", err))
		return false;
	bind_str(&q, touch->name);
	bind_int(&q, touch->rank);
	bind_int(&q, touch->named_us);
	bind_int(&q, id);
	store_note_change(st, CHANGE_CONTACT_UPDATED, id, 0);
	return query_run(&q, NULL, err);
}

/* In an index: written when it changes, not at each touch. A trigger would journal each touch as a statement of many writes. */
bool store_move_contact(struct store *st, int64_t id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE contact SET last_slot = coalesce(last_at, 0) >> 31"
				" WHERE id = ? AND last_slot <> coalesce(last_at, 0) >> 31", err))
		return false;
	bind_int(&q, id);
	return query_run(&q, NULL, err);
}

bool store_touch_contact(struct store *st, int64_t id, const struct contact_touch *touch,
			 struct err *err)
{
	struct query q;

	if (!query_open(&q, st,
			"UPDATE contact SET first_at = min(coalesce(first_at, ?1), ?1),"
			" last_at = max(coalesce(last_at, ?2), ?2),"
			" last_in_at = nullif(max(coalesce(last_in_at, 0), ?3), 0),"
			" last_out_at = nullif(max(coalesce(last_out_at, 0), ?4), 0)"
			" WHERE id = ?5", err))
		return false;
	bind_int(&q, touch->first_us);
	bind_int(&q, touch->last_us);
	bind_int(&q, touch->last_in_us);
	bind_int(&q, touch->last_out_us);
	bind_int(&q, id);
	return query_run(&q, NULL, err) && store_move_contact(st, id, err) && (touch->rank == NAME_NONE || name_contact(st, id, touch, err));
}

#define CONTACT_COLUMNS \
	"contact.id, contact.name, contact.company, first_at, last_at, merged_into, contact.owner, contact.restricted FROM contact"

static void read_contact(struct query *q, struct contact_row *row)
{
	row->id = column_int(q);
	row->name = column_str(q);
	row->company = column_str(q);
	row->first_us = column_int(q);
	row->last_us = column_int(q);
	row->merged_into = column_int(q);
	row->owner = column_str(q);
	row->is_restricted = column_int(q) != 0;
}

static bool each_contact(struct query *q, contact_fn fn, void *arg, struct err *err)
{
	struct contact_row row;

	while (query_next(q, err)) {
		read_contact(q, &row);
		if (!fn(&row, arg))
			break;
	}
	return query_end(q);
}

bool store_each_contact(struct store *st, contact_fn fn, void *arg, struct err *err)
{
	struct query q;

	return query_open(&q, st, "SELECT " CONTACT_COLUMNS " WHERE merged_into = 0 ORDER BY contact.id", err) &&
	       each_contact(&q, fn, arg, err);
}

bool store_get_contact(struct store *st, int64_t id, struct arena *arena, struct contact_row *row,
		       struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT " CONTACT_COLUMNS " WHERE contact.id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		read_contact(&q, row);
		row->name = arena_str(arena, row->name);
		row->company = arena_str(arena, row->company);
		row->owner = arena_str(arena, row->owner);
	}
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no such contact");
}

bool store_find_contacts(struct store *st, struct str text, size_t limit, contact_fn fn, void *arg,
			 struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT " CONTACT_COLUMNS
				" WHERE merged_into = 0 AND (instr(lower(contact.name), lower(?1)) > 0 OR contact.id IN"
				" (SELECT contact_id FROM identity WHERE contact_id <> 0"
				"  AND instr(value, lower(?1)) > 0)) ORDER BY last_at DESC LIMIT ?2", err))
		return false;
	bind_str(&q, text);
	bind_int(&q, (int64_t)limit);
	return each_contact(&q, fn, arg, err);
}

bool store_each_identity(struct store *st, int64_t contact, identity_fn fn, void *arg,
			 struct err *err)
{
	struct identity_row row;
	struct query q;

	/* What is at home here before what was merged into it; in the order in which they became known. */
	if (!query_open(&q, st, "SELECT id, scheme, value, scope, why FROM identity"
				" WHERE contact_id = ?1 AND contact_id <> 0 ORDER BY home_id <> ?1, first_id, id", err))
		return false;
	bind_int(&q, contact);
	while (query_next(&q, err)) {
		row = (struct identity_row){ .id = column_int(&q), .contact = contact };
		row.identity.scheme = (enum scheme)column_int(&q);
		row.identity.value = column_str(&q);
		row.identity.scope = column_str(&q);
		row.why = column_str(&q);
		if (!fn(&row, arg))
			break;
	}
	return query_end(&q);
}
