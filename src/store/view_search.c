/* A search as far as somebody may see: words from the index, everything else from the rows. */
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/span.h"
#include "store/view_among.h"

enum { DEADLINE_US = 2000000, PROGRESS_STEPS = 10000, FEW_TO_ASK = 300 };

static int is_late(void *arg)
{
	return clock_mono_us() > *(int64_t *)arg;
}

/* plain_: a part of the text that stands in JSON as it is, which is looked for first: to read the JSON costs five times as much. */
#define HAS_PARTY(roles_, text_, plain_) \
	"(" text_ " = '' OR instr(lower(i.parties), lower(" plain_ ")) > 0 AND EXISTS (SELECT 1 FROM json_each(i.parties) pp WHERE json_extract(pp.value, '$.r') IN (" roles_ ")" \
	"  AND (instr(lower(json_extract(pp.value, '$.n')), lower(" text_ ")) > 0 OR EXISTS" \
	"   (SELECT 1 FROM json_each(pp.value, '$.i') pi WHERE instr(json_extract(pi.value, '$[1]'), lower(" text_ ")) > 0))))"

#define WANTED \
	IN_FILTER("4", "5", "6", "7", "8") " AND i.kind <> 5 AND i.id < ?9 AND i.id >= ?18 AND " HAS_PARTY("'from'", "?10", "?19") \
	" AND " HAS_PARTY("'to', 'cc', 'bcc'", "?11", "?20") \
	" AND (?12 = 0 OR EXISTS (SELECT 1 FROM attachment a WHERE a.interaction_id = i.id)) AND " SEES_ENTRY("i.id") \
	" AND (?15 = 0 OR " SHARE_OF_I " = 3)"

struct search {
	struct store *st;
	const struct viewer *v;
	const struct view_search *want;
	struct span span;		/* of ids: what occurred then, behind the position */
	int64_t deadline;
	struct view_ids *ids;
};

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c != '\0' && strchr(" @.+-_", c) != NULL);
}

/* The longest; empty where there is none, and found in everything. */
static struct str plain_part(struct str text)
{
	size_t best = 0, best_n = 0, n = 0;

	for (size_t i = 0; i < text.len; i++) {
		n = is_plain(text.ptr[i]) ? n + 1 : 0;
		if (n > best_n) {
			best_n = n;
			best = i + 1 - n;
		}
	}
	return str_sub(text, best, best_n);
}

static bool ask(struct search *s, const char *sql, struct str among, int64_t one, struct err *err)
{
	const struct view_search *want = s->want;
	struct query q;

	if (!query_open(&q, s->st, sql, err))
		return false;
	view_bind(&q, s->v);
	view_bind_filter(&q, &want->filter);
	bind_int(&q, s->span.past);
	bind_str(&q, want->from);
	bind_str(&q, want->to);
	bind_int(&q, want->has_attachment);
	bind_int(&q, (int64_t)(want->limit - s->ids->n));
	bind_str(&q, want->match);
	/* Who may not read a text is not to learn what stands in it by asking for its words. */
	bind_int(&q, want->match.len > 0 || want->has_attachment);
	bind_str(&q, among);
	bind_int(&q, one);
	bind_int(&q, s->span.first);
	bind_str(&q, plain_part(want->from));
	bind_str(&q, plain_part(want->to));
	return view_collect(&q, s->ids, want->limit, err);
}

#define IN_AMONG "(?16 = '' OR +s.rowid IN (SELECT value FROM json_each(?16)))"

/* Newest first through the entries, or those that have the words. */
static bool walk(struct search *s, struct str among, struct err *err)
{
	if (s->want->match.len == 0)
		return ask(s, "SELECT i.id FROM interaction i WHERE " WANTED " AND ?14 = ''"
			      " AND ?16 + ?17 IS NOT NULL ORDER BY i.id DESC LIMIT ?13", among, 0, err);
	return ask(s, "SELECT i.id FROM temp.recent s CROSS JOIN interaction i ON i.id = s.rowid"
		      " WHERE s.recent MATCH ?14 AND " IN_AMONG " AND " WANTED " AND ?17 IS NOT NULL ORDER BY s.rowid DESC LIMIT ?13", among, 0, err) &&
	       (s->ids->n >= s->want->limit ||
		ask(s, "SELECT i.id FROM main.search s CROSS JOIN interaction i ON i.id = s.rowid"
		       " WHERE s.search MATCH ?14 AND s.rowid < ?9 AND s.rowid >= ?18 AND " IN_AMONG " AND " WANTED " AND ?17 IS NOT NULL"
		       " ORDER BY s.rowid DESC LIMIT ?13", among, 0, err));
}

