#include "store/session.h"

#include "base/clock.h"
#include "store/inside.h"
#include "store/user.h"

enum { REMEMBERED_S = 30 * 24 * 3600 };

#define SESSION_COLUMNS "id, name, how, peer, agent, created_at, used_at, expires_at, ended_at FROM session"

bool session_is_good(const struct session_row *row, int64_t now_us)
{
	return row->ended_us == 0 && now_us < row->expires_us && now_us < row->used_us + SESSION_IDLE_S * US_PER_S;
}

static void bind_hash(struct query *q, const unsigned char hash[SESSION_HASH_SIZE])
{
	bind_blob_or_null(q, (struct str){ (const char *)hash, SESSION_HASH_SIZE });
}

static bool run_at(struct store *st, const char *sql, int64_t at_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, sql, err))
		return false;
	bind_int(&q, at_us);
	return query_run(&q, NULL, err);
}

bool store_put_session(struct store *st, const struct session_row *row, const unsigned char hash[SESSION_HASH_SIZE],
		       struct err *err)
{
	struct query q;

	if (!run_at(st, "DELETE FROM session WHERE expires_at < ?", row->created_us - REMEMBERED_S * US_PER_S, err) ||
	    !query_open(&q, st, "INSERT INTO session(sha256, name, how, peer, agent, created_at, used_at, expires_at)"
				" VALUES (?, ?, ?, ?, ?, ?, ?, ?)", err))
		return false;
	bind_hash(&q, hash);
	bind_str(&q, row->name);
	bind_str(&q, row->how);
	bind_str_or_null(&q, row->peer);
	bind_str_or_null(&q, row->agent);
	bind_int(&q, row->created_us);
	bind_int(&q, row->created_us);
	bind_int(&q, row->expires_us);
	return query_run(&q, NULL, err);
}

bool store_use_session(struct store *st, int64_t id, int64_t now_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE session SET used_at = max(used_at, ?) WHERE id = ?", err))
		return false;
	bind_int(&q, now_us);
	bind_int(&q, id);
	return query_run(&q, NULL, err);
}

bool store_end_session(struct store *st, int64_t id, int64_t now_us, struct err *err)
{
	struct query q;
	int n;

	if (!query_open(&q, st, "UPDATE session SET ended_at = ? WHERE id = ? AND ended_at = 0", err))
		return false;
	bind_int(&q, now_us);
	bind_int(&q, id);
	if (!query_run(&q, &n, err))
		return false;
	return n == 1 || err_setf(err, ERR_MISSING, "there is no open session %lld", (long long)id);
}

bool store_end_sessions_of(struct store *st, struct str name, int64_t now_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "UPDATE session SET ended_at = ?1 WHERE ended_at = 0 AND (?2 = '' OR name = ?2)", err))
		return false;
	bind_int(&q, now_us);
	bind_str(&q, name);
	if (!query_run(&q, NULL, err) || !query_open(&q, st, "DELETE FROM login_link WHERE ?1 = '' OR name = ?1", err))
		return false;
	bind_str(&q, name);
	return query_run(&q, NULL, err);
}

static void read_row(struct query *q, struct session_row *row)
{
	*row = (struct session_row){ .id = column_int(q) };
	row->name = column_str(q);
	row->how = column_str(q);
	row->peer = column_str(q);
	row->agent = column_str(q);
	row->created_us = column_int(q);
	row->used_us = column_int(q);
	row->expires_us = column_int(q);
	row->ended_us = column_int(q);
}

bool store_find_session(struct store *st, const unsigned char hash[SESSION_HASH_SIZE], struct arena *arena,
			struct session_row *row, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "SELECT " SESSION_COLUMNS " WHERE sha256 = ?", err))
		return false;
	bind_hash(&q, hash);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		read_row(&q, row);
		row->name = arena_str(arena, row->name);
		row->how = arena_str(arena, row->how);
		row->peer = arena_str(arena, row->peer);
		row->agent = arena_str(arena, row->agent);
	}
	query_close(&q);
	return has || err_setf(err, ERR_MISSING, "there is no such session");
}

bool store_each_session(struct store *st, session_fn fn, void *arg, struct err *err)
{
	struct session_row row;
	struct query q;
	bool has;

	if (!store_has_users(st, &has, err))
		return false;
	if (!has)
		return true;
	if (!query_open(&q, st, "SELECT " SESSION_COLUMNS " ORDER BY id DESC", err))
		return false;
	while (query_next(&q, err)) {
		read_row(&q, &row);
		if (!fn(&row, arg))
			break;
	}
	return query_end(&q);
}

/* ---- links ---- */

bool store_put_link(struct store *st, const unsigned char hash[SESSION_HASH_SIZE], struct str name, struct str by,
		    int64_t now_us, struct err *err)
{
	struct query q;

	if (!run_at(st, "DELETE FROM login_link WHERE expires_at < ?", now_us, err) ||
	    !query_open(&q, st, "INSERT INTO login_link VALUES (?, ?, ?, ?)", err))
		return false;
	bind_hash(&q, hash);
	bind_str(&q, name);
	bind_str(&q, by);
	bind_int(&q, now_us + LINK_LIFE_S * US_PER_S);
	return query_run(&q, NULL, err);
}

bool store_take_link(struct store *st, const unsigned char hash[SESSION_HASH_SIZE], int64_t now_us, struct arena *arena,
		     struct str *name, struct err *err)
{
	struct query q;
	bool has;

	if (!query_open(&q, st, "DELETE FROM login_link WHERE sha256 = ? RETURNING name, expires_at", err))
		return false;
	bind_hash(&q, hash);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		*name = arena_str(arena, column_str(&q));
		has = column_int(&q) > now_us;
	}
	return query_run(&q, NULL, err) &&
	       (has || err_setf(err, ERR_MISSING, "this link was used already, or has expired; daybook login-link makes another"));
}
