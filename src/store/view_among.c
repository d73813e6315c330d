#include "store/view_among.h"

#include <stdlib.h>

static int by_id_down(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x < y) - (x > y);
}

/* Of the contacts of whoever sees no others. A team also sees what is nobody's, which is many. */
static bool of_own(struct store *st, const struct viewer *v, struct view_among *among, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT DISTINCT p.interaction_id FROM (SELECT id FROM contact INDEXED BY contact_owner_recent"
				"  WHERE merged_into = 0 AND owner = ?1 UNION ALL SELECT id FROM contact INDEXED BY contact_merged"
				"  WHERE merged_into <> 0 AND owner = ?1) c CROSS JOIN participant p ON p.contact_id = c.id LIMIT ?2", err))
		return false;
	bind_str_or_null(&q, v->me);
	bind_int(&q, AMONG_FEW + 1);
	among->n = 0;
	among->is_few = true;
	while (query_next(&q, err)) {
		if (among->n == AMONG_FEW)
			among->is_few = false;
		else
			among->ids[among->n++] = column_int(&q);
	}
	qsort(among->ids, among->n, sizeof(*among->ids), by_id_down);
	return query_end(&q);
}

bool view_among(struct store *st, const struct viewer *v, struct view_among *among, struct err *err)
{
	among->is_few = false;
	return v->sees != SEES_OWN || of_own(st, v, among, err);
}

void view_among_put(const struct view_among *among, struct buf *out)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < among->n; i++)
		buf_addf(out, "%s%lld", i == 0 ? "" : ",", (long long)among->ids[i]);
	buf_addc(out, ']');
}
