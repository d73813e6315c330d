/* Contacts as far as somebody may see them: one, and lists. */
#include "store/merge.h"
#include "store/view_inside.h"

#define COLUMNS "contact.id, contact.name, company.domain, contact.first_at, contact.last_at, contact.owner, contact.version, contact.restricted"
#define WITH_COMPANY " LEFT JOIN company ON company.id = contact.company_id"

static void read_contact(struct query *q, struct view_contact *c)
{
	c->row.id = column_int(q);
	c->row.name = column_str(q);
	c->row.company = column_str(q);
	c->row.first_us = column_int(q);
	c->row.last_us = column_int(q);
	c->owner = column_str(q);
	c->version = column_int(q);
	c->is_restricted = column_int(q) != 0;
}

bool view_contact(struct store *st, const struct viewer *v, int64_t id, struct arena *arena, struct view_contact *out,
		  struct err *err)
{
	struct query q;
	int64_t root;
	bool has;

	if (!store_resolve_contact(st, id, &root, err))	/* an old link leads to whom it was merged into */
		return false;
	if (!query_open(&q, st, "SELECT " COLUMNS " FROM contact" WITH_COMPANY " WHERE contact.id = ?4 AND " SEES_CONTACT("contact"), err))
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

/* ---- lists ---- */

/* Lists come out of an index in their order, from the cursor on: of each owner in question a page at most, of which the page is
 * made. A rule that looked at all contacts in turn would look at 100,000 for somebody who sees ten; it is asked again all the
 * same. The newest of all have an index of their own, since everybody's first page is that; a name index costs three times as
 * much when a contact is made, so there is one. */
#define HAS_TEXT(c) \
	" (?4 = '' OR instr(lower(" c ".name), lower(?4)) > 0 OR " c ".id IN" \
	"  (SELECT contact_id FROM identity WHERE contact_id <> 0 AND instr(value, lower(?4)) > 0))"

/* last_slot is last_at in coarser steps (migration 0021). */
#define LAST(c) "coalesce(" c ".last_at, 0)"
#define AFTER_LAST(c) " (" c ".last_slot, " LAST(c) ", " c ".id) < (?6 >> 31, ?6, ?7)"
#define BY_LAST(c) " ORDER BY " c ".last_slot DESC, " LAST(c) " DESC, " c ".id DESC LIMIT ?5"

#define NAME(c) "lower(coalesce(" c ".name, ''))"
/* Said twice: SQLite looks into an index for a row value of columns, not of expressions. */
#define AFTER_NAME(c) " " NAME(c) " >= lower(?6) AND (" NAME(c) ", " c ".id) > (lower(?6), ?7)"
#define BY_NAME(c) " ORDER BY " NAME(c) ", " c ".id LIMIT ?5"

/* ?8: of one owner, ?9 (NULL: of nobody). Of all: each owner there is, found from the one before. */
#define OWNERS \
	"WITH RECURSIVE every(owner) AS (SELECT '' WHERE ?1 = 3 AND NOT ?8 UNION ALL SELECT (SELECT min(owner) FROM contact" \
	" INDEXED BY contact_owner_name WHERE merged_into = 0 AND contact.owner > every.owner) FROM every WHERE owner IS NOT NULL)," \
	" eyes(owner) AS MATERIALIZED (SELECT ?9 WHERE ?8 UNION SELECT ?2 WHERE NOT ?8 AND ?1 IN (1, 2) AND ?2 IS NOT NULL" \
	" UNION SELECT value FROM json_each(?3) WHERE NOT ?8 AND ?1 = 2 UNION SELECT NULL WHERE NOT ?8 AND ?1 = 2" \
	" UNION SELECT owner FROM every) "

#define LIST_OWNED(index_, after_, order_) \
	OWNERS "SELECT " COLUMNS " FROM eyes CROSS JOIN contact ON contact.id IN (SELECT x.id FROM contact x INDEXED BY " index_ \
	" WHERE x.owner IS eyes.owner AND x.merged_into = 0 AND (NOT x.restricted OR ?1 = 3 OR x.owner = ?2) AND" HAS_TEXT("x") " AND" after_("x") order_("x") ")" WITH_COMPANY \
	" WHERE " SEES_CONTACT("contact") order_("contact")

#define LIST_RECENT \
	"SELECT " COLUMNS " FROM contact INDEXED BY contact_recent" WITH_COMPANY " WHERE contact.merged_into = 0 AND " \
	SEES_CONTACT("contact") " AND" HAS_TEXT("contact") " AND" AFTER_LAST("contact") BY_LAST("contact")

static const char *list_sql(bool is_of_all, enum view_order order)
{
	if (order == VIEW_BY_NAME)
		return LIST_OWNED("contact_owner_name", AFTER_NAME, BY_NAME);
	return is_of_all ? LIST_RECENT : LIST_OWNED("contact_owner_recent", AFTER_LAST, BY_LAST);
}

static void bind_position(struct query *q, const struct view_contacts *want)
{
	if (want->order == VIEW_BY_NAME) {
		bind_str(q, want->is_next ? want->name : STR(""));
		bind_int(q, want->is_next ? want->id : 0);
	} else {
		bind_int(q, want->is_next ? want->last_us : INT64_MAX);
		bind_int(q, want->is_next ? want->id : INT64_MAX);
	}
}

bool view_each_contact(struct store *st, const struct viewer *v, const struct view_contacts *want, view_contact_fn fn,
		       void *arg, struct err *err)
{
	bool is_of_all = v->sees == SEES_ALL && !want->is_owned;
	struct view_contact c;
	struct query q;

	if (!query_open(&q, st, list_sql(is_of_all, want->order), err))
		return false;
	view_bind(&q, v);
	bind_str(&q, want->text);
	bind_int(&q, (int64_t)want->limit);
	bind_position(&q, want);
	if (!is_of_all || want->order == VIEW_BY_NAME) {
		bind_int(&q, want->is_owned);
		bind_str_or_null(&q, want->owner);
	}
	while (query_next(&q, err)) {
		read_contact(&q, &c);
		if (!fn(&c, arg))
			break;
	}
	return query_end(&q);
}
