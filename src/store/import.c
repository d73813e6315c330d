#include "store/import.h"

#include "base/mem.h"
#include "store/inside.h"

#define RUN_COLUMNS \
	"id, kind, name, by, begun_at, ended_at, stored, duplicate, filtered, dead, pending, undo_by, undo_at, undone_at, taken" \
	" FROM import_run"
/* Ids of what comes of a row follow its own (forget.c). */
#define ROW_SPAN "67108864"
/* A file of the same name is another one some day. */
#define GO_ON_US (INT64_C(7) * 86400 * 1000000)
/* Emptied by an erasure or because it was kept long enough: compact.h. */
#define IS_EMPTIED(j) "(" j ".content_type = 'application/vnd.daybook.interactions+json' AND " j ".outcome = 3)"

bool store_has_imports(struct store *st, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM sqlite_master WHERE name = 'import_run'", err) || !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

static void read_row(struct query *q, struct import_run_row *row)
{
	*row = (struct import_run_row){ .id = column_int(q) };
	row->kind = column_str(q);
	row->name = column_str(q);
	row->by = column_str(q);
	row->begun_us = column_int(q);
	row->ended_us = column_int(q);
	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
		row->by_outcome[o] = column_int(q);
	row->undo_by = column_str(q);
	row->undo_us = column_int(q);
	row->undone_us = column_int(q);
	row->n_taken = column_int(q);
}

/* ---- a run ---- */

static bool find_open(struct store *st, const struct import_run_row *row, int64_t *id, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT id FROM import_run WHERE ended_at = 0 AND undo_at = 0 AND kind = ? AND name = ? AND by = ?"
				" AND begun_at > ? AND id NOT IN (SELECT import_id FROM import_upload) ORDER BY id DESC LIMIT 1", err))
		return false;
	bind_str(&q, row->kind);
	bind_str(&q, row->name);
	bind_str(&q, row->by);
	bind_int(&q, row->begun_us - GO_ON_US);
	if (!query_step(&q, &has, err))
		return false;
	*id = has ? column_int(&q) : 0;
	query_close(&q);
	return true;
}

bool store_put_import(struct store *st, const struct import_run_row *row, int64_t *id, struct err *err)
{
	struct query q;

	*id = store_new_id(st, row->begun_us);
	if (!query_open(&q, st, "INSERT INTO import_run(id, kind, name, by, begun_at) VALUES (?, ?, ?, ?, ?)", err))
		return false;
	bind_int(&q, *id);
	bind_str(&q, row->kind);
	bind_str(&q, row->name);
	bind_str(&q, row->by);
	bind_int(&q, row->begun_us);
	return query_run(&q, NULL, err);
}

bool store_begin_import(struct store *st, const struct import_run_row *row, int64_t *id, bool *is_new, struct err *err)
{
	if (!find_open(st, row, id, err))
		return false;
	*is_new = *id == 0;
	return !*is_new || store_put_import(st, row, id, err);
}

static bool run_on_one(struct query *q, struct err *err)
{
	int n;

	return query_run(q, &n, err) && (n == 1 || err_setf(err, ERR_MISSING, "there is no such import"));
}

bool store_end_import(struct store *st, int64_t id, int64_t at_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE import_run SET ended_at = iif(ended_at = 0, ?2, ended_at) WHERE id = ?1", err))
		return false;
	bind_int(&q, id);
	bind_int(&q, at_us);
	return run_on_one(&q, err);
}

