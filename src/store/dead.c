/* What could not be read, and what a person has to decide. */
#include "store/inside.h"
#include "store/merge.h"

bool store_put_dead(struct store *st, const struct dead_row *row, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO dead_letter VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", err))
		return false;
	bind_int(&q, row->id);
	bind_int(&q, row->journal_id);
	bind_int(&q, row->n);
	bind_int(&q, row->connector);
	bind_int(&q, row->received_us);
	bind_str(&q, row->reason);
	bind_str(&q, row->kind);
	bind_int(&q, row->size);
	bind_int(&q, row->attempts);
	bind_int(&q, row->identity);
	bind_str_or_null(&q, row->stub_name);
	bind_str_or_null(&q, row->stub_address);
	bind_str_or_null(&q, row->stub_subject);
	bind_int_or_null(&q, row->stub_us);
	store_note_change(st, CHANGE_DEAD_CREATED, row->id, 0);
	return query_run(&q, NULL, err);
}

#define DEAD_COLUMNS \
	"d.id, d.journal_id, d.connector_id, c.name, d.n, d.received_at, d.reason, d.kind, d.size," \
	" d.attempts, d.identity_id, d.stub_name, d.stub_address, d.stub_subject, d.stub_at" \
	" FROM dead_letter d JOIN connector c ON c.id = d.connector_id"

static void read_row(struct query *q, struct dead_row *row)
{
	*row = (struct dead_row){ .id = column_int(q) };
	row->journal_id = column_int(q);
	row->connector = column_int(q);
	row->connector_name = column_str(q);
	row->n = column_int(q);
	row->received_us = column_int(q);
	row->reason = column_str(q);
	row->kind = column_str(q);
	row->size = column_int(q);
	row->attempts = column_int(q);
	row->identity = column_int(q);
	row->stub_name = column_str(q);
	row->stub_address = column_str(q);
	row->stub_subject = column_str(q);
	row->stub_us = column_int(q);
}

bool store_get_dead(struct store *st, int64_t id, struct arena *arena, struct dead_row *row,
		    struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT " DEAD_COLUMNS " WHERE d.id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		read_row(&q, row);
		row->connector_name = arena_str(arena, row->connector_name);
		row->reason = arena_str(arena, row->reason);
		row->kind = arena_str(arena, row->kind);
		row->stub_name = arena_str(arena, row->stub_name);
		row->stub_address = arena_str(arena, row->stub_address);
		row->stub_subject = arena_str(arena, row->stub_subject);
	}
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no such dead letter");
}

bool store_remove_dead(struct store *st, int64_t id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM dead_letter WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	store_note_change(st, CHANGE_DEAD_CLOSED, id, 0);
	return query_run(&q, NULL, err);
}

bool store_set_dead_attempts(struct store *st, int64_t id, int64_t attempts, struct str reason,
			     struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE dead_letter SET attempts = ?, reason = ? WHERE id = ?", err))
		return false;
	bind_int(&q, attempts);
	bind_str(&q, reason);
	bind_int(&q, id);
	return query_run(&q, NULL, err);
}

bool store_each_dead(struct store *st, int64_t contact, dead_fn fn, void *arg, struct err *err)
{
	struct dead_row row;
	struct query q;
	bool ok;

	if (contact == 0)
		ok = query_open(&q, st, "SELECT " DEAD_COLUMNS " ORDER BY d.id", err);
	else
		ok = query_open(&q, st, "SELECT " DEAD_COLUMNS " WHERE d.identity_id IN"
					" (SELECT id FROM identity WHERE contact_id = ? AND contact_id <> 0)"
					" ORDER BY d.id", err);
	if (!ok)
		return false;
	if (contact != 0)
		bind_int(&q, contact);
	while (query_next(&q, err)) {
		read_row(&q, &row);
		if (!fn(&row, arg))
			break;
	}
	return query_end(&q);
}

bool store_put_review(struct store *st, const struct review_row *row, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO review VALUES (?, ?, ?, ?, ?)", err))
		return false;
	bind_int(&q, row->id);
	bind_int(&q, row->type);
	bind_int(&q, row->interaction);
	bind_str_or_null(&q, row->candidates);
	bind_str(&q, row->reason);
	store_note_change(st, CHANGE_REVIEW_CREATED, row->id, row->interaction);
	return query_run(&q, NULL, err);
}

/* Whom it was about may be one person by now: then nothing is left to decide. */
static bool is_decided(struct str candidates, struct str alive)
{
	return candidates.len > 0 && str_chr(alive, ',') == STR_NONE;
}

bool review_read(struct query *q, struct review_row *row)
{
	struct str candidates;

	*row = (struct review_row){ .id = column_int(q) };
	row->type = (enum review_type)column_int(q);
	row->interaction = column_int(q);
	row->reason = column_str(q);
	candidates = column_str(q);
	row->candidates = column_str(q);
	return !is_decided(candidates, row->candidates);
}

bool store_each_review(struct store *st, review_fn fn, void *arg, struct err *err)
{
	struct review_row row;
	struct query q;

	if (!query_open(&q, st, "SELECT " REVIEW_COLUMNS("review") " FROM review ORDER BY id", err))
		return false;
	while (query_next(&q, err))
		if (review_read(&q, &row) && !fn(&row, arg))
			break;
	return query_end(&q);
}

bool store_is_review_decided(struct store *st, int64_t interaction, bool *is, struct err *err)
{
	struct review_row row;
	struct query q;

	*is = true;
	if (!query_open(&q, st, "SELECT " REVIEW_COLUMNS("review") " FROM review WHERE interaction_id = ?", err))
		return false;
	bind_int(&q, interaction);
	while (query_next(&q, err))
		*is &= !review_read(&q, &row);
	return query_end(&q);
}

bool store_totals(struct store *st, struct store_totals *totals, struct err *err)
{
	struct query q;
	bool has;

	/* Ids of interactions are sparse: the ledger knows how many there are without a scan. */
	if (!query_open(&q, st,
			"SELECT (SELECT count(*) FROM contact WHERE merged_into = 0), (SELECT coalesce(sum(stored), 0) FROM connector),"
			" (SELECT count(*) FROM dead_letter), (SELECT count(*) FROM review),"
			" (SELECT coalesce(sum(received), 0) FROM connector),"
			" (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)", err) ||
	    !query_step(&q, &has, err))
		return false;
	totals->contacts = column_int(&q);
	totals->interactions = column_int(&q);
	totals->dead_letters = column_int(&q);
	totals->review = column_int(&q);
	totals->journal = column_int(&q);
	totals->size_bytes = column_int(&q);
	query_close(&q);
	return store_search_lag(st, &totals->search_lag, err);
}
