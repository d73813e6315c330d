#include "store/user.h"

#include "store/inside.h"
#include "store/session.h"

/* ---- accounts ---- */

bool store_has_users(struct store *st, bool *has, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "SELECT 1 FROM sqlite_master WHERE name = 'login_failure'", err) || !query_step(&q, has, err))
		return false;
	query_close(&q);
	return true;
}

bool store_get_user(struct store *st, struct str name, struct arena *arena, struct user_row *row, struct err *err)
{
	struct query q;
	bool has;

	*row = (struct user_row){ .name = name };
	if (!store_has_users(st, &has, err))
		return false;
	if (!has)
		return true;
	if (!query_open(&q, st, "SELECT password, password_at, last_login_at, totp, totp_step,"
				" (SELECT count(*) FROM recovery_code r WHERE r.name = ?1),"
				" (SELECT count(*) FROM session s WHERE s.name = ?1 AND s.ended_at = 0)"
				" FROM (SELECT 1) LEFT JOIN user ON user.name = ?1", err))
		return false;
	bind_str(&q, name);
	if (!query_step(&q, &has, err))
		return false;
	row->password = arena_str(arena, column_str(&q));
	row->password_us = column_int(&q);
	row->last_login_us = column_int(&q);
	row->totp = arena_str(arena, column_str(&q));
	row->totp_step = column_int(&q);
	row->n_codes = column_int(&q);
	row->n_sessions = column_int(&q);
	query_close(&q);
	return true;
}

bool store_set_password(struct store *st, struct str name, struct str hash, int64_t now_us, struct err *err)
{
	unsigned char who[LOGIN_HASH_SIZE];
	struct query q;

	if (!query_open(&q, st, "INSERT INTO user(name, password, password_at) VALUES (?, ?, ?) ON CONFLICT(name) DO UPDATE"
				" SET password = excluded.password, password_at = excluded.password_at", err))
		return false;
	bind_str(&q, name);
	bind_str_or_null(&q, hash);
	bind_int(&q, now_us);
	throttle_account(name, who);
	return query_run(&q, NULL, err) && store_end_sessions_of(st, name, now_us, err) && store_forget_failures(st, who, err);
}

bool store_note_login(struct store *st, struct str name, int64_t now_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO user(name, last_login_at) VALUES (?, ?) ON CONFLICT(name) DO UPDATE"
				" SET last_login_at = excluded.last_login_at", err))
		return false;
	bind_str(&q, name);
	bind_int(&q, now_us);
	return query_run(&q, NULL, err);
}

/* ---- a second factor ---- */

bool store_set_totp(struct store *st, struct str name, struct str key, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM recovery_code WHERE name = ?", err))
		return false;
	bind_str(&q, name);
	if (!query_run(&q, NULL, err) ||
	    !query_open(&q, st, "INSERT INTO user(name, totp) VALUES (?, ?) ON CONFLICT(name) DO UPDATE"
				" SET totp = excluded.totp, totp_step = 0", err))
		return false;
	bind_str(&q, name);
	bind_blob_or_null(&q, key);
	return query_run(&q, NULL, err);
}

bool store_take_totp_step(struct store *st, struct str name, int64_t step, bool *is_new, struct err *err)
{
	struct query q;
	int n;

	if (!query_open(&q, st, "UPDATE user SET totp_step = ?1 WHERE name = ?2 AND totp_step < ?1", err))
		return false;
	bind_int(&q, step);
	bind_str(&q, name);
	if (!query_run(&q, &n, err))
		return false;
	*is_new = n == 1;
	return true;
}

bool store_put_recovery_code(struct store *st, struct str name, const unsigned char hash[LOGIN_HASH_SIZE], struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO recovery_code VALUES (?, ?)", err))
		return false;
	bind_blob_or_null(&q, (struct str){ (const char *)hash, LOGIN_HASH_SIZE });
	bind_str(&q, name);
	return query_run(&q, NULL, err);
}

bool store_forget_recovery_codes(struct store *st, struct err *err)
{
	struct query q;

	return query_open(&q, st, "DELETE FROM recovery_code", err) && query_run(&q, NULL, err);
}

bool store_take_recovery_code(struct store *st, struct str name, const unsigned char hash[LOGIN_HASH_SIZE], bool *was_there,
			      struct err *err)
{
	struct query q;
	int n;

	if (!query_open(&q, st, "DELETE FROM recovery_code WHERE sha256 = ? AND name = ?", err))
		return false;
	bind_blob_or_null(&q, (struct str){ (const char *)hash, LOGIN_HASH_SIZE });
	bind_str(&q, name);
	if (!query_run(&q, &n, err))
		return false;
	*was_there = n == 1;
	return true;
}
