#include "store/view.h"

#include "store/merge.h"
#include "store/view_inside.h"

#define CONTACT_COLUMNS \
	"contact.id, contact.name, company.domain, contact.first_at, contact.last_at, contact.owner, contact.version FROM contact" \
	" LEFT JOIN company ON company.id = contact.company_id"

#define HAS_TEXT \
	" (?4 = '' OR instr(lower(contact.name), lower(?4)) > 0 OR contact.id IN" \
	"  (SELECT contact_id FROM identity WHERE contact_id <> 0 AND instr(value, lower(?4)) > 0))"

#define HAS_OWNER " (?9 = 0 OR contact.owner IS ?10)"

static void read_contact(struct query *q, struct view_contact *c)
{
	c->row.id = column_int(q);
	c->row.name = column_str(q);
	c->row.company = column_str(q);
	c->row.first_us = column_int(q);
	c->row.last_us = column_int(q);
	c->owner = column_str(q);
	c->version = column_int(q);
}

bool view_contact(struct store *st, const struct viewer *v, int64_t id, struct arena *arena, struct view_contact *out,
		  struct err *err)
{
	struct query q;
	int64_t root;
	bool has;

	if (!store_resolve_contact(st, id, &root, err))	/* an old link leads to whom it was merged into */
		return false;
	if (!query_open(&q, st, "SELECT " CONTACT_COLUMNS " WHERE contact.id = ?4 AND " SEES_CONTACT("contact.owner"), err))
		return false;
	view_bind(&q, v);
	bind_int(&q, root);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		read_contact(&q, out);
		out->row.name = arena_str(arena, out->row.name);
		out->row.company = arena_str(arena, out->row.company);
		out->owner = arena_str(arena, out->owner);
	}
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no such contact");
}

static bool open_by_last(struct query *q, struct store *st, const struct viewer *v, const struct view_contacts *want,
			 struct err *err)
{
	if (!query_open(q, st, "SELECT " CONTACT_COLUMNS " WHERE contact.merged_into = 0 AND " SEES_CONTACT("contact.owner") " AND " HAS_TEXT " AND" HAS_OWNER
			       " AND (?5 = 0 OR (coalesce(contact.last_at, 0), contact.id) < (?6, ?7))"
			       " ORDER BY coalesce(contact.last_at, 0) DESC, contact.id DESC LIMIT ?8", err))
		return false;
	view_bind(q, v);
	bind_str(q, want->text);
	bind_int(q, want->is_next);
	bind_int(q, want->last_us);
	return true;
}

static bool open_by_name(struct query *q, struct store *st, const struct viewer *v, const struct view_contacts *want,
			 struct err *err)
{
	if (!query_open(q, st, "SELECT " CONTACT_COLUMNS " WHERE contact.merged_into = 0 AND " SEES_CONTACT("contact.owner") " AND " HAS_TEXT " AND" HAS_OWNER
			       " AND (?5 = 0 OR (lower(coalesce(contact.name, '')), contact.id) > (lower(?6), ?7))"
			       " ORDER BY lower(coalesce(contact.name, '')), contact.id LIMIT ?8", err))
		return false;
	view_bind(q, v);
	bind_str(q, want->text);
	bind_int(q, want->is_next);
	bind_str(q, want->name);
	return true;
}

bool view_each_contact(struct store *st, const struct viewer *v, const struct view_contacts *want, view_contact_fn fn,
		       void *arg, struct err *err)
{
	struct view_contact c;
	struct query q;
	bool ok = want->order == VIEW_BY_NAME ? open_by_name(&q, st, v, want, err) : open_by_last(&q, st, v, want, err);

	if (!ok)
		return false;
	bind_int(&q, want->id);
	bind_int(&q, (int64_t)want->limit);
	bind_int(&q, want->is_owned);
	bind_str_or_null(&q, want->owner);
	while (query_next(&q, err)) {
		read_contact(&q, &c);
		if (!fn(&c, arg))
			break;
	}
	return query_end(&q);
}

