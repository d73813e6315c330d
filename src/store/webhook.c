#include "store/webhook.h"

#include "store/inside.h"

#define WEBHOOK_COLUMNS \
	"id, url, role, staff, kinds, secret, old_secret, old_until, made_by, created_at, cursor, failures, failing_since," \
	" next_at, disabled_at, error FROM webhook"

static void read_row(struct query *q, struct webhook_row *row)
{
	*row = (struct webhook_row){ .id = column_int(q) };
	row->url = column_str(q);
	row->role = column_str(q);
	row->staff = column_str(q);
	row->kinds = column_int(q);
	row->secret = column_str(q);
	row->old_secrets = column_str(q);
	row->old_until_us = column_int(q);
	row->made_by = column_str(q);
	row->created_us = column_int(q);
	row->cursor = column_int(q);
	row->failures = column_int(q);
	row->failing_since_us = column_int(q);
	row->next_us = column_int(q);
	row->disabled_us = column_int(q);
	row->error = column_str(q);
}

bool store_has_webhooks(struct store *st, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM sqlite_master WHERE name = 'webhook'", err) || !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

bool store_put_webhook(struct store *st, const struct webhook_row *row, int64_t *id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO webhook(id, url, role, staff, kinds, secret, made_by, created_at, cursor)"
				" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", err))
		return false;
	*id = store_new_id(st, row->created_us);
	bind_int(&q, *id);
	bind_str(&q, row->url);
	bind_str(&q, row->role);
	bind_str_or_null(&q, row->staff);
	bind_int(&q, row->kinds);
	bind_blob_or_null(&q, row->secret);
	bind_str(&q, row->made_by);
	bind_int(&q, row->created_us);
	bind_int(&q, row->cursor);
	return query_run(&q, NULL, err);
}

static bool run_on_one(struct query *q, struct err *err)
{
	int n;

	if (!query_run(q, &n, err))
		return false;
	return n == 1 || err_setf(err, ERR_MISSING, "there is no such webhook");
}

bool store_remove_webhook(struct store *st, int64_t id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM webhook_attempt WHERE webhook_id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_run(&q, NULL, err) || !query_open(&q, st, "DELETE FROM webhook WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	return run_on_one(&q, err);
}

bool store_rotate_webhook(struct store *st, int64_t id, struct str secret, int64_t now_us, int64_t old_until_us, struct err *err)
{
	struct query q;

	/* || makes a text of them, of the same bytes. */
	if (!query_open(&q, st, "UPDATE webhook SET old_secret = substr(CAST(secret || iif(old_until > ?3, coalesce(old_secret, x''), x'') AS BLOB), 1, ?5),"
				" secret = ?2, old_until = ?4 WHERE id = ?1", err))
		return false;
	bind_int(&q, id);
	bind_blob_or_null(&q, secret);
	bind_int(&q, now_us);
	bind_int(&q, old_until_us);
	bind_int(&q, WEBHOOK_OLD_SECRETS * WEBHOOK_SECRET_SIZE);
	return run_on_one(&q, err);
}

bool store_retry_webhook(struct store *st, int64_t id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE webhook SET failures = 0, failing_since = 0, next_at = 0, disabled_at = 0, error = NULL"
				" WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	return run_on_one(&q, err);
}

bool store_advance_webhook(struct store *st, const struct webhook_row *row, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE webhook SET cursor = ?, failures = ?, failing_since = ?, next_at = ?, disabled_at = ?,"
				" error = ? WHERE id = ?", err))
		return false;
	bind_int(&q, row->cursor);
	bind_int(&q, row->failures);
	bind_int(&q, row->failing_since_us);
	bind_int(&q, row->next_us);
	bind_int(&q, row->disabled_us);
	bind_str_or_null(&q, row->error);
	bind_int(&q, row->id);
	return query_run(&q, NULL, err);
}

static bool drop_old_attempts(struct store *st, int64_t webhook, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM webhook_attempt WHERE webhook_id = ?1 AND id <= (SELECT id FROM webhook_attempt"
				" WHERE webhook_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)", err))
		return false;
	bind_int(&q, webhook);
	bind_int(&q, WEBHOOK_ATTEMPTS_KEPT);
	return query_run(&q, NULL, err);
}

bool store_put_webhook_attempt(struct store *st, const struct webhook_attempt *a, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO webhook_attempt(webhook_id, seq, at, status, took_ms, error)"
				" SELECT id, ?, ?, ?, ?, ? FROM webhook WHERE id = ?", err))
		return false;
	bind_int(&q, a->seq);
	bind_int(&q, a->at_us);
	bind_int(&q, a->status);
	bind_int(&q, a->took_ms);
	bind_str_or_null(&q, a->error);
	bind_int(&q, a->webhook);
	return query_run(&q, NULL, err) && drop_old_attempts(st, a->webhook, err);
}

/* ---- reading ---- */

bool store_get_webhook(struct store *st, int64_t id, struct arena *arena, struct webhook_row *row, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT " WEBHOOK_COLUMNS " WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		read_row(&q, row);
		row->url = arena_str(arena, row->url);
		row->role = arena_str(arena, row->role);
		row->staff = arena_str(arena, row->staff);
		row->secret = arena_str(arena, row->secret);
		row->old_secrets = arena_str(arena, row->old_secrets);
		row->made_by = arena_str(arena, row->made_by);
		row->error = arena_str(arena, row->error);
	}
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no such webhook");
}

bool store_each_webhook(struct store *st, webhook_fn fn, void *arg, struct err *err)
{
	struct webhook_row row;
	struct query q;
	bool has;

	if (!store_has_webhooks(st, &has, err))
		return false;
	if (!has)
		return true;
	if (!query_open(&q, st, "SELECT " WEBHOOK_COLUMNS " ORDER BY id", err))
		return false;
	while (query_next(&q, err)) {
		read_row(&q, &row);
		if (!fn(&row, arg))
			break;
	}
	return query_end(&q);
}

bool store_each_webhook_attempt(struct store *st, int64_t id, size_t limit, webhook_attempt_fn fn, void *arg, struct err *err)
{
	struct webhook_attempt a;
	struct query q;

	if (!query_open(&q, st, "SELECT webhook_id, seq, at, status, took_ms, error FROM webhook_attempt WHERE webhook_id = ?"
				" ORDER BY id DESC LIMIT ?", err))
		return false;
	bind_int(&q, id);
	bind_int(&q, (int64_t)limit);
	while (query_next(&q, err)) {
		a = (struct webhook_attempt){ .webhook = column_int(&q) };
		a.seq = column_int(&q);
		a.at_us = column_int(&q);
		a.status = column_int(&q);
		a.took_ms = column_int(&q);
		a.error = column_str(&q);
		if (!fn(&a, arg))
			break;
	}
	return query_end(&q);
}
