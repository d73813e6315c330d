#include "store/answer.h"

#include "base/clock.h"
#include "store/erase.h"
#include "store/inside.h"

#define KEPT_US (INT64_C(86400) * US_PER_S)

static bool find(struct store *st, int64_t scope, struct str key, int64_t now_us, struct arena *arena,
		 struct answer_row *row, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT asked, status, location, body, made_at FROM api_answer"
				" WHERE scope = ? AND key = ? AND made_at > ?", err))
		return false;
	bind_int(&q, scope);
	bind_str(&q, key);
	bind_int(&q, now_us - KEPT_US);
	if (!query_step(&q, has, err))
		return false;
	if (*has) {
		*row = (struct answer_row){ .scope = scope, .key = key };
		row->asked = arena_str(arena, column_str(&q));
		row->status = column_int(&q);
		row->location = arena_str(arena, column_str(&q));
		row->body = arena_str(arena, column_str(&q));
		row->made_us = column_int(&q);
	}
	query_close(&q);
	return true;
}

bool store_find_answer(struct store *st, int64_t scope, struct str key, int64_t now_us, struct arena *arena,
		       struct answer_row *row, bool *has, struct err *err)
{
	char hidden[ERASED_ID_SIZE];
	bool may_be;

	if (!find(st, scope, key, now_us, arena, row, has, err) || !store_has_tombstones(st, &may_be, err))
		return false;
	return *has || !may_be || (store_hash_delivery_id(st, key, hidden, err) &&
			   find(st, scope, str_from(hidden), now_us, arena, row, has, err));
}

bool store_each_answer(struct store *st, answer_fn fn, void *arg, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT scope, key, location, body FROM api_answer WHERE status <> 410", err))
		return false;
	while (query_next(&q, err)) {
		struct answer_row row = { .scope = column_int(&q) };

		row.key = column_str(&q);
		row.location = column_str(&q);
		row.body = column_str(&q);
		if (!fn(&row, arg))
			break;
	}
	return query_end(&q);
}

bool store_erase_answer(struct store *st, int64_t scope, struct str key, struct err *err)
{
	char hidden[ERASED_ID_SIZE];
	struct query q;

	if (!store_hash_delivery_id(st, key, hidden, err) ||
	    !query_open(&q, st, "UPDATE api_answer SET key = ?, status = 410, location = NULL, body = '' WHERE scope = ? AND key = ?", err))
		return false;
	bind_str(&q, str_from(hidden));
	bind_int(&q, scope);
	bind_str(&q, key);
	return query_run(&q, NULL, err);
}

static bool forget_old(struct store *st, int64_t now_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM api_answer WHERE made_at <= ?", err))
		return false;
	bind_int(&q, now_us - KEPT_US);
	return query_run(&q, NULL, err);
}

bool store_put_answer(struct store *st, const struct answer_row *row, struct err *err)
{
	struct query q;

	if (!forget_old(st, row->made_us, err) ||
	    !query_open(&q, st, "INSERT INTO api_answer(scope, key, asked, status, location, body, made_at)"
				" VALUES (?, ?, ?, ?, ?, ?, ?)", err))
		return false;
	bind_int(&q, row->scope);
	bind_str(&q, row->key);
	bind_blob_or_null(&q, row->asked);
	bind_int(&q, row->status);
	bind_str_or_null(&q, row->location);
	bind_str(&q, row->body);
	bind_int(&q, row->made_us);
	return query_run(&q, NULL, err);
}
