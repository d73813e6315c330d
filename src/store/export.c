#include "store/export.h"

#include "base/mem.h"
#include "store/inside.h"

#define COLUMNS \
	"id, by, token_id, staff, role, what, format, query, contact_id, asked_at, done_at, expires_at, rows, bytes," \
	" coalesce(failed, '') FROM export"

static void read_row(struct query *q, struct export_row *row)
{
	*row = (struct export_row){ .id = column_int(q) };
	row->by = column_str(q);
	row->token = column_int(q);
	row->staff = column_str(q);
	row->role = column_str(q);
	row->what = column_str(q);
	row->format = column_str(q);
	row->query = column_str(q);
	row->contact = column_int(q);
	row->asked_us = column_int(q);
	row->done_us = column_int(q);
	row->expires_us = column_int(q);
	row->n_rows = column_int(q);
	row->n_bytes = column_int(q);
	row->failed = column_str(q);
}

bool store_put_export(struct store *st, const struct export_row *row, int64_t *id, struct err *err)
{
	struct query q;

	*id = store_new_id(st, row->asked_us);
	if (!query_open(&q, st, "INSERT INTO export(id, by, token_id, staff, role, what, format, query, contact_id, asked_at, expires_at)"
				" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", err))
		return false;
	bind_int(&q, *id);
	bind_str(&q, row->by);
	bind_int(&q, row->token);
	bind_str(&q, row->staff);
	bind_str(&q, row->role);
	bind_str(&q, row->what);
	bind_str(&q, row->format);
	bind_str(&q, row->query);
	bind_int(&q, row->contact);
	bind_int(&q, row->asked_us);
	bind_int(&q, row->expires_us);
	return query_run(&q, NULL, err);
}

bool store_get_export(struct store *st, int64_t id, struct arena *arena, struct export_row *row, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT " COLUMNS " WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		struct str *texts[] = { &row->by, &row->staff, &row->role, &row->what, &row->format, &row->query, &row->failed };

		read_row(&q, row);
		for (size_t i = 0; i < countof(texts); i++)
			*texts[i] = arena_str(arena, *texts[i]);
	}
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no such export");
}

bool store_each_export(struct store *st, int64_t token, struct str staff, export_fn fn, void *arg, struct err *err)
{
	struct export_row row;
	struct query q;

	if (!query_open(&q, st, "SELECT " COLUMNS " WHERE token_id = ?1 AND (?1 <> 0 OR staff = ?2) ORDER BY id DESC", err))
		return false;
	bind_int(&q, token);
	bind_str(&q, staff);
	while (query_next(&q, err)) {
		read_row(&q, &row);
		if (!fn(&row, arg))
			break;
	}
	return query_end(&q);
}

static bool run_on_one(struct query *q, struct err *err)
{
	int n;

	return query_run(q, &n, err) && (n == 1 || err_setf(err, ERR_MISSING, "there is no such export"));
}

bool store_note_export(struct store *st, const struct export_row *row, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE export SET rows = ?2, bytes = ?3, done_at = ?4, expires_at = ?5, failed = nullif(?6, '')"
				" WHERE id = ?1 AND failed IS NULL", err))
		return false;
	bind_int(&q, row->id);
	bind_int(&q, row->n_rows);
	bind_int(&q, row->n_bytes);
	bind_int(&q, row->done_us);
	bind_int(&q, row->expires_us);
	bind_str(&q, row->failed);
	return run_on_one(&q, err);
}

bool store_drop_export(struct store *st, int64_t id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM export WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	return run_on_one(&q, err);
}

bool store_next_export(struct store *st, int64_t *id, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT id FROM export WHERE done_at = 0 AND failed IS NULL ORDER BY id LIMIT 1", err) ||
	    !query_step(&q, &has, err))
		return false;
	*id = has ? column_int(&q) : 0;
	query_close(&q);
	return true;
}

bool store_has_old_exports(struct store *st, int64_t now_us, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM export WHERE expires_at < ?", err))
		return false;
	bind_int(&q, now_us);
	if (!query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

bool store_drop_old_exports(struct store *st, int64_t now_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM export WHERE expires_at < ?", err))
		return false;
	bind_int(&q, now_us);
	return query_run(&q, NULL, err);
}

bool store_withdraw_exports(struct store *st, struct str why, int64_t now_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE export SET failed = ?, done_at = iif(done_at = 0, ?, done_at) WHERE failed IS NULL", err))
		return false;
	bind_str(&q, why);
	bind_int(&q, now_us);
	return query_run(&q, NULL, err);
}

bool store_erase_exports(struct store *st, struct str why, int64_t now_us, struct err *err)
{
	return store_withdraw_exports(st, why, now_us, err) && store_exec(st, "UPDATE export SET query = '' WHERE query <> ''", err);
}
