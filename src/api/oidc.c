/* GET /login/oidc and /login/oidc/callback: in by way of a provider of OpenID Connect (oauth/oidc.h). What a browser has begun it
 * keeps in a cookie, and nothing of it is kept here: state, nonce and verifier follow from that cookie and a key of this process. */
#include "api/oidc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/handlers.h"
#include "api/session.h"
#include "api/tries.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "conf/config.h"
#include "oauth/oidc.h"

enum { KEY_SIZE = 32, RANDOM_SIZE = 32, THREADS = 2, MAX_WAITING = 16, MAX_URL = 8 << 10, MAX_SCOPE = 1 << 10 };

#define TELL_EVERY_US (60 * US_PER_S)

struct oidc_desk {
	struct oidc *provider;
	struct pool *askers;		/* who wait for the provider, and nobody else's threads do */
	unsigned char key[KEY_SIZE];
	atomic_int_fast64_t told_us;
};

struct oidc_desk *oidc_desk_create(void)
{
	struct oidc_desk *d = xnew(struct oidc_desk);

	d->provider = oidc_create(post_by_program);
	d->askers = pool_create("daybook-oidc", THREADS, MAX_WAITING, 0);
	crypto_random(d->key, sizeof(d->key));
	return d;
}

void oidc_desk_stop(struct oidc_desk *d)
{
	oidc_stop(d->provider);
}

void oidc_desk_destroy(struct oidc_desk *d)
{
	if (d == NULL)
		return;
	oidc_stop(d->provider);
	pool_destroy(d->askers);
	oidc_destroy(d->provider);
	explicit_bzero(d->key, sizeof(d->key));
	free(d);
}

/* ---- what a browser has begun ---- */

struct sign_in {
	struct oidc_conf conf;
	struct oidc_login login;
	struct str begun;		/* the cookie: when, and what no other has */
	struct str code, issuer;
	struct id_claims claims;
	const char *why;		/* it does not hold; NULL: it does */
};

static struct str base64url(struct arena *arena, const unsigned char *bytes, size_t n)
{
	struct str text;
	struct buf out;

	buf_init(&out, 4 * RANDOM_SIZE);
	base64url_put(&out, (struct str){ (const char *)bytes, n });
	text = arena_str(arena, buf_str(&out));
	buf_finish(&out);
	return text;
}

/* Of this provider: what was begun with another, before a reload, is nothing. */
static struct str follow(struct call *c, const char *what, struct str begun)
{
	const struct config_oidc *conf = &c->config->http.oidc;
	unsigned char md[SHA256_SIZE];

	crypto_hmac_sha256((struct str){ (const char *)c->api->oidc->key, KEY_SIZE },
			   arena_strf(c->arena, "%s " STR_FMT " %s %s", what, STR_ARG(begun), conf->issuer, conf->client_id), md);
	return base64url(c->arena, md, sizeof(md));
}

static struct str scope_of(const struct config_oidc *conf, struct arena *arena)
{
	struct str scope;
	struct buf text;

	buf_init(&text, MAX_SCOPE);
	buf_add(&text, STR("openid"));
	for (size_t i = 0; i < conf->scopes.n_items; i++)
		if (!str_eq(str_from(conf->scopes.items[i]), STR("openid")))
			buf_addf(&text, " %s", conf->scopes.items[i]);
	scope = arena_str(arena, buf_str(&text));
	buf_finish(&text);
	return scope;
}

static struct sign_in *sign_in_of(struct call *c, struct str begun)
{
	const struct config_oidc *conf = &c->config->http.oidc;
	struct sign_in *s = arena_new(c->arena, struct sign_in);

	s->conf = (struct oidc_conf){ .issuer = conf->issuer, .client_id = conf->client_id, .tls_ca = conf->tls_ca,
				      .client_secret = secret_bytes(conf->client_secret), .scope = scope_of(conf, c->arena) };
	s->begun = begun;
	s->login = (struct oidc_login){
		.state = follow(c, "state", begun), .nonce = follow(c, "nonce", begun), .verifier = follow(c, "verifier", begun),
		.redirect_uri = arena_strf(c->arena, STR_FMT "/login/oidc/callback", STR_ARG(c->browser.own_origin)),
	};
	c->wish = s;
	return s;
}

