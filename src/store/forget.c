/* Journal rows and what came of them, taken away again. */
#include "store/forget.h"

#include "base/mem.h"
#include "store/consent.h"
#include "store/inside.h"
#include "store/merge.h"
#include "store/party.h"

/* Ids of what comes of a row follow its own; 16 ms of them are far beyond what one can make. */
#define ROW_SPAN "67108864"

static bool run_with(struct store *st, const char *sql, int64_t id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, id);
	return query_run(&q, NULL, err);
}

static bool has_row(struct query *q, bool *has, struct err *err)
{
	if (!query_step(q, has, err))
		return false;
	query_close(q);
	return true;
}

/* ---- rows and entries ---- */

static bool read_page(struct query *q, struct id_page *page, struct err *err)
{
	page->n = 0;
	while (page->n < countof(page->ids) && query_next(q, err))
		page->ids[page->n++] = column_int(q);
	if (page->n < countof(page->ids))
		return query_end(q);
	query_close(q);
	return true;
}

bool store_next_rows_of(struct store *st, int64_t connector, int64_t after, struct id_page *page, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT id FROM journal WHERE id > ? AND connector_id = ? AND kind = 0 ORDER BY id", err))
		return false;
	bind_int(&q, after);
	bind_int(&q, connector);
	return read_page(&q, page, err);
}

bool store_next_skeletons(struct store *st, int64_t after, struct id_page *page, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT id FROM journal WHERE encoding = 3 AND id > ?"
				" AND EXISTS (SELECT 1 FROM delivery WHERE journal_id = journal.id) ORDER BY id", err))
		return false;
	bind_int(&q, after);
	return read_page(&q, page, err);
}

bool store_each_entry_of(struct store *st, int64_t journal_id, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st,
			"SELECT i.id FROM journal j JOIN interaction i ON i.id > j.base_id AND i.id < j.base_id + " ROW_SPAN
			" AND i.journal_id = j.id WHERE j.id = ?1"
			/* Of one that had died and was retried, they follow the decision. */
			" UNION SELECT i.id FROM journal j JOIN journal d ON d.kind = 1 AND d.id > j.id"
			"  JOIN interaction i ON i.id > d.id AND i.id < d.id + " ROW_SPAN " AND i.journal_id = j.id"
			"  WHERE j.id = ?1 AND j.reason IS NOT NULL"
			" UNION SELECT interaction_id FROM delivery"
			"  WHERE journal_id = ?1 AND outcome = 2 AND interaction_id IS NOT NULL", err))
		return false;
	bind_int(&q, journal_id);
	return query_each_id(&q, fn, arg, err);
}

bool store_find_row(struct store *st, int64_t journal_id, int64_t *base_id, int64_t *connector, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT base_id, connector_id FROM journal WHERE id = ?", err))
		return false;
	bind_int(&q, journal_id);
	if (!query_step(&q, &has, err))
		return false;
	*base_id = has ? column_int(&q) : 0;
	*connector = has ? column_int(&q) : 0;
	query_close(&q);
	return true;
}

bool store_get_meta(struct store *st, int64_t journal_id, struct arena *arena, int64_t *connector, struct str *meta,
		    struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT connector_id, meta FROM journal WHERE id = ?", err))
		return false;
	bind_int(&q, journal_id);
	if (!query_step(&q, &has, err))
		return false;
	*connector = has ? column_int(&q) : 0;
	*meta = has ? arena_str(arena, column_str(&q)) : (struct str){ NULL, 0 };
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "no journal row %lld", (long long)journal_id);
}

bool store_get_row_before(struct store *st, int64_t id, struct arena *arena, struct journal_row *row, struct err *err)
{
	struct query q;
	bool has;

	*row = (struct journal_row){ .id = 0 };
	if (!query_open(&q, st, "SELECT id, kind, iif(kind = 1, body, NULL) FROM journal WHERE id < ? ORDER BY id DESC LIMIT 1", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		row->id = column_int(&q);
		row->kind = (enum journal_kind)column_int(&q);
		row->body = arena_str(arena, column_str(&q));
	}
	query_close(&q);
	return true;
}

bool store_has_row_between(struct store *st, int64_t after, int64_t until, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st,
			"SELECT 1 FROM journal WHERE id > ?1 AND id <= ?2 AND base_id = id UNION ALL"
			" SELECT 1 FROM journal WHERE base_id <> id AND base_id > ?1 AND base_id <= ?2 LIMIT 1", err))
		return false;
	bind_int(&q, after);
	bind_int(&q, until);
	return has_row(&q, has, err);
}

