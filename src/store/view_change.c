/* Who hears of what: the log of changes through the eyes of somebody. */
#include "store/view_inside.h"

/* Whom a contact belongs to now, in however many steps it was merged: its owner says who sees it. */
#define SEES_ROOT(id_) \
	"EXISTS (WITH RECURSIVE up(into_id, owner, restricted) AS (SELECT merged_into, owner, restricted FROM contact WHERE contact.id = " id_ \
	" UNION ALL SELECT contact.merged_into, contact.owner, contact.restricted FROM contact JOIN up ON contact.id = up.into_id AND up.into_id <> 0)" \
	" SELECT 1 FROM up WHERE up.into_id = 0 AND " SEES_CONTACT("up") ")"

/* By the numbers of enum change_kind. What was made and is gone again, or merged, is told of by a later row. */
#define HEARS_OF \
	"CASE WHEN c.kind IN (1, 2) THEN EXISTS (SELECT 1 FROM interaction i WHERE i.id = c.id) AND " SEES_ENTRY("c.id") \
	" WHEN c.kind IN (3, 8) THEN " SEES_OWNED("c.owner", "0") \
	" WHEN c.kind IN (4, 5) THEN EXISTS (SELECT 1 FROM contact k WHERE k.id = c.id AND k.merged_into = 0" \
	"  AND " SEES_CONTACT("k") ")" \
	" WHEN c.kind IN (6, 7) THEN " SEES_ROOT("c.id") \
	" WHEN c.kind IN (9, 10) THEN ?1 = 3 OR (c.other <> 0 AND EXISTS (SELECT 1 FROM interaction i WHERE i.id = c.other)" \
	"  AND " SEES_ENTRY("c.other") ")" \
	" ELSE 1 END"

_Static_assert(CHANGE_ENTRY_ERASED == 3 && CHANGE_CONTACT_UPDATED == 5 && CHANGE_CONTACT_UNMERGED == 7 &&
	       CHANGE_CONTACT_ERASED == 8 && CHANGE_REVIEW_CLOSED == 10, "the rule above counts on these numbers");

static void read_change(struct query *q, struct view_change *c)
{
	*c = (struct view_change){ .seq = column_int(q) };
	c->at_us = column_int(q);
	c->kind = (enum change_kind)column_int(q);
	c->id = column_int(q);
	c->other = column_int(q);
	c->connector = column_str(q);
	c->state = column_str(q);
}

bool view_each_change(struct store *st, const struct viewer *v, int64_t kinds, int64_t after, int64_t until, view_change_fn fn,
		      void *arg, struct err *err)
{
	struct view_change change;
	struct query q;

	if (!query_open(&q, st, "SELECT c.seq, c.at, c.kind, c.id,"
				" CASE WHEN c.kind IN (6, 7) AND NOT " SEES_ROOT("c.other") " THEN 0 ELSE c.other END,"
				" CASE c.kind WHEN 13 THEN (SELECT name FROM connector WHERE id = c.id) END,"
				" CASE c.kind WHEN 13 THEN (SELECT state FROM connector WHERE id = c.id) END"
				" FROM change c WHERE c.seq > ?4 AND c.seq <= ?5 AND (?6 >> c.kind) & 1 AND " HEARS_OF
				" ORDER BY c.seq", err))
		return false;
	view_bind(&q, v);
	bind_int(&q, after);
	bind_int(&q, until);
	bind_int(&q, kinds);
	while (query_next(&q, err)) {
		read_change(&q, &change);
		if (!fn(&change, arg))
			break;
	}
	return query_end(&q);
}

bool view_each_contact_of(struct store *st, const struct viewer *v, int64_t interaction, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT DISTINCT p.contact_id FROM participant p JOIN contact c ON c.id = p.contact_id"
				" WHERE p.interaction_id = ?4 AND " SEES_CONTACT("c") " ORDER BY 1", err))
		return false;
	view_bind(&q, v);
	bind_int(&q, interaction);
	return query_each_id(&q, fn, arg, err);
}