static bool is_possible(struct call *c)
{
	if (c->config->http.oidc.issuer == NULL)
		return !problem(c, 404, "no-oidc", "nobody signs in with a provider here: http.oidc is not in the configuration (daybook.yaml(5))");
	return browser_may_log_in(&c->browser) ||
	       !problem(c, 403, "in-the-clear", "a sign-in does not cross a network in the clear: come over https, or from this machine itself to "
			"http://127.0.0.1");
}

/* Strangers may ask as often as they like: the log hears of it once a minute. */
static void tell(struct call *c, const struct err *why)
{
	int64_t now_us = clock_mono_us(), last_us = atomic_load(&c->api->oidc->told_us);

	if (last_us != 0 && now_us - last_us < TELL_EVERY_US)
		return;
	atomic_store(&c->api->oidc->told_us, now_us);
	log_warn(NULL, "signing in with the provider of http.oidc does not work", kv_s("reason", why->msg));
}

static bool cannot(struct call *c, const struct err *why)
{
	tell(c, why);
	call_header(c, "Retry-After", "10");
	if (why->kind == ERR_CONF)
		return problem(c, 502, "provider-misfit", "the provider does not sign anybody in as it is set up; the log says why, to whom "
			       "runs this. A password or daybook login-link is the way in meanwhile");
	return problem(c, 503, "provider-away", "the provider cannot be reached; try again in a moment. A password or daybook login-link is the way "
		       "in meanwhile");
}

/* ---- there ---- */

static bool send_away(struct call *c, struct err *err)
{
	struct sign_in *s = c->wish;
	struct buf url;
	bool ok;

	buf_init(&url, MAX_URL);
	ok = oidc_begin(c->api->oidc->provider, &s->conf, &s->login, &url, err);
	if (ok) {
		c->reply.status = 303;
		c->reply.type = NULL;
		call_header(c, "Location", arena_str(c->arena, buf_str(&url)).ptr);
		call_header(c, "Set-Cookie", browser_oidc_cookie(&c->browser, s->begun, c->arena).ptr);
	}
	buf_finish(&url);
	return ok || cannot(c, err);
}

bool api_oidc(struct call *c, struct err *err)
{
	unsigned char random[RANDOM_SIZE];

	(void)err;
	if (!params_end(c) || !is_possible(c))
		return true;
	if (c->browser.is_looking)	/* it would take the place of what was begun */
		return problem(c, 403, "not-followed", "this address begins to sign in whoever opens it");
	crypto_random(random, sizeof(random));
	sign_in_of(c, arena_strf(c->arena, "%lld." STR_FMT, (long long)(clock_wall_us() / US_PER_S),
				 STR_ARG(base64url(c->arena, random, sizeof(random)))));
	c->workers = c->api->oidc->askers;
	c->work = send_away;
	return true;
}

/* ---- and back ---- */

static bool ask(struct call *c, struct err *err)
{
	struct sign_in *s = c->wish;

	if (oidc_finish(c->api->oidc->provider, &s->conf, &s->login, s->code, s->issuer, c->arena, &s->claims, err))
		return true;
	if (err->kind != ERR_LOGIN)
		return cannot(c, err);
	tell(c, err);
	s->why = arena_str(c->arena, str_from(err->msg)).ptr;
	return true;
}