bool store_forget_entry(struct store *st, int64_t interaction, struct err *err)
{
	/* An index without text of its own is told what it had. */
	return run_with(st, "INSERT INTO search(search, rowid, subject, text) SELECT 'delete', id, subject, text"
			    " FROM interaction_search WHERE id = ? AND id <= (SELECT done_id FROM search_state)",
			interaction, err) &&
	       store_exec(st, "UPDATE search_state SET has_deleted = 1 WHERE NOT has_deleted", err) &&
	       party_forget(st, interaction, err) &&
	       run_with(st, "INSERT OR IGNORE INTO doomed_blob SELECT sha256 FROM attachment"
			    " WHERE interaction_id = ? AND sha256 IS NOT NULL", interaction, err) &&
	       run_with(st, "DELETE FROM attachment WHERE interaction_id = ?", interaction, err) &&
	       store_forget_reviews_of(st, interaction, err) &&
	       run_with(st, "DELETE FROM moved WHERE interaction_id = ?", interaction, err) &&
	       run_with(st, "DELETE FROM named WHERE interaction_id = ?", interaction, err) &&
	       run_with(st, "DELETE FROM interaction WHERE id = ?", interaction, err);
}

bool store_forget_participant(struct store *st, int64_t contact, int64_t occurred_us, int64_t interaction, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM participant WHERE contact_id = ? AND occurred_at = ? AND interaction_id = ?",
			err))
		return false;
	bind_int(&q, contact);
	bind_int(&q, occurred_us);
	bind_int(&q, interaction);
	return query_run(&q, NULL, err);
}

static bool forget_dead_of(struct store *st, int64_t journal_id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM dead_letter WHERE journal_id = ? RETURNING id", err))
		return false;
	bind_int(&q, journal_id);
	while (query_next(&q, err))
		store_note_change(st, CHANGE_DEAD_CLOSED, column_int(&q), 0);
	return query_end(&q);
}

bool store_forget_outcomes(struct store *st, int64_t journal_id, int64_t counts[OUTCOME_COUNT], struct err *err)
{
	struct query q;

	for (int o = 0; o < OUTCOME_COUNT; o++)
		counts[o] = 0;
	if (!query_open(&q, st, "SELECT outcome, count(*) FROM delivery WHERE journal_id = ? GROUP BY outcome", err))
		return false;
	bind_int(&q, journal_id);
	while (query_next(&q, err)) {
		enum outcome outcome = (enum outcome)column_int(&q);

		counts[outcome] = column_int(&q);
	}
	return query_end(&q) && forget_dead_of(st, journal_id, err) &&
	       run_with(st, "DELETE FROM delivery WHERE journal_id = ?", journal_id, err);
}

bool store_forget_row(struct store *st, int64_t journal_id, struct err *err)
{
	return run_with(st, "INSERT OR IGNORE INTO doomed_blob SELECT body_sha256 FROM journal"
			    " WHERE id = ? AND body_sha256 IS NOT NULL", journal_id, err) &&
	       run_with(st, "DELETE FROM import_row WHERE journal_id = ?", journal_id, err) &&
	       run_with(st, "DELETE FROM journal WHERE id = ?", journal_id, err);
}

bool store_flag_reuse_again(struct store *st, struct str message_id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE interaction SET flagged = id > (SELECT min(id) FROM interaction"
				"  WHERE channel = 1 AND external_id = ?1) WHERE channel = 1 AND external_id = ?1", err))
		return false;
	bind_str(&q, message_id);
	return query_run(&q, NULL, err);
}

/* ---- people ---- */

/* A dead letter's sender is nobody's identity too. */
bool store_forget_identity(struct store *st, int64_t identity, bool *is_gone, struct err *err)
{
	struct query q;
	int n;

	if (!query_open(&q, st, "DELETE FROM identity WHERE id = ?1 AND contact_id = 0"
				" AND NOT EXISTS (SELECT 1 FROM participant WHERE contact_id = 0 AND identity_id = ?1)"
				" AND NOT EXISTS (SELECT 1 FROM dead_letter WHERE identity_id <> 0 AND identity_id = ?1)", err))
		return false;
	bind_int(&q, identity);
	if (!query_run(&q, &n, err))
		return false;
	*is_gone = n > 0;
	return true;
}

static bool forget_company(struct store *st, int64_t company, struct err *err)
{
	return company == 0 || run_with(st, "DELETE FROM company WHERE id = ?1 AND NOT EXISTS"
					    " (SELECT 1 FROM contact WHERE company_id = ?1)", company, err);
}

static bool company_of(struct store *st, int64_t contact, int64_t *company, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT company_id FROM contact WHERE id = ?", err))
		return false;
	bind_int(&q, contact);
	if (!query_step(&q, &has, err))
		return false;
	*company = has ? column_int(&q) : 0;
	query_close(&q);
	return true;
}

static bool is_in_something(struct store *st, int64_t contact, bool *is, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM participant WHERE contact_id = ? LIMIT 1", err))
		return false;
	bind_int(&q, contact);
	return has_row(&q, is, err);
}

struct merged {
	int64_t ids[64];
	size_t n;
};

static bool keep_merged(int64_t id, void *arg)
{
	struct merged *m = arg;

	m->ids[m->n++] = id;
	return m->n < countof(m->ids);
}

static bool forget_merged_one(struct store *st, int64_t contact, struct err *err)
{
	int64_t company;

	return store_note_contact_erased(st, contact, err) && store_forget_consents(st, contact, err) &&
	       company_of(st, contact, &company, err) &&
	       run_with(st, "DELETE FROM contact WHERE id = ?", contact, err) && forget_company(st, company, err);
}