static bool ask_one(struct search *s, int64_t id, struct err *err)
{
	if (s->want->match.len == 0)
		return ask(s, "SELECT i.id FROM interaction i WHERE i.id = ?17 AND " WANTED " AND ?14 = '' AND ?16 IS NOT NULL LIMIT ?13",
			   STR(""), id, err);
	return ask(s, "SELECT i.id FROM interaction i WHERE i.id = ?17 AND " WANTED " AND ?16 IS NOT NULL"
		      " AND (EXISTS (SELECT 1 FROM main.search s WHERE s.search MATCH ?14 AND s.rowid = ?17)"
		      " OR EXISTS (SELECT 1 FROM temp.recent s WHERE s.recent MATCH ?14 AND s.rowid = ?17)) LIMIT ?13", STR(""), id, err);
}

/* Each by itself, newest first, until the page is full. */
static bool ask_each(struct search *s, const struct view_among *among, struct err *err)
{
	for (size_t i = 0; i < among->n && s->ids->n < s->want->limit; i++) {
		if (among->ids[i] >= s->span.past || among->ids[i] < s->span.first)
			continue;
		if (clock_mono_us() > s->deadline)
			return err_setf(err, ERR_LIMIT, "too late");
		if (!ask_one(s, among->ids[i], err))
			return false;
	}
	return true;
}

/* To look a word up for one entry takes 0.03 to 0.2 ms; the beginning of a word, which is many words, thirty times as long. */
static bool asks_each(const struct view_search *want, const struct view_among *among)
{
	return among->n == 0 || want->match.len == 0 || (among->n <= FEW_TO_ASK && str_chr(want->match, '*') == STR_NONE);
}

static bool find(struct search *s, struct err *err)
{
	auto_free struct view_among *among = xnew(struct view_among);
	struct buf text;
	bool ok;

	if ((s->want->match.len > 0 && !store_index_recent(s->st, err)) || !view_among(s->st, s->v, s->want, among, err))
		return false;
	if (among->is_few && asks_each(s->want, among))
		return ask_each(s, among, err);
	buf_init(&text, AMONG_FEW * 21 + 64);
	if (among->is_few)
		view_among_put(among, &text);
	ok = walk(s, buf_str(&text), err);
	buf_finish(&text);
	return ok;
}

static bool bound(struct search *s, struct err *err)
{
	const struct view_filter *f = &s->want->filter;

	s->span = (struct span){ .first = 0, .past = INT64_MAX };
	if ((f->from_us > 0 || f->to_us != 0) && !span_find(s->st, f->from_us, f->to_us, &s->span, err))
		return false;
	if (s->want->before_id != 0 && s->want->before_id < s->span.past)
		s->span.past = s->want->before_id;
	return true;
}

bool view_search(struct store *st, const struct viewer *v, const struct view_search *want, interaction_fn fn, void *arg,
		 struct err *err)
{
	int64_t patience = want->patience_us != 0 ? want->patience_us : DEADLINE_US;
	struct view_ids ids = { .n = 0 };
	struct search s = { .st = st, .v = v, .want = want, .ids = &ids, .deadline = clock_mono_us() + patience };
	bool ok;

	sqlite3_progress_handler(st->db, PROGRESS_STEPS, is_late, &s.deadline);
	ok = bound(&s, err) && (s.span.first >= s.span.past || find(&s, err));
	sqlite3_progress_handler(st->db, 0, NULL, NULL);
	if (!ok && err->kind == ERR_LIMIT)
		err_setf(err, ERR_LIMIT, "the search took longer than %d s; use rarer words", (int)(patience / 1000000));
	return ok && view_show(st, v, &ids, fn, arg, err);
}
