/* What the comparisons of mailboxes with their servers found, folder by folder. */
#include "store/inside.h"

bool store_has_reconcile(struct store *st, bool *has, struct err *err)
{
	struct query q;

	*has = false;
	if (!query_open(&q, st, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'reconcile'", err) ||
	    !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

static bool put_error(struct store *st, const struct reconcile_row *row, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO reconcile VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, '', ?)"
				" ON CONFLICT DO UPDATE SET run_at = excluded.run_at, error = excluded.error", err))
		return false;
	bind_int(&q, row->connector);
	bind_str(&q, row->folder);
	bind_int(&q, row->run_us);
	bind_str(&q, row->error);
	return query_run(&q, NULL, err);
}

bool store_put_reconcile(struct store *st, const struct reconcile_row *row, struct err *err)
{
	struct query q;

	if (row->error.len > 0)
		return put_error(st, row, err);
	if (!query_open(&q, st,
			"INSERT INTO reconcile VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, '')"
			" ON CONFLICT DO UPDATE SET run_at = excluded.run_at, checked_at = excluded.checked_at,"
			" listed = excluded.listed, known = excluded.known, filtered = excluded.filtered,"
			" missing = excluded.missing, healed = excluded.healed,"
			" healed_ever = healed_ever + excluded.healed, vanished = excluded.vanished,"
			" note = excluded.note, error = ''", err))
		return false;
	bind_int(&q, row->connector);
	bind_str(&q, row->folder);
	bind_int(&q, row->run_us);
	bind_int(&q, row->checked_us);
	bind_int(&q, row->listed);
	bind_int(&q, row->known);
	bind_int(&q, row->filtered);
	bind_int(&q, row->missing);
	bind_int(&q, row->healed);
	bind_int(&q, row->vanished);
	bind_str(&q, row->note);
	return query_run(&q, NULL, err);
}

bool store_end_reconcile(struct store *st, int64_t connector, int64_t run_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM reconcile WHERE connector_id = ? AND run_at < ?", err))
		return false;
	bind_int(&q, connector);
	bind_int(&q, run_us);
	return query_run(&q, NULL, err);
}

static struct reconcile_row read_row(struct query *q)
{
	struct reconcile_row row = { .connector = column_int(q) };

	row.connector_name = column_str(q);
	row.folder = column_str(q);
	row.run_us = column_int(q);
	row.checked_us = column_int(q);
	row.listed = column_int(q);
	row.known = column_int(q);
	row.filtered = column_int(q);
	row.missing = column_int(q);
	row.healed = column_int(q);
	row.healed_ever = column_int(q);
	row.vanished = column_int(q);
	row.note = column_str(q);
	row.error = column_str(q);
	return row;
}

bool store_each_reconcile(struct store *st, reconcile_fn fn, void *arg, struct err *err)
{
	struct reconcile_row row;
	struct query q;
	bool has;

	/* Before the first start of this version there is none. */
	if (!store_has_reconcile(st, &has, err))
		return false;
	if (!has)
		return true;
	if (!query_open(&q, st,
			"SELECT c.id, c.name, r.folder, r.run_at, r.checked_at, r.listed, r.known, r.filtered,"
			" r.missing, r.healed, r.healed_ever, r.vanished, r.note, r.error FROM reconcile r"
			" JOIN connector c ON c.id = r.connector_id ORDER BY c.name, r.folder", err))
		return false;
	while (query_next(&q, err)) {
		row = read_row(&q);
		if (!fn(&row, arg))
			break;
	}
	return query_end(&q);
}

bool store_last_reconcile(struct store *st, int64_t connector, int64_t *at_us, struct err *err)
{
	struct query q;
	bool has;

	*at_us = 0;
	if (!store_has_reconcile(st, &has, err))
		return false;
	if (!has)
		return true;
	if (!query_open(&q, st, "SELECT coalesce(min(run_at), 0) FROM reconcile WHERE connector_id = ?", err))
		return false;
	bind_int(&q, connector);
	if (!query_step(&q, &has, err))
		return false;
	*at_us = has ? column_int(&q) : 0;
	query_close(&q);
	return true;
}
