/* POST and DELETE /session, GET /login/{link}: in and out. A password is looked at on the hashers' threads; what came of it is
 * decided by the writer, one after the other, so that many tries at once are no more tries. */
#include "api/call.h"
#include "api/handlers.h"
#include "api/session.h"
#include "api/tries.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/password.h"
#include "base/totp.h"
#include "conf/config.h"
#include "store/session.h"
#include "store/user.h"

enum { MAX_NAME = 320, MAX_CODE = 40 };

struct login {
	struct str name;		/* of staff; as it was typed, when that is nobody */
	struct str code;
	bool is_right;			/* the password … */
	int64_t password_us;		/* … that was set then */
};

/* ---- by password ---- */

static bool note_failure(struct call *c, const struct login *l, struct err *err)
{
	call_header(c, "WWW-Authenticate", "Session realm=\"daybook\"");
	problem(c, 401, "bad-login", "the name, the password or the code is wrong");
	return tries_note(c, l->name, err);
}

/* With blanks, dashes and capitals as people type them. */
static void hash_code(struct call *c, struct str typed, unsigned char hash[LOGIN_HASH_SIZE])
{
	char *text = arena_bytes(c->arena, MAX_CODE + 1);
	size_t n = 0;

	for (size_t i = 0; text != NULL && i < typed.len && n < MAX_CODE - 3; i++) {
		char ch = typed.ptr[i] >= 'A' && typed.ptr[i] <= 'Z' ? (char)(typed.ptr[i] | 32) : typed.ptr[i];

		if (ch == '-' || ch == ' ')
			continue;
		if (n % 5 == 4)
			text[n++] = '-';
		text[n++] = ch;
	}
	crypto_sha256((struct str){ text, n }, hash);
}

static bool check_code(struct call *c, const struct login *l, const struct user_row *user, bool *is_right, struct err *err)
{
	unsigned char hash[LOGIN_HASH_SIZE];
	int64_t step = totp_match(user->totp, l->code, clock_wall_us());

	if (step != 0)
		return store_take_totp_step(c->st, l->name, step, is_right, err);
	hash_code(c, l->code, hash);
	return store_take_recovery_code(c->st, l->name, hash, is_right, err);
}

static bool needs_code(struct call *c)
{
	call_header(c, "WWW-Authenticate", "Session realm=\"daybook\"");
	return problem(c, 401, "code-needed", "a code from the app, or a recovery code, is needed as well: send it as \"code\"");
}

/* A deed that notes what it refuses. */
static bool decide(struct call *c, struct err *err)
{
	const struct login *l = c->wish;
	unsigned char account[LOGIN_HASH_SIZE];
	bool is_right, may = false;
	struct user_row user;

	if (!tries_may(c, l->name, &may, err))
		return false;
	if (!may)
		return true;
	if (!store_get_user(c->st, l->name, c->arena, &user, err))
		return false;
	is_right = l->is_right && user.password_us == l->password_us;
	if (is_right && user.totp.len > 0) {
		if (l->code.len == 0)
			return needs_code(c);
		if (!check_code(c, l, &user, &is_right, err))
			return false;
	}
	if (!is_right)
		return note_failure(c, l, err);
	throttle_account(l->name, account);
	return store_forget_failures(c->st, account, err) && session_open(c, l->name, "password", STR(""), err);
}

static bool look_at_password(struct call *c, struct login *l, struct str password, struct err *err)
{
	const struct config_staff *staff = staff_find(c->config, l->name);
	struct user_row user = { 0 };
	struct err why;
	bool may = false;

	if (staff != NULL)
		l->name = str_from(staff->name);
	if (!tries_may(c, l->name, &may, err))
		return false;
	if (!may)
		return true;
	if (staff != NULL && staff_may_log_in(c->config, l->name, &why) && !store_get_user(c->st, l->name, c->arena, &user, err))
		return false;
	l->is_right = password_verify(password, user.password);
	l->password_us = user.password_us;
	c->wish = l;
	c->deed = decide;
	return true;
}

static bool read_login(struct call *c, struct login *l, struct str *password)
{
	*password = json_text(body_field(c, "password"));
	return body_line(c, "name", MAX_NAME, &l->name) && body_line(c, "code", MAX_CODE, &l->code) && body_end(c) &&
	       body_needs(c, "name", l->name.len > 0) && body_needs(c, "password", password->len > 0);
}

static bool is_safe(struct call *c)
{
	const struct browser *b = &c->browser;

	if (!browser_may_log_in(b))
		return !problem(c, 403, "in-the-clear", "a password does not cross a network in the clear: log in over https, or on this "
				"machine itself at http://127.0.0.1");
	return b->origin.len == 0 || str_ieq(b->origin, b->own_origin) ||
	       !problem(c, 403, "foreign-page", "this did not come from a page of " STR_FMT, STR_ARG(b->own_origin));
}

bool api_login(struct call *c, struct err *err)
{
	struct login *l = arena_new(c->arena, struct login);
	struct str password;

	c->has_key = false;		/* a session is never given out twice */
	if (!params_end(c) || !is_safe(c) || !read_login(c, l, &password))
		return true;
	return look_at_password(c, l, password, err);
}

/* ---- by link ---- */

static bool take_link(struct call *c, struct err *err)
{
	unsigned char hash[LOGIN_HASH_SIZE];
	struct str name;
	struct err why;

	crypto_sha256(c->parts[0], hash);
	if (!store_take_link(c->st, hash, clock_wall_us(), c->arena, &name, err))
		return false;
	if (!staff_may_log_in(c->config, name, &why))
		return problem(c, 403, "not-staff", "%s", why.msg);
	return session_open_home(c, name, "link", STR(""), err);
}

bool api_login_link(struct call *c, struct err *err)
{
	(void)err;
	if (!params_end(c) || !is_safe(c))
		return true;
	if (c->browser.is_looking)	/* what looks ahead at links would use them up */
		return problem(c, 403, "not-followed", "this address logs in whoever follows it, once");
	c->deed = take_link;
	return true;
}

/* ---- out ---- */

static bool leave(struct call *c, struct err *err)
{
	if (!store_end_session(c->st, c->session, clock_wall_us(), err) && err->kind != ERR_MISSING)
		return false;
	c->reply.status = 204;
	c->reply.type = NULL;
	call_header(c, "Set-Cookie", browser_cookie(&c->browser, STR(""), c->arena).ptr);
	return true;
}

bool api_logout(struct call *c, struct err *err)
{
	(void)err;
	if (!params_end(c))
		return true;
	if (c->session == 0)
		return problem(c, 422, "no-session", "this is no session: daybook token revoke ends a token");
	c->deed = leave;
	return true;
}