static bool check_open(struct store *st, int64_t id, struct err *err)
{
	struct query q;
	bool has, is_undone;

	if (!query_open(&q, st, "SELECT undo_at FROM import_run WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	is_undone = has && column_int(&q) != 0;
	query_close(&q);
	if (!has)
		return err_setf(err, ERR_MISSING, "there is no such import");
	return !is_undone || err_setf(err, ERR_DENIED, "this import was undone; begin it again to have it");
}

bool store_put_import_row(struct store *st, int64_t id, int64_t journal_id, const int64_t counts[OUTCOME_COUNT], struct err *err)
{
	struct query q;

	if (!check_open(st, id, err) ||
	    !query_open(&q, st, "INSERT INTO import_row VALUES (?, ?)", err))
		return false;
	bind_int(&q, id);
	bind_int(&q, journal_id);
	if (!query_run(&q, NULL, err) ||
	    !query_open(&q, st, "UPDATE import_run SET stored = stored + ?, duplicate = duplicate + ?, filtered = filtered + ?,"
				" dead = dead + ?, pending = pending + ? WHERE id = ?", err))
		return false;
	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
		bind_int(&q, counts[o]);
	bind_int(&q, id);
	return query_run(&q, NULL, err);
}

bool store_rename_imports(struct store *st, struct str word, struct str instead, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE import_run SET name = ?2 WHERE instr(lower(name), lower(?1)) > 0", err))
		return false;
	bind_str(&q, word);
	bind_str(&q, instead);
	return query_run(&q, NULL, err);
}

bool store_get_import(struct store *st, int64_t id, struct arena *arena, struct import_run_row *row, struct err *err)
{
	struct query q;
	bool has;

	if (!store_has_imports(st, &has, err))
		return false;
	if (!has)
		return err_setf(err, ERR_MISSING, "there is no such import");
	if (!query_open(&q, st, "SELECT " RUN_COLUMNS " WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	if (!has) {
		query_close(&q);
		return err_setf(err, ERR_MISSING, "there is no such import");
	}
	read_row(&q, row);
	row->kind = arena_str(arena, row->kind);
	row->name = arena_str(arena, row->name);
	row->by = arena_str(arena, row->by);
	row->undo_by = arena_str(arena, row->undo_by);
	query_close(&q);
	return true;
}

bool store_each_import(struct store *st, int64_t below, import_fn fn, void *arg, struct err *err)
{
	struct import_run_row row;
	struct query q;
	bool has;

	if (!store_has_imports(st, &has, err))
		return false;
	if (!has)
		return true;
	if (!query_open(&q, st, "SELECT " RUN_COLUMNS " WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC", err))
		return false;
	bind_int(&q, below);
	while (query_next(&q, err)) {
		read_row(&q, &row);
		if (!fn(&row, arg)) {
			query_close(&q);
			return true;
		}
	}
	return query_end(&q);
}

/* ---- taking it back ---- */

static bool count_with(struct store *st, const char *sql, int64_t id, int64_t *n, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	*n = has ? column_int(&q) : 0;
	query_close(&q);
	return true;
}

#define IS_OF_ANOTHER(row) "NOT EXISTS (SELECT 1 FROM import_row x WHERE x.import_id = ?1 AND x.journal_id = " row ")"

bool store_import_extent(struct store *st, int64_t id, struct import_extent *extent, struct err *err)
{
	*extent = (struct import_extent){ .n_rows = 0 };
	return count_with(st, "SELECT count(*) FROM import_row r JOIN journal j ON j.id = r.journal_id"
			      " WHERE r.import_id = ? AND NOT " IS_EMPTIED("j"), id, &extent->n_rows, err) &&
	       count_with(st, "SELECT count(*) FROM import_row r JOIN journal j ON j.id = r.journal_id"
			      " JOIN interaction i ON i.id > j.base_id AND i.id < j.base_id + " ROW_SPAN " AND i.journal_id = j.id"
			      " WHERE r.import_id = ?", id, &extent->n_entries, err) &&
	       count_with(st, "SELECT count(*) FROM import_row r JOIN journal j ON j.id = r.journal_id"
			      " JOIN interaction i ON i.id > j.base_id AND i.id < j.base_id + " ROW_SPAN " AND i.journal_id = j.id"
			      " WHERE r.import_id = ?1 AND (EXISTS (SELECT 1 FROM delivery d WHERE d.interaction_id = i.id AND"
			      "  d.outcome = 2 AND " IS_OF_ANOTHER("d.journal_id") ") OR EXISTS (SELECT 1 FROM journal p"
			      "  WHERE p.repeat_of = j.id AND " IS_OF_ANOTHER("p.id") "))", id, &extent->n_staying, err);
}

bool store_undo_import(struct store *st, int64_t id, struct str by, int64_t at_us, struct err *err)
{
	struct query q;
	int n;

	if (!query_open(&q, st, "UPDATE import_run SET undo_by = ?2, undo_at = ?3 WHERE id = ?1 AND undo_at = 0", err))
		return false;
	bind_int(&q, id);
	bind_str(&q, by);
	bind_int(&q, at_us);
	return query_run(&q, &n, err) && (n == 1 || check_open(st, id, err));
}

bool store_next_undo(struct store *st, int64_t after, int64_t *id, struct err *err)
{
	struct query q;
	bool has;

	*id = 0;
	if (!store_has_imports(st, &has, err))
		return false;
	if (!has)
		return true;
	if (!query_open(&q, st, "SELECT id FROM import_run WHERE undo_at <> 0 AND undone_at = 0 AND id > ? ORDER BY id LIMIT 1", err))
		return false;
	bind_int(&q, after);
	if (!query_step(&q, &has, err))
		return false;
	*id = has ? column_int(&q) : 0;
	query_close(&q);
	return true;
}

bool store_next_rows_of_import(struct store *st, int64_t id, int64_t after, struct id_page *page, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT j.id FROM import_row r JOIN journal j ON j.id = r.journal_id"
				" WHERE r.import_id = ? AND r.journal_id > ? AND NOT " IS_EMPTIED("j") " ORDER BY r.journal_id", err))
		return false;
	bind_int(&q, id);
	bind_int(&q, after);
	page->n = 0;
	while (page->n < countof(page->ids) && query_next(&q, err))
		page->ids[page->n++] = column_int(&q);
	if (page->n < countof(page->ids))
		return query_end(&q);
	query_close(&q);
	return true;
}

bool store_is_row_of_import(struct store *st, int64_t id, int64_t journal_id, bool *is, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM import_row r JOIN journal j ON j.id = r.journal_id"
				" WHERE r.import_id = ? AND r.journal_id = ? AND NOT " IS_EMPTIED("j"), err))
		return false;
	bind_int(&q, id);
	bind_int(&q, journal_id);
	if (!query_step(&q, is, err))
		return false;
	query_close(&q);
	return true;
}

