#include "store/answer.h"

#include "base/clock.h"
#include "store/inside.h"

#define KEPT_US (INT64_C(86400) * US_PER_S)

bool store_find_answer(struct store *st, int64_t scope, struct str key, int64_t now_us, struct arena *arena,
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
