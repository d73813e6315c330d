/* Who asks, and with which eyes. */
#include "api/call.h"
#include "api/meter.h"
#include "api/session.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "store/writer.h"

enum { TOKEN_CHARS = 47 };		/* dbk_ and 32 bytes as base64url */

/* It is enough to know the minute in which a token was last used. */
#define USE_EVERY_US (60 * US_PER_S)

struct use {
	struct job job;
	int64_t token, now_us;
};

static bool apply_use(struct job *job, struct store *st, struct err *err)
{
	struct use *use = (struct use *)job;

	return store_use_token(st, use->token, use->now_us, err);
}

static void use_done(struct job *job, const struct err *err)
{
	(void)err;
	free(job);
}

static void note_use(struct call *c, int64_t now_us)
{
	struct use *use;
	struct err err;

	if (now_us - c->token.last_used_us < USE_EVERY_US)
		return;
	use = xnew(struct use);
	*use = (struct use){ .job = { .apply = apply_use, .done = use_done, .is_patient = true, .bytes = sizeof(*use) },
			     .token = c->token.id, .now_us = now_us };
	if (!writer_submit(c->api->parts.writer, &use->job, &err))
		free(use);
}

static bool refuse(struct call *c, const char *how, const char *why)
{
	call_header(c, "WWW-Authenticate", how);
	problem(c, 401, "no-token", "%s", why);
	return false;
}

static bool refuse_token(struct call *c, const char *why)
{
	return refuse(c, "Bearer realm=\"daybook\", error=\"invalid_token\"", why);
}

static bool find_token(struct call *c, struct str text, struct err *err)
{
	unsigned char hash[SHA256_SIZE];

	if (text.len != TOKEN_CHARS || !str_starts(text, STR("dbk_")))
		return err_setf(err, ERR_MISSING, "not a token");
	crypto_sha256(text, hash);
	return store_find_token(c->st, hash, c->arena, &c->token, err);
}

static bool may(struct call *c)
{
	unsigned right = c->route->right;

	if ((c->powers.rights & right) == right)
		return true;
	problem(c, 403, "missing-right", "the right \"%s\" is missing; the role of who asks is \"" STR_FMT "\"",
		right_name(right), STR_ARG(c->token.role));
	return false;
}

static bool authenticate_token(struct call *c)
{
	int64_t now_us = clock_wall_us();
	struct err err;

	if (!str_istarts(c->authorization, STR("Bearer ")))
		return refuse(c, "Bearer realm=\"daybook\"", "send Authorization: Bearer and a token (daybook token create)");
	if (!find_token(c, str_trim(str_sub(c->authorization, 7, STR_NONE)), &err)) {
		if (err.kind == ERR_MISSING)
			return refuse_token(c, "there is no such token");
		problem_of(c, &err);
		return false;
	}
	if (c->token.revoked_us != 0)
		return refuse_token(c, "this token was revoked");
	if (c->token.expires_us != 0 && c->token.expires_us <= now_us)
		return refuse_token(c, "this token has expired");
	if (staff_is_gone(c->config, c->token.staff))
		return refuse_token(c, "this token has the eyes of somebody who is not in staff any more");
	note_use(c, now_us);
	return true;
}

/* A page never sends a token, and a program never a cookie. */
static bool authenticate(struct call *c)
{
	if (c->browser.session.len > 0 && c->authorization.len > 0)
		return !problem(c, 400, "two-logins", "a session's cookie and Authorization at once: send one of them");
	if (c->browser.session.len > 0)
		return session_authenticate(c);
	if (c->authorization.len == 0 && c->browser.proxy_user.len > 0)
		return proxy_authenticate(c);
	return authenticate_token(c);
}

bool call_authenticate(struct call *c)
{
	if (c->route->is_public)
		return true;
	if (!authenticate(c))
		return false;
	if (!meter_take(c->api->meter, c))
		return false;
	role_find(c->config, c->token.role, &c->powers);
	role_viewer(&c->powers, c->config, c->token.staff, c->arena, &c->viewer);
	return may(c);
}