/* Whoever was merged into it goes with it, in whatever order: a chain is found from its end. */
static bool forget_merged(struct store *st, int64_t contact, struct err *err)
{
	struct merged m;

	do {
		m.n = 0;
		if (!store_each_merged_below(st, contact, keep_merged, &m, err))
			return false;
		for (size_t i = m.n; i > 0; i--)
			if (!forget_merged_one(st, m.ids[i - 1], err))
				return false;
	} while (m.n == countof(m.ids));
	return true;
}

bool store_forget_contact(struct store *st, int64_t contact, bool *is_gone, struct err *err)
{
	int64_t company;
	bool is;

	*is_gone = false;
	if (!is_in_something(st, contact, &is, err))
		return false;
	if (is)
		return true;
	*is_gone = true;
	return store_note_contact_erased(st, contact, err) && store_forget_consents(st, contact, err) &&
	       forget_merged(st, contact, err) && company_of(st, contact, &company, err) &&
	       run_with(st, "DELETE FROM contact WHERE id = ?", contact, err) &&
	       run_with(st, "UPDATE identity SET contact_id = 0, home_id = 0, why = NULL WHERE contact_id = ?1 AND contact_id <> 0 AND id IN"
			    " (SELECT identity_id FROM dead_letter WHERE identity_id <> 0)", contact, err) &&
	       run_with(st, "DELETE FROM identity WHERE contact_id = ? AND contact_id <> 0", contact, err) &&
	       forget_company(st, company, err);
}

bool store_each_contact_after(struct store *st, int64_t id, id_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT id FROM contact WHERE id > ?1 AND id < ?1 + " ROW_SPAN " ORDER BY id", err))
		return false;
	bind_int(&q, id);
	return query_each_id(&q, fn, arg, err);
}

bool store_set_contact(struct store *st, int64_t id, const struct contact_touch *sum, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE contact SET name = ?, name_rank = ?, named_at = ?, first_at = ?, last_at = ?,"
				" last_in_at = ?, last_out_at = ? WHERE id = ?", err))
		return false;
	bind_str_or_null(&q, sum->name);
	bind_int(&q, sum->rank);
	bind_int(&q, sum->rank == NAME_NONE ? 0 : sum->named_us);
	bind_int_or_null(&q, sum->first_us);
	bind_int_or_null(&q, sum->last_us);
	bind_int_or_null(&q, sum->last_in_us);
	bind_int_or_null(&q, sum->last_out_us);
	bind_int(&q, id);
	store_note_change(st, CHANGE_CONTACT_UPDATED, id, 0);
	return query_run(&q, NULL, err) && store_move_contact(st, id, err);
}

bool store_was_there_before(struct store *st, int64_t identity, int64_t contact, int64_t id, bool *was, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM participant WHERE contact_id = ? AND identity_id = ? AND interaction_id < ?"
				" LIMIT 1", err))
		return false;
	bind_int(&q, contact);
	bind_int(&q, identity);
	bind_int(&q, id);
	return has_row(&q, was, err);
}

bool store_get_why(struct store *st, const struct identity *who, struct arena *arena, struct str *why, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT why FROM identity WHERE scheme = ? AND value = ? AND scope = ?", err))
		return false;
	bind_int(&q, who->scheme);
	bind_str(&q, who->value);
	bind_str(&q, who->scope);
	if (!query_step(&q, &has, err))
		return false;
	*why = has ? arena_str(arena, column_str(&q)) : (struct str){ NULL, 0 };
	query_close(&q);
	return true;
}

/* ---- conversations ---- */

static bool run_with_text(struct store *st, const char *sql, struct str text, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_str(&q, text);
	return query_run(&q, NULL, err);
}

bool store_forget_mail_id(struct store *st, struct str id, struct err *err)
{
	return run_with_text(st, "DELETE FROM mail_parent WHERE id = ?", id, err);
}

bool store_leave_group(struct store *st, struct str group, int64_t at_us, struct str id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM mail_group WHERE name = ? AND at = ? AND id = ?", err))
		return false;
	bind_str(&q, group);
	bind_int(&q, at_us);
	bind_str(&q, id);
	return query_run(&q, NULL, err);
}

bool store_set_thread(struct store *st, int64_t interaction, struct str thread, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE interaction SET thread = ? WHERE id = ?", err))
		return false;
	bind_str(&q, thread);
	bind_int(&q, interaction);
	return query_run(&q, NULL, err);
}

/* ---- seeds ---- */

bool store_replace_seed(struct store *st, int64_t id, struct str body, struct err *err)
{
	struct query q;

	if (body.len == 0)
		return run_with(st, "DELETE FROM journal WHERE id = ? AND kind = 2", id, err);
	if (!query_open(&q, st, "UPDATE journal SET body = ?1, size = length(?1) WHERE id = ?2 AND kind = 2", err))
		return false;
	bind_blob_or_null(&q, body);
	bind_int(&q, id);
	return query_run(&q, NULL, err);
}
