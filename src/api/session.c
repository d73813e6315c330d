#include "api/session.h"

#include <string.h>

#include "api/call.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "conf/config.h"
#include "store/audit.h"
#include "store/session.h"
#include "store/user.h"

enum { RANDOM_BYTES = 32 };

/* It is enough to know the minute in which one was last used. */
#define USE_EVERY_US (60 * US_PER_S)

/* ---- opened ---- */

static struct str make_token(struct arena *arena)
{
	unsigned char secret[RANDOM_BYTES];
	struct str token;
	struct buf text;

	crypto_random(secret, sizeof(secret));
	buf_init(&text, 2 * SESSION_CHARS);
	buf_add(&text, STR("dbs_"));
	base64url_put(&text, (struct str){ (const char *)secret, sizeof(secret) });
	token = arena_str(arena, buf_str(&text));
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(text.ptr, text.len);
	buf_finish(&text);
	return token;
}

static bool find(struct call *c, struct session_row *row, struct err *err)
{
	unsigned char hash[SESSION_HASH_SIZE];

	if (c->browser.session.len != SESSION_CHARS || !str_starts(c->browser.session, STR("dbs_")))
		return err_setf(err, ERR_MISSING, "not a session");
	crypto_sha256(c->browser.session, hash);
	return store_find_session(c->st, hash, c->arena, row, err);
}

static bool end_former(struct call *c, int64_t now_us, struct err *err)
{
	struct session_row former;

	if (!find(c, &former, err))
		return err->kind == ERR_MISSING;
	return former.ended_us != 0 || store_end_session(c->st, former.id, now_us, err);
}

static void put_session(struct call *c, const struct session_row *row, struct str token)
{
	struct json_writer w;

	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	json_member(&w, "staff", row->name);
	json_member(&w, "csrf", browser_csrf(token, c->arena));
	put_time(&w, "expires_at", row->expires_us);
	json_close(&w, '}');
	call_header(c, "Set-Cookie", browser_cookie(&c->browser, token, c->arena).ptr);
}

bool session_open(struct call *c, struct str name, const char *how, struct str by, struct err *err)
{
	int64_t now_us = clock_wall_us();
	struct session_row row = { .name = name, .how = str_from(how), .peer = c->browser.peer, .agent = c->browser.agent,
				   .created_us = now_us, .expires_us = now_us + SESSION_LIFE_S * US_PER_S };
	struct str token = make_token(c->arena);
	unsigned char hash[SESSION_HASH_SIZE];

	crypto_sha256(token, hash);
	if (!end_former(c, now_us, err) || !store_put_session(c->st, &row, hash, err) || !store_note_login(c->st, name, now_us, err) ||
	    !audit_add(c->st, &(struct audit_entry){ .who = name, .what = STR("login"),
				      .detail = by.len > 0 ? arena_strf(c->arena, "%s " STR_FMT, how, STR_ARG(by)) : str_from(how) }, err))
		return false;
	put_session(c, &row, token);
	return true;
}

bool session_open_home(struct call *c, struct str name, const char *how, struct str by, struct err *err)
{
	if (!session_open(c, name, how, by, err))
		return false;
	buf_clear(&c->reply.json);
	c->reply.status = 303;
	c->reply.type = NULL;
	call_header(c, "Location", "/");
	return true;
}

/* ---- used ---- */

struct use {
	struct job job;
	int64_t session, now_us;
};

static bool apply_use(struct job *job, struct store *st, struct err *err)
{
	struct use *use = (struct use *)job;

	return store_use_session(st, use->session, use->now_us, err);
}

static void use_done(struct job *job, const struct err *err)
{
	(void)err;
	free(job);
}

static void note_use(struct call *c, const struct session_row *row, int64_t now_us)
{
	struct use *use;
	struct err err;

	if (now_us - row->used_us < USE_EVERY_US)
		return;
	use = xnew(struct use);
	*use = (struct use){ .job = { .apply = apply_use, .done = use_done, .is_patient = true, .bytes = sizeof(*use) },
			     .session = row->id, .now_us = now_us };
	if (!writer_submit(c->api->parts.writer, &use->job, &err))
		free(use);
}

/* ---- who asks ---- */

static bool refuse(struct call *c, const char *why)
{
	call_header(c, "WWW-Authenticate", "Session realm=\"daybook\"");
	problem(c, 401, "no-session", "%s", why);
	return false;
}

/* Whoever left staff, or has no role any more, is nobody from the reload on. */
static bool take_staff(struct call *c, struct str name, int64_t id, int64_t expires_us)
{
	const struct config_staff *staff = staff_find(c->config, name);
	struct err err;

	if (staff == NULL || !staff_may_log_in(c->config, str_from(staff->name), &err))
		return refuse(c, "whoever this is may not log in; see staff in daybook.yaml(5)");
	c->token = (struct token_row){ .id = -id, .name = str_from(staff->name), .staff = str_from(staff->name),
				       .role = str_from(staff->role), .expires_us = expires_us };
	return true;
}

static bool is_unsafe(const struct call *c)
{
	return !str_eq(str_from(c->route->method), STR("GET"));
}

static bool refuse_foreign(struct call *c)
{
	problem(c, 403, "foreign-page", "this did not come from a page of Daybook's own: Origin has to be " STR_FMT
		", and X-Daybook-CSRF what /api/v1/me says", STR_ARG(c->browser.own_origin));
	return false;
}

bool session_authenticate(struct call *c)
{
	int64_t now_us = clock_wall_us();
	struct session_row row;
	struct err err;

	if (!find(c, &row, &err)) {
		if (err.kind == ERR_MISSING)
			return refuse(c, "there is no such session; log in");
		problem_of(c, &err);
		return false;
	}
	if (!session_is_good(&row, now_us))
		return refuse(c, "the session is over; log in");
	if (is_unsafe(c) && !browser_is_ours(&c->browser, c->arena))
		return refuse_foreign(c);
	if (!take_staff(c, row.name, row.id, row.expires_us))
		return false;
	c->session = row.id;
	note_use(c, &row, now_us);
	return true;
}

bool proxy_authenticate(struct call *c)
{
	static const unsigned char key[16] = { 0 };	/* a number by which requests of one are told from those of another */
	const struct browser *b = &c->browser;

	if (is_unsafe(c) && (b->csrf.len == 0 || b->own_origin.len == 0 || !str_ieq(b->origin, b->own_origin)))
		return refuse_foreign(c);
	if (!take_staff(c, b->proxy_user, 0, 0))
		return false;
	/* By the person, not by how the proxy spells the name. */
	c->token.id = -((int64_t)(crypto_siphash(key, c->token.staff.ptr, c->token.staff.len) >> 2) | INT64_C(1) << 62);
	return true;
}