bool view_count_entries(struct store *st, int64_t contact, int64_t *n, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT count(DISTINCT p.interaction_id) FROM participant p"
				" JOIN interaction i ON i.id = p.interaction_id WHERE p.contact_id = ? AND i.kind <> 5", err))
		return false;
	bind_int(&q, contact);
	if (!query_step(&q, &has, err))
		return false;
	*n = column_int(&q);
	query_close(&q);
	return true;
}

bool view_each_consent(struct store *st, const struct viewer *v, int64_t contact, struct arena *arena, consent_fn fn, void *arg,
		       struct err *err)
{
	struct view_contact seen;

	return view_contact(st, v, contact, arena, &seen, err) && store_each_consent(st, seen.row.id, fn, arg, err);
}

/* ---- entries ---- */

bool view_collect(struct query *q, struct view_ids *ids, size_t limit, struct err *err)
{
	while (query_next(q, err))
		if (ids->n < limit && ids->n < VIEW_MAX)
			ids->ids[ids->n++] = column_int(q);
	return query_end(q);
}

bool view_show(struct store *st, const struct view_ids *ids, interaction_fn fn, void *arg, struct err *err)
{
	for (size_t i = 0; i < ids->n; i++)
		if (!store_get_interaction(st, ids->ids[i], fn, arg, err))
			return false;
	return true;
}

bool view_timeline(struct store *st, const struct viewer *v, const struct view_timeline *want, interaction_fn fn, void *arg,
		   struct err *err)
{
	struct view_ids ids = { .n = 0 };
	struct query q;

	if (!query_open(&q, st, "SELECT DISTINCT p.interaction_id, p.occurred_at FROM participant p"
				" JOIN interaction i ON i.id = p.interaction_id JOIN contact c ON c.id = p.contact_id"
				" WHERE " SEES_CONTACT("c.owner") " AND i.kind <> 5 AND " IN_FILTER("4", "5", "6", "7", "8")
				" AND p.contact_id = ?9 AND (p.occurred_at, p.interaction_id) < (?10, ?11)"
				" ORDER BY p.occurred_at DESC, p.interaction_id DESC LIMIT ?12", err))
		return false;
	view_bind(&q, v);
	view_bind_filter(&q, &want->filter);
	bind_int(&q, want->contact);
	bind_int(&q, want->is_next ? want->occurred_us : INT64_MAX);
	bind_int(&q, want->is_next ? want->id : INT64_MAX);
	bind_int(&q, (int64_t)want->limit);
	return view_collect(&q, &ids, want->limit, err) && view_show(st, &ids, fn, arg, err);
}

bool view_interaction(struct store *st, const struct viewer *v, int64_t id, interaction_fn fn, void *arg, struct err *err)
{
	struct view_ids ids = { .n = 0 };
	struct query q;

	if (!query_open(&q, st, "SELECT i.id FROM interaction i WHERE i.id = ?4 AND " SEES_ENTRY("i.id"), err))
		return false;
	view_bind(&q, v);
	bind_int(&q, id);
	if (!view_collect(&q, &ids, 1, err))
		return false;
	if (ids.n == 0)
		return err_setf(err, ERR_MISSING, "there is no such interaction");
	return view_show(st, &ids, fn, arg, err);
}

bool view_each_review(struct store *st, const struct viewer *v, int64_t after_id, size_t limit, review_fn fn, void *arg,
		      struct err *err)
{
	struct review_row row;
	struct query q;

	if (!query_open(&q, st, "SELECT " REVIEW_COLUMNS("r") " FROM review r"
				" WHERE r.id > ?4 AND (?1 = 3 OR (r.interaction_id <> 0 AND " SEES_ENTRY("r.interaction_id") "))"
				" ORDER BY r.id LIMIT ?5", err))
		return false;
	view_bind(&q, v);
	bind_int(&q, after_id);
	bind_int(&q, (int64_t)limit);
	while (query_next(&q, err))
		if (review_read(&q, &row) && !fn(&row, arg))
			break;
	return query_end(&q);
}
