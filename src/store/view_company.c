/* Companies as far as somebody may see who belongs to them. */
#include "store/view_inside.h"

#define IS_LISTED "c.merged_into = 0 AND c.company IS NOT NULL"

static bool each(struct query *q, view_company_fn fn, void *arg, struct err *err)
{
	struct view_company row;

	while (query_next(q, err)) {
		row.name = column_str(q);
		row.n_contacts = column_int(q);
		row.last_us = column_int(q);
		if (!fn(&row, arg))
			break;
	}
	return query_end(q);
}

bool view_each_company(struct store *st, const struct viewer *v, struct str text, struct str after, size_t limit, view_company_fn fn,
		       void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT min(c.company COLLATE BINARY), count(*), max(coalesce(c.last_at, 0)) FROM contact c INDEXED BY contact_company"
				" WHERE " IS_LISTED " AND c.company > ?4 AND (?5 = '' OR instr(lower(c.company), lower(?5)) > 0) AND " SEES_CONTACT("c")
				" GROUP BY c.company ORDER BY c.company LIMIT ?6", err))
		return false;
	view_bind(&q, v);
	bind_str(&q, after);
	bind_str(&q, text);
	bind_int(&q, (int64_t)limit);
	return each(&q, fn, arg, err);
}

struct one {
	struct view_company *out;
	struct arena *arena;
	bool has;
};

static bool keep(const struct view_company *row, void *arg)
{
	struct one *one = arg;

	*one->out = *row;
	one->out->name = arena_str(one->arena, row->name);
	one->has = row->n_contacts > 0;
	return true;
}

bool view_company(struct store *st, const struct viewer *v, struct str name, struct arena *arena, struct view_company *out, struct err *err)
{
	struct one one = { .out = out, .arena = arena };
	struct query q;

	if (!query_open(&q, st, "SELECT min(c.company COLLATE BINARY), count(*), max(coalesce(c.last_at, 0)) FROM contact c INDEXED BY contact_company"
				" WHERE " IS_LISTED " AND c.company = ?4 AND " SEES_CONTACT("c"), err))
		return false;
	view_bind(&q, v);
	bind_str(&q, name);
	return each(&q, keep, &one, err) && (one.has || err_setf(err, ERR_MISSING, "there is no such company"));
}

/* ---- the timeline ---- */

/* Entry p of contact c_, behind the position. */
#define BEHIND(c_) \
	"p.contact_id = " c_ " AND (p.occurred_at, p.interaction_id) < (?10, ?11) AND i.kind <> 5 AND " IN_FILTER("4", "5", "6", "7", "8") \
	" AND " IS_OPEN("p.interaction_id")

/* The page holds nobody's entries but of those with the newest heads: with a page of 50 and 10,000 colleagues each is asked for one entry, and a
 * few of them for more, a page each at most: three may have written 100,000. What is as old as the last of these heads belongs to it, too.
 * Several may have the same one. */
#define TIMELINE \
	"WITH heads(contact, entry, at) AS MATERIALIZED (SELECT f.contact, f.entry, e.occurred_at FROM (SELECT c.id AS contact, (SELECT p.interaction_id" \
	"   FROM participant p JOIN interaction i ON i.id = p.interaction_id WHERE " BEHIND("c.id") \
	"   ORDER BY p.occurred_at DESC, p.interaction_id DESC LIMIT 1) AS entry" \
	"  FROM contact c INDEXED BY contact_company WHERE " IS_LISTED " AND c.company = ?9 AND " SEES_CONTACT("c") ") f" \
	"  JOIN interaction e ON e.id = f.entry)," \
	" bound(at) AS MATERIALIZED (SELECT coalesce((SELECT at FROM (SELECT DISTINCT entry, at FROM heads) ORDER BY at DESC LIMIT 1 OFFSET ?12 - 1), -1 << 62))" \
	" SELECT DISTINCT o.id, o.occurred_at FROM bound CROSS JOIN heads h CROSS JOIN interaction o ON o.id IN (SELECT p.interaction_id" \
	"   FROM participant p JOIN interaction i ON i.id = p.interaction_id WHERE p.occurred_at >= bound.at AND " BEHIND("h.contact") \
	"   GROUP BY p.occurred_at, p.interaction_id ORDER BY p.occurred_at DESC, p.interaction_id DESC LIMIT ?12)" \
	" WHERE h.at >= bound.at ORDER BY o.occurred_at DESC, o.id DESC LIMIT ?12"

bool view_company_timeline(struct store *st, const struct viewer *v, struct str company, const struct view_timeline *want, interaction_fn fn,
			   void *arg, struct err *err)
{
	struct view_ids ids = { .n = 0 };
	struct query q;

	if (!query_open(&q, st, TIMELINE, err))
		return false;
	view_bind(&q, v);
	view_bind_filter(&q, &want->filter);
	bind_str(&q, company);
	bind_int(&q, want->is_next ? want->occurred_us : INT64_MAX);
	bind_int(&q, want->is_next ? want->id : INT64_MAX);
	bind_int(&q, (int64_t)want->limit);
	return view_collect(&q, &ids, want->limit, err) && view_show(st, v, &ids, fn, arg, err);
}
