#include "store/view.h"

#include "store/view_inside.h"

bool view_count_entries(struct store *st, const struct viewer *v, int64_t contact, int64_t *n, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT count(DISTINCT p.interaction_id) FROM participant p JOIN interaction i ON i.id = p.interaction_id"
				" WHERE p.contact_id = ?4 AND i.kind <> 5 AND " IS_OPEN("p.interaction_id") " AND ?3 IS NOT NULL", err))
		return false;
	view_bind(&q, v);
	bind_int(&q, contact);
	if (!query_step(&q, &has, err))
		return false;
	*n = column_int(&q);
	query_close(&q);
	return true;
}

bool view_each_restricted_of(struct store *st, int64_t interaction, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT DISTINCT c.id FROM participant p JOIN contact c ON c.id = p.contact_id"
				" WHERE p.interaction_id = ? AND c.restricted", err))
		return false;
	bind_int(&q, interaction);
	return query_each_id(&q, fn, arg, err);
}

bool view_each_consent(struct store *st, const struct viewer *v, int64_t contact, struct arena *arena, consent_fn fn, void *arg,
		       struct err *err)
{
	struct view_contact seen;

	return view_contact(st, v, contact, arena, &seen, err) && store_each_consent(st, seen.row.id, fn, arg, err);
}

bool view_collect(struct query *q, struct view_ids *ids, size_t limit, struct err *err)
{
	while (query_next(q, err))
		if (ids->n < limit && ids->n < VIEW_MAX)
			ids->ids[ids->n++] = column_int(q);
	return query_end(q);
}

static bool share_of(struct store *st, const struct viewer *v, int64_t id, enum share *share, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT " SHARE_OF_I " FROM interaction i WHERE i.id = ?4 AND ?1 + ?3 IS NOT NULL", err))
		return false;
	view_bind(&q, v);
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	*share = has ? (enum share)column_int(&q) : SHARE_METADATA;
	query_close(&q);
	return true;
}

struct showing {
	enum share share;
	interaction_fn fn;
	void *arg;
};

/* What is not for these eyes is not in the row. */
static bool show(const struct interaction_row *row, void *arg)
{
	struct showing *s = arg;
	struct interaction_row shown = *row;

	shown.share = s->share;
	if (s->share < SHARE_EVERYTHING)
		shown.it.text = shown.it.text_full = shown.it.details = (struct str){ NULL, 0 };
	if (s->share < SHARE_SUBJECT)
		shown.it.subject = (struct str){ NULL, 0 };
	return s->fn(&shown, s->arg);
}

bool view_show(struct store *st, const struct viewer *v, const struct view_ids *ids, interaction_fn fn, void *arg, struct err *err)
{
	for (size_t i = 0; i < ids->n; i++) {
		struct showing s = { .fn = fn, .arg = arg };

		if (!share_of(st, v, ids->ids[i], &s.share, err) || !store_get_interaction(st, ids->ids[i], show, &s, err))
			return false;
	}
	return true;
}

bool view_share_of_connector(struct store *st, const struct viewer *v, int64_t connector, enum share *share, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT iif(owner = ?1, 3, share) FROM connector WHERE id = ?2", err))
		return false;
	bind_str_or_null(&q, v->me);
	bind_int(&q, connector);
	if (!query_step(&q, &has, err))
		return false;
	*share = has ? (enum share)column_int(&q) : SHARE_METADATA;
	query_close(&q);
	return true;
}

bool view_timeline(struct store *st, const struct viewer *v, const struct view_timeline *want, interaction_fn fn, void *arg,
		   struct err *err)
{
	struct view_ids ids = { .n = 0 };
	struct query q;

	if (!query_open(&q, st, "SELECT DISTINCT p.interaction_id, p.occurred_at FROM participant p"
				" JOIN interaction i ON i.id = p.interaction_id JOIN contact c ON c.id = p.contact_id"
				" WHERE " SEES_CONTACT("c") " AND " IS_OPEN("p.interaction_id") " AND i.kind <> 5 AND " IN_FILTER("4", "5", "6", "7", "8")
				" AND p.contact_id = ?9 AND (p.occurred_at, p.interaction_id) < (?10, ?11)"
				" ORDER BY p.occurred_at DESC, p.interaction_id DESC LIMIT ?12", err))
		return false;
	view_bind(&q, v);
	view_bind_filter(&q, &want->filter);
	bind_int(&q, want->contact);
	bind_int(&q, want->is_next ? want->occurred_us : INT64_MAX);
	bind_int(&q, want->is_next ? want->id : INT64_MAX);
	bind_int(&q, (int64_t)want->limit);
	return view_collect(&q, &ids, want->limit, err) && view_show(st, v, &ids, fn, arg, err);
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
	return view_show(st, v, &ids, fn, arg, err);
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

bool view_each_lookalike(struct store *st, const struct viewer *v, unsigned reasons, int64_t after_one, int64_t after_other, size_t limit,
			 lookalike_fn fn, void *arg, struct err *err)
{
	struct lookalike pair;
	struct query q;

	if (!query_open(&q, st, "SELECT l.one, l.other, l.shared & ?7 FROM lookalike l JOIN contact a ON a.id = l.one AND a.merged_into = 0"
				" JOIN contact b ON b.id = l.other AND b.merged_into = 0"
				" WHERE (l.one, l.other) > (?4, ?5) AND l.shared & ?7 AND " SEES_CONTACT("a") " AND " SEES_CONTACT("b")
				" ORDER BY l.one, l.other LIMIT ?6", err))
		return false;
	view_bind(&q, v);
	bind_int(&q, after_one);
	bind_int(&q, after_other);
	bind_int(&q, (int64_t)limit);
	bind_int(&q, reasons);
	while (query_next(&q, err)) {
		pair.one = column_int(&q);
		pair.other = column_int(&q);
		pair.shared = (unsigned)column_int(&q);
		if (!fn(&pair, arg))
			break;
	}
	return query_end(&q);
}
