/* A search as far as somebody may see: words from the index, everything else from the rows. */
#include "base/clock.h"
#include "store/view_inside.h"

enum { DEADLINE_US = 2000000, PROGRESS_STEPS = 10000 };

static int is_late(void *arg)
{
	return clock_mono_us() > *(int64_t *)arg;
}

#define HAS_PARTY(roles_, text_) \
	"(" text_ " = '' OR EXISTS (SELECT 1 FROM json_each(i.parties) pp WHERE json_extract(pp.value, '$.r') IN (" roles_ ")" \
	"  AND (instr(lower(json_extract(pp.value, '$.n')), lower(" text_ ")) > 0 OR EXISTS" \
	"   (SELECT 1 FROM json_each(pp.value, '$.i') pi WHERE instr(json_extract(pi.value, '$[1]'), lower(" text_ ")) > 0))))"

#define WANTED \
	IN_FILTER("4", "5", "6", "7", "8") " AND i.kind <> 5 AND i.id < ?9 AND " HAS_PARTY("'from'", "?10") \
	" AND " HAS_PARTY("'to', 'cc', 'bcc'", "?11") \
	" AND (?12 = 0 OR EXISTS (SELECT 1 FROM attachment a WHERE a.interaction_id = i.id)) AND " SEES_ENTRY("i.id") \
	" AND (?15 = 0 OR " SHARE_OF_I " = 3)"

static bool collect(struct store *st, const char *sql, const struct viewer *v, const struct view_search *want,
		    struct view_ids *ids, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	view_bind(&q, v);
	view_bind_filter(&q, &want->filter);
	bind_int(&q, want->before_id ? want->before_id : INT64_MAX);
	bind_str(&q, want->from);
	bind_str(&q, want->to);
	bind_int(&q, want->has_attachment);
	bind_int(&q, (int64_t)(want->limit - ids->n));
	bind_str(&q, want->match);
	/* Who may not read a text is not to learn what stands in it by asking for its words. */
	bind_int(&q, want->match.len > 0 || want->has_attachment);
	return view_collect(&q, ids, want->limit, err);
}

static bool find(struct store *st, const struct viewer *v, const struct view_search *want, struct view_ids *ids,
		 struct err *err)
{
	if (want->match.len == 0)
		return collect(st, "SELECT i.id FROM interaction i WHERE " WANTED " AND ?14 = ''"
				   " ORDER BY i.id DESC LIMIT ?13", v, want, ids, err);
	return store_index_recent(st, err) &&
	       collect(st, "SELECT i.id FROM temp.recent s CROSS JOIN interaction i ON i.id = s.rowid"
			   " WHERE s.recent MATCH ?14 AND " WANTED " ORDER BY s.rowid DESC LIMIT ?13", v, want, ids, err) &&
	       (ids->n >= want->limit ||
		collect(st, "SELECT i.id FROM main.search s CROSS JOIN interaction i ON i.id = s.rowid"
			    " WHERE s.search MATCH ?14 AND s.rowid < ?9 AND " WANTED
			    " ORDER BY s.rowid DESC LIMIT ?13", v, want, ids, err));
}

bool view_search(struct store *st, const struct viewer *v, const struct view_search *want, interaction_fn fn, void *arg,
		 struct err *err)
{
	int64_t deadline = clock_mono_us() + (want->patience_us ? want->patience_us : DEADLINE_US);
	struct view_ids ids = { .n = 0 };
	bool ok;

	sqlite3_progress_handler(st->db, PROGRESS_STEPS, is_late, &deadline);
	ok = find(st, v, want, &ids, err);
	sqlite3_progress_handler(st->db, 0, NULL, NULL);
	if (!ok && err->kind == ERR_LIMIT)
		err_setf(err, ERR_LIMIT, "the search took longer than 2 s; use rarer words");
	return ok && view_show(st, v, &ids, fn, arg, err);
}