static bool is_known(struct call *c, const struct id_claims *claims, struct str *name)
{
	/* An address: a provider that calls somebody's address "Ana Lima" does not make them her. */
	const struct config_staff *staff = str_chr(claims->email, '@') != STR_NONE ? staff_find(c->config, claims->email) : NULL;
	struct err why;

	if (claims->email.len == 0)
		return !problem(c, 403, "no-email", "the provider does not say which mail address you have; http.oidc.scopes may lack email");
	if (claims->verified == ID_NOT_VERIFIED)
		return !problem(c, 403, "email-not-verified", "the provider says that " STR_FMT " is not verified; that is mended there",
				STR_ARG(claims->email));
	if (claims->verified == ID_UNSAID && !c->config->http.oidc.trust_email)
		return !problem(c, 403, "email-not-verified", "the provider does not call " STR_FMT " verified; where nobody can choose their address "
				"there, http.oidc.trust_email says so", STR_ARG(claims->email));
	if (staff == NULL)
		return !problem(c, 403, "not-staff", "nobody of staff has the address " STR_FMT " (daybook.yaml(5), staff)", STR_ARG(claims->email));
	*name = str_from(staff->name);
	return staff_may_log_in(c->config, *name, &why) || !problem(c, 403, "not-staff", "%s", why.msg);
}

/* A deed that notes what it refuses. */
static bool decide(struct call *c, struct err *err)
{
	const struct sign_in *s = c->wish;
	struct str name;
	bool may = false;

	call_header(c, "Set-Cookie", browser_oidc_cookie(&c->browser, STR(""), c->arena).ptr);
	if (!tries_may(c, STR(""), &may, err))
		return false;
	if (!may)
		return true;
	if (s->why != NULL) {
		problem(c, 401, "bad-sign-in", "you are not signed in: %s; begin anew at /login/oidc", s->why);
		return tries_note(c, STR(""), err);
	}
	return !is_known(c, &s->claims, &name) ||
	       session_open_home(c, name, "oidc", arena_strf(c->arena, "%s " STR_FMT, s->conf.issuer, STR_ARG(s->claims.subject)), err);
}

/* Of this browser, and not long ago. */
static bool is_ours(struct call *c, struct str state)
{
	struct str begun = c->browser.oidc;
	int64_t at_s, now_s = clock_wall_us() / US_PER_S;
	struct str wanted = follow(c, "state", begun);

	return begun.len > 0 && state.len == wanted.len && crypto_equal(state.ptr, wanted.ptr, wanted.len) &&
	       str_int64(str_sub(begun, 0, str_chr(begun, '.')), &at_s) && at_s <= now_s && now_s - at_s < BROWSER_OIDC_S;
}

static bool is_code(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((text.ptr[i] < 'a' || text.ptr[i] > 'z') && text.ptr[i] != '_')
			return false;
	return text.len < 60;
}

/* Providers add parameters of their own. */
bool api_oidc_callback(struct call *c, struct err *err)
{
	struct str error = param_str(c, "error");
	struct sign_in *s;
	bool may = false;

	if (!is_possible(c))
		return true;
	if (c->browser.is_looking)
		return problem(c, 403, "not-followed", "this address signs in whoever is sent to it, once");
	if (!is_ours(c, param_str(c, "state")))
		return problem(c, 400, "not-begun", "this sign-in was not begun in this browser, or more than ten minutes ago; begin anew at "
			       "/login/oidc");
	if (error.len > 0)
		return problem(c, 401, "bad-sign-in", "the provider did not sign you in (" STR_FMT "); begin anew at /login/oidc",
			       STR_ARG(is_code(error) ? error : STR("it says why in a way that is not shown")));
	if (!tries_may(c, STR(""), &may, err))
		return false;
	if (!may)
		return true;
	s = sign_in_of(c, c->browser.oidc);
	s->code = param_str(c, "code");
	s->issuer = param_str(c, "iss");
	c->workers = c->api->oidc->askers;
	c->work = ask;
	c->deed = decide;
	return true;
}

/* ---- for the page where people sign in ---- */

bool api_login_ways(struct call *c, struct err *err)
{
	const struct config_oidc *conf = &c->config->http.oidc;
	struct json_writer w;

	(void)err;
	if (!params_end(c))
		return true;
	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	json_member_bool(&w, "password", browser_may_log_in(&c->browser));
	json_name(&w, "oidc");
	if (conf->issuer == NULL) {
		json_null_value(&w);
	} else {
		json_open(&w, '{');
		json_member_or_null(&w, "name", str_from(conf->name));
		json_member(&w, "url", STR("/login/oidc"));
		json_close(&w, '}');
	}
	json_close(&w, '}');
	return true;
}
