/* The journal: what came in and what was decided, and the outcome of each of its events. */
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "store/forget.h"
#include "store/inside.h"

bool store_put_journal(struct store *st, const struct journal_row *row, struct err *err)
{
	struct query q;

	if (!query_open(&q, st,
			"INSERT INTO journal(id, base_id, connector_id, kind, received_at,"
			" delivery_id, content_type, meta, encoding, size, body, body_sha256, repeat_hash,"
			" repeat_of, outcome, attempts, reason) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", err))
		return false;
	bind_int(&q, row->id);
	bind_int(&q, row->base_id);
	bind_int(&q, row->connector);
	bind_int(&q, row->kind);
	bind_int(&q, row->received_us);
	bind_str_or_null(&q, row->delivery_id);
	bind_str_or_null(&q, row->content_type);
	bind_str_or_null(&q, row->meta);
	bind_int(&q, row->encoding);
	bind_int(&q, row->size);
	bind_blob_or_null(&q, row->body);
	bind_str_or_null(&q, row->body_sha256);
	bind_int_or_null(&q, row->repeat_hash);
	bind_int_or_null(&q, row->repeat_of);
	bind_int(&q, row->outcome);
	bind_int(&q, row->attempts);
	bind_str_or_null(&q, row->reason);
	return query_run(&q, NULL, err);
}

bool store_put_delivery(struct store *st, int64_t journal_id, int64_t n, enum outcome outcome,
			int64_t interaction_id, struct str reason, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO delivery VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
				" outcome = excluded.outcome, interaction_id = excluded.interaction_id,"
				" reason = excluded.reason", err))
		return false;
	bind_int(&q, journal_id);
	bind_int(&q, n);
	bind_int(&q, outcome);
	bind_int_or_null(&q, interaction_id);
	bind_str_or_null(&q, reason);
	return query_run(&q, NULL, err);
}

bool store_clear_deliveries(struct store *st, int64_t journal_id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM delivery WHERE journal_id = ?", err))
		return false;
	bind_int(&q, journal_id);
	return query_run(&q, NULL, err);
}

static bool find_one(struct query *q, int64_t *id, struct err *err)
{
	bool has;

	if (!query_step(q, &has, err))
		return false;
	*id = has ? column_int(q) : 0;
	query_close(q);
	return true;
}

bool store_find_delivery(struct store *st, int64_t connector, struct str delivery_id, int64_t *id,
			 struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT id FROM journal WHERE connector_id = ? AND delivery_id = ?",
			err))
		return false;
	bind_int(&q, connector);
	bind_str(&q, delivery_id);
	return find_one(&q, id, err);
}

/* The first text behind all that begin with prefix. */
static struct str after_prefix(struct str prefix, char *out)
{
	memcpy(out, prefix.ptr, prefix.len);
	out[prefix.len - 1]++;
	return (struct str){ out, prefix.len };
}

bool store_each_delivery_id(struct store *st, int64_t connector, struct str prefix, delivery_fn fn, void *arg,
			    struct err *err)
{
	auto_free char *end = xcalloc(prefix.len + 1, 1);
	struct query q;

	if (prefix.len == 0 || (unsigned char)prefix.ptr[prefix.len - 1] >= 0x7f)
		return err_setf(err, ERR_BUG, "no prefix to look for");
	if (!query_open(&q, st, "SELECT delivery_id FROM journal WHERE connector_id = ?"
				" AND delivery_id >= ? AND delivery_id < ?", err))
		return false;
	bind_int(&q, connector);
	bind_str(&q, prefix);
	bind_str(&q, after_prefix(prefix, end));
	while (query_next(&q, err))
		if (!fn(column_str(&q), arg))
			break;
	return query_end(&q);
}

bool store_find_repeat(struct store *st, int64_t connector, int64_t repeat_hash, int64_t from_us,
		       int64_t to_us, int64_t *id, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT id FROM journal WHERE connector_id = ? AND repeat_hash = ?"
				" AND received_at BETWEEN ? AND ? ORDER BY received_at LIMIT 1", err))
		return false;
	bind_int(&q, connector);
	bind_int(&q, repeat_hash);
	bind_int(&q, from_us);
	bind_int(&q, to_us);
	return find_one(&q, id, err);
}

#define JOURNAL_COLUMNS \
	"id, base_id, connector_id, kind, received_at, delivery_id, content_type, meta," \
	" encoding, size, body, body_sha256, repeat_hash, repeat_of, outcome, attempts, reason"

static void read_row(struct query *q, struct journal_row *row)
{
	row->id = column_int(q);
	row->base_id = column_int(q);
	row->connector = column_int(q);
	row->kind = (enum journal_kind)column_int(q);
	row->received_us = column_int(q);
	row->delivery_id = column_str(q);
	row->content_type = column_str(q);
	row->meta = column_str(q);
	row->encoding = column_int(q);
	row->size = column_int(q);
	row->body = column_str(q);
	row->body_sha256 = column_str(q);
	row->repeat_hash = column_int(q);
	row->repeat_of = column_int(q);
	row->outcome = (enum outcome)column_int(q);
	row->attempts = column_int(q);
	row->reason = column_str(q);
}

