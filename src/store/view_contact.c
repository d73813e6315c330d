/* Contacts as far as somebody may see them: one, and lists. */
#include "base/buf.h"
#include "store/merge.h"
#include "store/view_inside.h"

#define COLUMNS "contact.id, contact.name, contact.company, contact.first_at, contact.last_at, contact.owner, contact.version, contact.restricted"

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
	if (!query_open(&q, st, "SELECT " COLUMNS " FROM contact WHERE contact.id = ?4 AND " SEES_CONTACT("contact"), err))
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
	" (?4 = '' OR instr(lower(" c ".name), lower(?4)) > 0 OR EXISTS (SELECT 1 FROM identity h" \
	"  WHERE h.contact_id = " c ".id AND h.contact_id <> 0 AND instr(h.value, lower(?4)) > 0))"

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
	" WHERE x.owner IS eyes.owner AND x.merged_into = 0 AND (NOT x.restricted OR ?1 = 3 OR x.owner = ?2) AND" HAS_TEXT("x") " AND" after_("x") order_("x") ")" \
	" WHERE " SEES_CONTACT("contact") order_("contact")

#define LIST_RECENT \
	"SELECT " COLUMNS " FROM contact INDEXED BY contact_recent WHERE contact.merged_into = 0 AND " \
	SEES_CONTACT("contact") " AND" HAS_TEXT("contact") " AND" AFTER_LAST("contact") BY_LAST("contact")

/* ?4: the few that have the text, a JSON array of ids. */
#define LIST_FOUND(after_, order_) \
	"SELECT " COLUMNS " FROM json_each(?4) CROSS JOIN contact ON contact.id = json_each.value" \
	" WHERE contact.merged_into = 0 AND " SEES_CONTACT("contact") " AND (NOT ?8 OR contact.owner IS ?9) AND" \
	after_("contact") order_("contact")

/* ?10: of one company, however many they are. */
#define LIST_COLLEAGUES(after_, order_) \
	"SELECT " COLUMNS " FROM contact INDEXED BY contact_company WHERE contact.merged_into = 0 AND contact.company IS NOT NULL" \
	" AND contact.company = ?10 AND " SEES_CONTACT("contact") " AND (NOT ?8 OR contact.owner IS ?9) AND" HAS_TEXT("contact") " AND" \
	after_("contact") order_("contact")

/* A text that few have is looked for in all names and handles, front to back: of 100,000 contacts that takes 25 ms, where to ask
 * each of them in the order of the list takes 200. One that many have is met soon on the way through the list. */
enum { FEW = 4000, ID_DIGITS = 20 };

static bool find_few(struct store *st, struct str text, struct buf *ids, bool *are_few, struct err *err)
{
	struct query q;
	size_t n = 0;

	if (!query_open(&q, st, "SELECT DISTINCT id FROM (SELECT id FROM contact NOT INDEXED WHERE instr(lower(name), lower(?1)) > 0"
				" UNION ALL SELECT contact_id FROM identity NOT INDEXED WHERE contact_id <> 0"
				"  AND instr(value, lower(?1)) > 0) LIMIT ?2", err))
		return false;
	bind_str(&q, text);
	bind_int(&q, FEW + 1);
	while (query_next(&q, err))
		buf_addf(ids, "%c%lld", n++ == 0 ? '[' : ',', (long long)column_int(&q));
	buf_add(ids, n == 0 ? STR("[]") : STR("]"));
	*are_few = n <= FEW;
	return query_end(&q);
}

static const char *found_sql(enum view_order order)
{
	return order == VIEW_BY_NAME ? LIST_FOUND(AFTER_NAME, BY_NAME) : LIST_FOUND(AFTER_LAST, BY_LAST);
}

static const char *colleagues_sql(enum view_order order)
{
	return order == VIEW_BY_NAME ? LIST_COLLEAGUES(AFTER_NAME, BY_NAME) : LIST_COLLEAGUES(AFTER_LAST, BY_LAST);
}

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

static bool list(struct store *st, const struct viewer *v, const struct view_contacts *want, const char *sql, bool has_owner,
		 struct str text, view_contact_fn fn, void *arg, struct err *err)
{
	struct view_contact c;
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	view_bind(&q, v);
	bind_str(&q, text);
	bind_int(&q, (int64_t)want->limit);
	bind_position(&q, want);
	if (has_owner) {
		bind_int(&q, want->is_owned);
		bind_str_or_null(&q, want->owner);
	}
	if (want->company.len > 0)
		bind_str(&q, want->company);
	while (query_next(&q, err)) {
		read_contact(&q, &c);
		if (!fn(&c, arg))
			break;
	}
	return query_end(&q);
}

bool view_each_contact(struct store *st, const struct viewer *v, const struct view_contacts *want, view_contact_fn fn,
		       void *arg, struct err *err)
{
	bool is_of_all = v->sees == SEES_ALL && !want->is_owned, are_few = false, ok = true;
	struct buf ids;

	if (want->company.len > 0)
		return list(st, v, want, colleagues_sql(want->order), true, want->text, fn, arg, err);
	buf_init(&ids, FEW * (ID_DIGITS + 1) + 64);
	if (want->text.len > 0)
		ok = find_few(st, want->text, &ids, &are_few, err);
	if (ok && are_few)
		ok = list(st, v, want, found_sql(want->order), true, buf_str(&ids), fn, arg, err);
	else if (ok)
		ok = list(st, v, want, list_sql(is_of_all, want->order), !is_of_all || want->order == VIEW_BY_NAME, want->text,
			  fn, arg, err);
	buf_finish(&ids);
	return ok;
}
