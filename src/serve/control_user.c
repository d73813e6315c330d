/* The control socket's part of `daybook user`, `session` and `login-link`. Loop thread, but for the deed: the writer's.
 * Secrets are made by the command line: what comes here are hashes. */
#include <stdlib.h>
#include <string.h>

#include "api/rights.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/password.h"
#include "conf/config.h"
#include "ingest/ingest.h"
#include "serve/inside.h"
#include "store/audit.h"
#include "store/session.h"
#include "store/user.h"
#include "store/writer.h"

enum { ROOM = 1 << 16, MAX_CODES = 32, MAX_KEY = 64 };

struct errand {
	struct job job;			/* first */
	struct serve *serve;
	struct http_request *rq;
	struct arena *arena;
	bool (*deed)(struct errand *e, struct store *st, struct err *err);
	struct str name, text;		/* of staff; a password's hash, or a key */
	char by[32];
	unsigned char hashes[MAX_CODES][LOGIN_HASH_SIZE];
	size_t n_hashes;
	int64_t session;
	struct err err;
};

static void over(void *arg)
{
	struct errand *e = arg;

	if (e->err.kind == ERR_NONE)
		http_reply(e->rq, 200, "application/json", STR("{}"), NULL);
	else
		control_reply_error(e->rq, &e->err);
	ingest_leave(e->serve->parts.ingest);
	arena_destroy(e->arena);
	free(e);
}

static void finish(struct errand *e, const struct err *err)
{
	e->err = err != NULL ? *err : (struct err){ .kind = ERR_NONE };
	ingest_call_loop(e->serve->parts.ingest, over, e);
}

static bool note(struct errand *e, struct store *st, const char *what, struct err *err)
{
	const struct audit_entry entry = { .who = str_from(e->by), .what = str_from(what), .which = e->name };

	return audit_add(st, &entry, err);
}

static bool apply(struct job *job, struct store *st, struct err *err)
{
	struct errand *e = (struct errand *)job;

	return e->deed(e, st, err);
}

static void done(struct job *job, const struct err *err)
{
	finish((struct errand *)job, err);
}

static struct errand *errand_create(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e = xnew(struct errand);

	e->job = (struct job){ .apply = apply, .done = done, .bytes = sizeof(*e) };
	e->serve = s;
	e->rq = rq;
	e->arena = arena_create(ROOM);
	e->name = arena_str(e->arena, json_str(body, "user"));
	control_by(rq, e->by, sizeof(e->by));
	ingest_enter(s->parts.ingest);
	return e;
}

static void submit(struct errand *e, bool is_good, bool (*deed)(struct errand *e, struct store *st, struct err *err),
		   struct err *err)
{
	e->deed = deed;
	if (!is_good || !writer_submit(e->serve->parts.writer, &e->job, err))
		finish(e, err);
}

static bool check_user(const struct errand *e, struct err *err)
{
	const struct config *config = ingest_config(e->serve->parts.ingest);

	return staff_may_log_in(config, e->name, err);
}

static bool read_hash(struct errand *e, struct str hex, struct err *err)
{
	if (e->n_hashes < MAX_CODES && crypto_unhex(hex, e->hashes[e->n_hashes], LOGIN_HASH_SIZE)) {
		e->n_hashes++;
		return true;
	}
	return err_setf(err, ERR_INPUT, "no SHA-256, or more than %d of them", MAX_CODES);
}

/* ---- passwords ---- */

static bool set_password(struct errand *e, struct store *st, struct err *err)
{
	return store_set_password(st, e->name, e->text, clock_wall_us(), err) && note(e, st, "user passwd", err);
}

void control_user_password(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e = errand_create(s, rq, body);
	struct err err;
	bool ok;

	e->text = arena_str(e->arena, json_str(body, "hash"));
	/* Taken away it may be from anybody, also from who has left. */
	ok = e->text.len == 0 || (check_user(e, &err) && (password_is_hash(e->text) ||
							  err_setf(&err, ERR_INPUT, "a password comes here as a yescrypt hash")));
	submit(e, ok, set_password, &err);
}

/* ---- a second factor ---- */

static bool set_totp(struct errand *e, struct store *st, struct err *err)
{
	if (!store_set_totp(st, e->name, e->text, err))
		return false;
	for (size_t i = 0; i < e->n_hashes; i++)
		if (!store_put_recovery_code(st, e->name, e->hashes[i], err))
			return false;
	return note(e, st, "user totp", err);
}

static bool read_totp(struct errand *e, struct json_object *body, struct err *err)
{
	struct str hex = json_str(body, "key");
	struct json_object *codes = json_get(body, "codes");
	unsigned char key[MAX_KEY];

	if (hex.len == 0)
		return true;
	if (hex.len % 2 != 0 || hex.len / 2 > sizeof(key) || !crypto_unhex(hex, key, hex.len / 2))
		return err_setf(err, ERR_INPUT, "a key comes here in hex digits");
	e->text = arena_str(e->arena, (struct str){ (const char *)key, hex.len / 2 });
	for (size_t i = 0; i < json_count(codes); i++)
		if (!read_hash(e, json_text(json_at(codes, i)), err))
			return false;
	return check_user(e, err);
}

void control_user_totp(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e = errand_create(s, rq, body);
	struct err err;
	bool ok = read_totp(e, body, &err);

	submit(e, ok, set_totp, &err);
}

/* ---- sessions and links ---- */

static bool end_sessions(struct errand *e, struct store *st, struct err *err)
{
	bool ok = e->session != 0 ? store_end_session(st, e->session, clock_wall_us(), err)
				  : store_end_sessions_of(st, e->name, clock_wall_us(), err);

	if (e->session != 0)
		e->name = arena_strf(e->arena, "%lld", (long long)e->session);
	return ok && note(e, st, "session revoke", err);
}

void control_session_revoke(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e = errand_create(s, rq, body);
	struct err err;
	bool ok = json_int(json_get(body, "id"), &e->session) || e->name.len > 0 || err_setf(&err, ERR_INPUT, "which session?");

	submit(e, ok, end_sessions, &err);
}

static bool put_link(struct errand *e, struct store *st, struct err *err)
{
	return store_put_link(st, e->hashes[0], e->name, str_from(e->by), clock_wall_us(), err) &&
	       note(e, st, "login-link", err);
}

void control_login_link(struct serve *s, struct http_request *rq, struct json_object *body)
{
	struct errand *e = errand_create(s, rq, body);
	struct err err;
	bool ok = check_user(e, &err) && read_hash(e, json_str(body, "sha256"), &err);

	submit(e, ok, put_link, &err);
}