static void keep_row(struct journal_row *row, struct arena *arena)
{
	row->delivery_id = arena_str(arena, row->delivery_id);
	row->content_type = arena_str(arena, row->content_type);
	row->meta = arena_str(arena, row->meta);
	row->body = arena_str(arena, row->body);
	row->body_sha256 = arena_str(arena, row->body_sha256);
	row->reason = arena_str(arena, row->reason);
}

bool store_get_journal(struct store *st, int64_t id, struct arena *arena, struct journal_row *row,
		       struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT " JOURNAL_COLUMNS " FROM journal WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		read_row(&q, row);
		keep_row(row, arena);
	}
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "no journal row %lld", (long long)id);
}

static uint64_t print_more(uint64_t so_far, const void *data, size_t n)
{
	unsigned char key[16] = { 0 };

	memcpy(key, &so_far, sizeof(so_far));
	return crypto_siphash(key, data, n);
}

uint64_t journal_print(const struct journal_row *row)
{
	const int64_t numbers[] = { row->encoding, row->size, (int64_t)row->outcome };
	uint64_t print = print_more(1, numbers, sizeof(numbers));

	print = print_more(print, row->content_type.ptr, row->content_type.len);
	print = print_more(print, row->meta.ptr, row->meta.len);
	print = print_more(print, row->body.ptr, row->body.len);
	print = print_more(print, row->body_sha256.ptr, row->body_sha256.len);
	return print != 0 ? print : 1;
}

bool store_is_row_as(struct store *st, int64_t id, uint64_t print, bool *is, struct err *err)
{
	struct journal_row row;
	struct query q;

	if (!query_open(&q, st, "SELECT " JOURNAL_COLUMNS " FROM journal WHERE id = ?", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, is, err))
		return false;
	if (*is) {
		read_row(&q, &row);
		*is = journal_print(&row) == print;
	}
	query_close(&q);
	return true;
}

bool store_set_journal(struct store *st, int64_t id, enum outcome outcome, int64_t base_id,
		       int64_t attempts, struct str reason, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE journal SET outcome = ?, base_id = ?, attempts = ?, reason = ?"
				" WHERE id = ?", err))
		return false;
	bind_int(&q, outcome);
	bind_int(&q, base_id);
	bind_int(&q, attempts);
	bind_str_or_null(&q, reason);
	bind_int(&q, id);
	return query_run(&q, NULL, err);
}

bool store_settle_journal(struct store *st, int64_t id, enum outcome outcome, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE journal SET outcome = ?, attempts = attempts + 1 WHERE id = ?",
			err))
		return false;
	bind_int(&q, outcome);
	bind_int(&q, id);
	return query_run(&q, NULL, err);
}

static bool each_row(struct query *q, journal_fn fn, void *arg, struct err *err)
{
	struct journal_row row;

	while (query_next(q, err)) {
		read_row(q, &row);
		if (!fn(&row, arg))
			break;
	}
	return query_end(q);
}

/* The numbers are sorted, the bodies are not. Without its LIMIT the inner ORDER BY would be left out, as one
 * that SQLite need not keep in a join. */
bool store_each_journal(struct store *st, int64_t after_base_id, journal_fn fn, void *arg,
			struct err *err)
{
	struct query q;

	if (!query_open(&q, st,
			"SELECT " JOURNAL_COLUMNS " FROM (SELECT id AS i, base_id AS b FROM journal"
			" WHERE base_id > ? ORDER BY base_id, id LIMIT -1) CROSS JOIN journal ON journal.id = i", err))
		return false;
	bind_int(&q, after_base_id);
	return each_row(&q, fn, arg, err);
}

bool store_is_pending(struct store *st, int64_t id, bool *is, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM journal WHERE id = ? AND outcome = 5", err))
		return false;
	bind_int(&q, id);
	if (!query_step(&q, is, err))
		return false;
	query_close(&q);
	return true;
}

bool store_each_pending(struct store *st, journal_fn fn, void *arg, struct err *err)
{
	struct query q;

	/* SQLite takes a partial index only where its condition stands in the query, word for word. */
	if (!query_open(&q, st, "SELECT " JOURNAL_COLUMNS " FROM journal"
				" WHERE outcome IN (4, 5) AND outcome = 5 ORDER BY id", err))
		return false;
	return each_row(&q, fn, arg, err);
}

bool store_each_seed(struct store *st, journal_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT " JOURNAL_COLUMNS " FROM journal WHERE kind = 2 ORDER BY id", err))
		return false;
	return each_row(&q, fn, arg, err);
}

bool store_each_decision(struct store *st, journal_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT " JOURNAL_COLUMNS " FROM journal WHERE kind = 1 ORDER BY id", err))
		return false;
	return each_row(&q, fn, arg, err);
}
