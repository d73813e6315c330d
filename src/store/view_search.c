/* A search as far as somebody may see: words from the index, everything else from the rows. */
#include "base/buf.h"
#include "base/clock.h"
#include "store/view_among.h"

enum { DEADLINE_US = 2000000, PROGRESS_STEPS = 10000, FEW_TO_ASK = 300 };

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

static bool ask(struct store *st, const char *sql, const struct viewer *v, const struct view_search *want, struct str among, int64_t one,
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
	bind_str(&q, among);
	bind_int(&q, one);
	return view_collect(&q, ids, want->limit, err);
}

#define IN_AMONG "(?16 = '' OR +s.rowid IN (SELECT value FROM json_each(?16)))"

/* Newest first through the entries, or those that have the words. */
static bool walk(struct store *st, const struct viewer *v, const struct view_search *want, struct str among, struct view_ids *ids,
		 struct err *err)
{
	if (want->match.len == 0)
		return ask(st, "SELECT i.id FROM interaction i WHERE " WANTED " AND ?14 = ''"
			       " AND ?16 + ?17 IS NOT NULL ORDER BY i.id DESC LIMIT ?13", v, want, among, 0, ids, err);
	return ask(st, "SELECT i.id FROM temp.recent s CROSS JOIN interaction i ON i.id = s.rowid"
		       " WHERE s.recent MATCH ?14 AND " IN_AMONG " AND " WANTED " AND ?17 IS NOT NULL ORDER BY s.rowid DESC LIMIT ?13",
		   v, want, among, 0, ids, err) &&
	       (ids->n >= want->limit ||
		ask(st, "SELECT i.id FROM main.search s CROSS JOIN interaction i ON i.id = s.rowid"
			" WHERE s.search MATCH ?14 AND s.rowid < ?9 AND " IN_AMONG " AND " WANTED " AND ?17 IS NOT NULL"
			" ORDER BY s.rowid DESC LIMIT ?13", v, want, among, 0, ids, err));
}

static bool ask_one(struct store *st, const struct viewer *v, const struct view_search *want, int64_t id, struct view_ids *ids,
		    struct err *err)
{
	if (want->match.len == 0)
		return ask(st, "SELECT i.id FROM interaction i WHERE i.id = ?17 AND " WANTED " AND ?14 = '' AND ?16 IS NOT NULL LIMIT ?13",
			   v, want, STR(""), id, ids, err);
	return ask(st, "SELECT i.id FROM interaction i WHERE i.id = ?17 AND " WANTED " AND ?16 IS NOT NULL"
		       " AND (EXISTS (SELECT 1 FROM main.search s WHERE s.search MATCH ?14 AND s.rowid = ?17)"
		       " OR EXISTS (SELECT 1 FROM temp.recent s WHERE s.recent MATCH ?14 AND s.rowid = ?17)) LIMIT ?13",
		   v, want, STR(""), id, ids, err);
}

/* Each by itself, newest first, until the page is full. */
static bool ask_each(struct store *st, const struct viewer *v, const struct view_search *want, const struct view_among *among,
		     int64_t deadline, struct view_ids *ids, struct err *err)
{
	for (size_t i = 0; i < among->n && ids->n < want->limit; i++) {
		if (want->before_id != 0 && among->ids[i] >= want->before_id)
			continue;
		if (clock_mono_us() > deadline)
			return err_setf(err, ERR_LIMIT, "too late");
		if (!ask_one(st, v, want, among->ids[i], ids, err))
			return false;
	}
	return true;
}

/* To look a word up for one entry takes 0.03 to 0.2 ms; the beginning of a word, which is many words, thirty times as long. */
static bool asks_each(const struct view_search *want, const struct view_among *among)
{
	return among->n == 0 || want->match.len == 0 || (among->n <= FEW_TO_ASK && str_chr(want->match, '*') == STR_NONE);
}

static bool find(struct store *st, const struct viewer *v, const struct view_search *want, int64_t deadline, struct view_ids *ids,
		 struct err *err)
{
	struct view_among among = { .n = 0 };
	struct buf text;
	bool ok;

	if ((want->match.len > 0 && !store_index_recent(st, err)) || !view_among(st, v, want, &among, err))
		return false;
	if (among.is_few && asks_each(want, &among))
		return ask_each(st, v, want, &among, deadline, ids, err);
	buf_init(&text, AMONG_FEW * 21 + 64);
	if (among.is_few)
		view_among_put(&among, &text);
	ok = walk(st, v, want, buf_str(&text), ids, err);
	buf_finish(&text);
	return ok;
}

bool view_search(struct store *st, const struct viewer *v, const struct view_search *want, interaction_fn fn, void *arg,
		 struct err *err)
{
	int64_t deadline = clock_mono_us() + DEADLINE_US;
	struct view_ids ids = { .n = 0 };
	bool ok;

	sqlite3_progress_handler(st->db, PROGRESS_STEPS, is_late, &deadline);
	ok = find(st, v, want, deadline, &ids, err);
	sqlite3_progress_handler(st->db, 0, NULL, NULL);
	if (!ok && err->kind == ERR_LIMIT)
		err_setf(err, ERR_LIMIT, "the search took longer than 2 s; use rarer words");
	return ok && view_show(st, v, &ids, fn, arg, err);
}