struct repeat {
	int64_t id, connector, import;
};

static bool find_repeat(struct store *st, int64_t id, int64_t journal_id, struct repeat *repeat, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT p.id, p.connector_id, (SELECT import_id FROM import_row WHERE journal_id = p.id) FROM journal p"
				" WHERE p.repeat_of = ?2 AND " IS_OF_ANOTHER("p.id") " ORDER BY p.id LIMIT 1", err))
		return false;
	bind_int(&q, id);
	bind_int(&q, journal_id);
	if (!query_step(&q, &has, err))
		return false;
	*repeat = (struct repeat){ .id = has ? column_int(&q) : 0 };
	repeat->connector = has ? column_int(&q) : 0;
	repeat->import = has ? column_int(&q) : 0;
	query_close(&q);
	return true;
}

static bool forget_repeat(struct store *st, const struct repeat *repeat, struct err *err)
{
	int64_t counts[OUTCOME_COUNT] = { 0 }, n = 0;

	if (!store_forget_outcomes(st, repeat->id, counts, err))
		return false;
	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++) {
		store_count(st, repeat->connector, (enum outcome)o, -counts[o]);
		n += counts[o];
	}
	store_received(st, repeat->connector, -n, 0);
	return store_forget_row(st, repeat->id, err);	/* and its row of the import */
}

static bool hand_over(struct store *st, int64_t journal_id, int64_t import, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, import != 0 ? "UPDATE import_row SET import_id = ?2 WHERE journal_id = ?1"
					    : "DELETE FROM import_row WHERE journal_id = ?1", err))
		return false;
	bind_int(&q, journal_id);
	if (import != 0)
		bind_int(&q, import);
	return query_run(&q, NULL, err);
}

bool store_give_row_away(struct store *st, int64_t id, int64_t journal_id, bool *is, struct err *err)
{
	struct repeat repeat;

	if (!find_repeat(st, id, journal_id, &repeat, err))
		return false;
	*is = repeat.id != 0;
	return !*is || (forget_repeat(st, &repeat, err) && hand_over(st, journal_id, repeat.import, err));
}

bool store_count_taken(struct store *st, int64_t id, int64_t n, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE import_run SET taken = taken + ?2 WHERE id = ?1", err))
		return false;
	bind_int(&q, id);
	bind_int(&q, n);
	return run_on_one(&q, err);
}

bool store_end_undo(struct store *st, int64_t id, int64_t at_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM import_row WHERE import_id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_run(&q, NULL, err) ||
	    !query_open(&q, st, "UPDATE import_run SET undone_at = ?2, ended_at = iif(ended_at = 0, ?2, ended_at) WHERE id = ?1", err))
		return false;
	bind_int(&q, id);
	bind_int(&q, at_us);
	return run_on_one(&q, err);
}
