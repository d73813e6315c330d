#include "store/token.h"

#include <string.h>

#include "base/clock.h"
#include "store/inside.h"
#include "store/session.h"

#define TOKEN_COLUMNS \
	"id, name, role, staff, made_by, created_at, expires_at, last_used_at, revoked_at FROM api_token"

static void read_row(struct query *q, struct token_row *row)
{
	*row = (struct token_row){ .id = column_int(q) };
	row->name = column_str(q);
	row->role = column_str(q);
	row->staff = column_str(q);
	row->made_by = column_str(q);
	row->created_us = column_int(q);
	row->expires_us = column_int(q);
	row->last_used_us = column_int(q);
	row->revoked_us = column_int(q);
}

bool store_has_tokens(struct store *st, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM sqlite_master WHERE name = 'api_token'", err) ||
	    !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

bool store_put_token(struct store *st, const struct token_row *row, const unsigned char hash[TOKEN_HASH_SIZE],
		     struct err *err)
{
	struct query q;
	int n;

	if (!query_open(&q, st, "INSERT INTO api_token(name, role, staff, sha256, made_by, created_at, expires_at)"
				" VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", err))
		return false;
	bind_str(&q, row->name);
	bind_str(&q, row->role);
	bind_str_or_null(&q, row->staff);
	bind_blob_or_null(&q, (struct str){ (const char *)hash, TOKEN_HASH_SIZE });
	bind_str(&q, row->made_by);
	bind_int(&q, row->created_us);
	bind_int(&q, row->expires_us);
	if (!query_run(&q, &n, err))
		return false;
	return n == 1 || err_setf(err, ERR_INPUT, "there is a token \"" STR_FMT "\" already; revoke it first, or take "
				  "another name", STR_ARG(row->name));
}

bool store_revoke_token(struct store *st, struct str name, int64_t now_us, struct err *err)
{
	struct query q;
	int n;

	if (!query_open(&q, st, "UPDATE api_token SET revoked_at = ? WHERE name = ? AND revoked_at = 0", err))
		return false;
	bind_int(&q, now_us);
	bind_str(&q, name);
	if (!query_run(&q, &n, err))
		return false;
	return n == 1 || err_setf(err, ERR_MISSING, "there is no token \"" STR_FMT "\"", STR_ARG(name));
}

bool store_use_token(struct store *st, int64_t id, int64_t now_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE api_token SET last_used_at = max(last_used_at, ?) WHERE id = ?", err))
		return false;
	bind_int(&q, now_us);
	bind_int(&q, id);
	return query_run(&q, NULL, err);
}

bool store_is_token_good(struct store *st, int64_t id, int64_t now_us, bool *is, struct err *err)
{
	struct query q;

	/* A page's session goes on while somebody is there; a proxy vouches for each request by itself. */
	if (!query_open(&q, st, "SELECT 1 FROM api_token WHERE id = ?1 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > ?2)"
				" UNION ALL SELECT 1 FROM session WHERE id = -?1 AND ended_at = 0 AND expires_at > ?2 AND used_at > ?3"
				" UNION ALL SELECT 1 WHERE ?1 = 0 LIMIT 1", err))
		return false;
	bind_int(&q, id);
	bind_int(&q, now_us);
	bind_int(&q, now_us - SESSION_IDLE_S * US_PER_S);
	if (!query_step(&q, is, err))
		return false;
	query_close(&q);
	return true;
}

bool store_find_token(struct store *st, const unsigned char hash[TOKEN_HASH_SIZE], struct arena *arena,
		      struct token_row *row, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT " TOKEN_COLUMNS " WHERE sha256 = ?", err))
		return false;
	bind_blob_or_null(&q, (struct str){ (const char *)hash, TOKEN_HASH_SIZE });
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		read_row(&q, row);
		row->name = arena_str(arena, row->name);
		row->role = arena_str(arena, row->role);
		row->staff = arena_str(arena, row->staff);
		row->made_by = arena_str(arena, row->made_by);
	}
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no such token");
}

bool store_each_token(struct store *st, token_fn fn, void *arg, struct err *err)
{
	struct token_row row;
	struct query q;
	bool has;

	if (!store_has_tokens(st, &has, err))
		return false;
	if (!has)
		return true;
	if (!query_open(&q, st, "SELECT " TOKEN_COLUMNS " ORDER BY id", err))
		return false;
	while (query_next(&q, err)) {
		read_row(&q, &row);
		if (!fn(&row, arg))
			break;
	}
	return query_end(&q);
}

bool store_cursor_key(struct store *st, unsigned char key[CURSOR_KEY_SIZE], struct err *err)
{
	struct str value;
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT value FROM meta WHERE key = 'cursor_key'", err) || !query_step(&q, &has, err))
		return false;
	value = has ? column_str(&q) : STR("");
	has = value.len == CURSOR_KEY_SIZE;
	if (has)
		memcpy(key, value.ptr, CURSOR_KEY_SIZE);
	query_close(&q);
	return has || err_setf(err, ERR_BUG, "the store has no key for cursors");
}
