#include "oauth/oidc.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/mem.h"
#include "oauth/answer.h"

enum { MAX_DEPTH = 10, MAX_NODES = 5000, MAX_FORM = 32 << 10, CODE_MAX = 4 << 10 };

#define GOOD_FOR_US (24 * 3600 * US_PER_S)
#define KEYS_EVERY_US (60 * US_PER_S)		/* however many tokens name keys that are not there */
#define PAUSE_US (5 * US_PER_S)			/* after a failure */

struct published {
	char *authorize_url, *token_url, *keys_url;
	bool tells_issuer;		/* RFC 9207 */
	bool takes_secret_in_form;
	char *keys;
	int64_t found_us, keys_us;	/* monotonic */
	int64_t looked_us;		/* for a key that was not there; 0: never */
};

struct failure {
	int64_t at_us;			/* monotonic; 0: there was none */
	struct err why;
};

struct oidc {
	post_fn *post;
	atomic_bool is_stopping;
	pthread_mutex_t lock;		/* held during a request for what is published: that is the single flight */
	char *issuer;			/* whose all of this is; NULL: nobody's yet */
	struct published known;
	struct failure of_published, of_tokens;
};

static void forget(struct published *p)
{
	free(p->authorize_url);
	free(p->token_url);
	free(p->keys_url);
	free(p->keys);
	*p = (struct published){ .keys = NULL };
}

struct oidc *oidc_create(post_fn *post)
{
	struct oidc *o = xnew(struct oidc);

	o->post = post;
	pthread_mutex_init(&o->lock, NULL);
	return o;
}

void oidc_destroy(struct oidc *o)
{
	if (o == NULL)
		return;
	forget(&o->known);
	free(o->issuer);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

void oidc_stop(struct oidc *o)
{
	atomic_store(&o->is_stopping, true);
}

static bool is_stopping(void *arg)
{
	return atomic_load(&((struct oidc *)arg)->is_stopping);
}

/* ---- failures, which are not asked for again at once; with the lock ---- */

static bool has_failed(const struct failure *f, struct err *err)
{
	if (f->at_us == 0 || clock_mono_us() - f->at_us >= PAUSE_US)
		return false;
	*err = f->why;
	return true;
}

static void note(struct failure *f, const struct err *why)
{
	if (why->kind != ERR_CANCELED)
		*f = (struct failure){ .at_us = clock_mono_us(), .why = *why };
}

/* A reload may have brought another: what is known of this one says nothing of that. */
static void turn_to(struct oidc *o, const char *issuer)
{
	if (o->issuer != NULL && strcmp(o->issuer, issuer) == 0)
		return;
	free(o->issuer);
	o->issuer = xstrdup(issuer);
	forget(&o->known);
	o->of_published = o->of_tokens = (struct failure){ .at_us = 0 };
}

/* ---- what the provider publishes; with the lock ---- */

static char *get(struct oidc *o, const struct oidc_conf *conf, const char *url, struct err *err)
{
	const struct post post = { .url = url, .tls_ca = conf->tls_ca, .is_canceled = is_stopping, .arg = o };
	struct post_answer answer;
	char *text = NULL;

	if (!o->post(&post, &answer, err))
		return NULL;
	if (answer.status == 200 && !buf_is_exceeded(&answer.body))
		text = xstrndup(answer.body.len ? answer.body.ptr : "", answer.body.len);
	else
		err_setf(err, answer.status >= 400 && answer.status < 500 && answer.status != 429 ? ERR_CONF : ERR_AGAIN,
			 "%s answered HTTP %lld", url, (long long)answer.status);
	post_answer_finish(&answer);
	return text;
}

static char *url_of(struct json_object *said, const char *name)
{
	struct str url = json_str(said, name);

	/* It becomes a header, with a query behind it. */
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.ptr[i] <= ' ' || (unsigned char)url.ptr[i] >= 0x7f || url.ptr[i] == '#')
			return NULL;
	return str_istarts(url, STR("https://")) && url.len < 2048 ? xstrndup(url.ptr, url.len) : NULL;
}

static bool takes_in_form(struct json_object *said)
{
	struct json_object *ways = json_get(said, "token_endpoint_auth_methods_supported");

	for (size_t i = 0; i < json_count(ways); i++)
		if (str_eq(json_text(json_at(ways, i)), STR("client_secret_post")))
			return true;
	return false;		/* client_secret_basic is what is meant when nothing is said */
}

static bool read_published(struct str text, const char *issuer, struct published *p, struct err *err)
{
	auto_json struct json_object *said = json_parse(text, MAX_DEPTH, MAX_NODES, err);

	*p = (struct published){ .keys = NULL };
	if (said == NULL || !json_is_clear(text, said))
		return err_setf(err, ERR_CONF, "what %s publishes of itself is no JSON object", issuer);
	if (!str_eq(json_str(said, "issuer"), str_from(issuer)))
		return err_setf(err, ERR_CONF, "what is published there is of the issuer \"" STR_FMT "\": write http.oidc.issuer exactly so, or ask who "
				"runs it", STR_ARG(str_sub(json_str(said, "issuer"), 0, 200)));
	*p = (struct published){
		.authorize_url = url_of(said, "authorization_endpoint"), .token_url = url_of(said, "token_endpoint"),
		.keys_url = url_of(said, "jwks_uri"), .takes_secret_in_form = takes_in_form(said), .found_us = clock_mono_us(),
		.tells_issuer = json_true(json_get(said, "authorization_response_iss_parameter_supported")),
	};
	if (p->authorize_url != NULL && p->token_url != NULL && p->keys_url != NULL)
		return true;
	forget(p);
	return err_setf(err, ERR_CONF, "what %s publishes of itself lacks authorization_endpoint, token_endpoint or jwks_uri, with https", issuer);
}

static bool fetch_keys(struct oidc *o, const struct oidc_conf *conf, struct published *p, struct err *err)
{
	char *keys = get(o, conf, p->keys_url, err);

	if (keys == NULL)
		return false;
	free(p->keys);
	p->keys = keys;
	p->keys_us = clock_mono_us();
	return true;
}

static bool fetch_all(struct oidc *o, const struct oidc_conf *conf, struct err *err)
{
	struct str issuer = str_from(conf->issuer);
	auto_free char *url = xasprintf(STR_FMT "/.well-known/openid-configuration",
					STR_ARG(str_sub(issuer, 0, issuer.len - str_ends(issuer, STR("/")))));
	auto_free char *text = get(o, conf, url, err);
	struct published next;

	if (text == NULL || !read_published(str_from(text), conf->issuer, &next, err))
		return false;
	if (!fetch_keys(o, conf, &next, err)) {
		forget(&next);
		return false;
	}
	forget(&o->known);
	o->known = next;
	return true;
}

static bool is_fresh(int64_t found_us)
{
	return clock_mono_us() - found_us < GOOD_FOR_US;
}

/* What was good yesterday is, while the provider cannot be asked. */
static bool know(struct oidc *o, const struct oidc_conf *conf, struct err *err)
{
	turn_to(o, conf->issuer);
	if (o->known.keys != NULL && is_fresh(o->known.found_us))
		return true;
	if (!has_failed(&o->of_published, err)) {
		if (fetch_all(o, conf, err))
			return true;
		note(&o->of_published, err);
	}
	return o->known.keys != NULL;
}

static bool renew_keys(struct oidc *o, const struct oidc_conf *conf, struct err *err)
{
	if (has_failed(&o->of_published, err))
		return false;
	if (fetch_keys(o, conf, &o->known, err))
		return true;
	note(&o->of_published, err);
	return false;
}

/* ---- there ---- */

static void put_challenge(struct buf *query, struct str verifier)
{
	unsigned char digest[SHA256_SIZE];
	struct buf text;

	crypto_sha256(verifier, digest);
	buf_init(&text, 2 * SHA256_SIZE);
	base64url_put(&text, (struct str){ (const char *)digest, sizeof(digest) });
	post_field(query, "code_challenge", buf_str(&text));
	post_field(query, "code_challenge_method", STR("S256"));
	buf_finish(&text);
}

static bool put_url(const struct oidc_conf *conf, const struct oidc_login *login, struct str authorize_url, struct buf *url, struct err *err)
{
	struct buf query;

	buf_init(&query, MAX_FORM);
	post_field(&query, "response_type", STR("code"));
	post_field(&query, "client_id", str_from(conf->client_id));
	post_field(&query, "redirect_uri", login->redirect_uri);
	post_field(&query, "scope", conf->scope);
	post_field(&query, "state", login->state);
	post_field(&query, "nonce", login->nonce);
	put_challenge(&query, login->verifier);
	buf_add(url, authorize_url);
	buf_addc(url, str_chr(authorize_url, '?') == STR_NONE ? '?' : '&');
	buf_add(url, buf_str(&query));
	buf_finish(&query);
	return !buf_is_exceeded(url) || err_setf(err, ERR_CONF, "the address to send browsers to is too long: look at client_id and scopes of http.oidc");
}

bool oidc_begin(struct oidc *o, const struct oidc_conf *conf, const struct oidc_login *login, struct buf *url, struct err *err)
{
	bool ok;

	pthread_mutex_lock(&o->lock);
	ok = know(o, conf, err) && put_url(conf, login, str_from(o->known.authorize_url), url, err);
	pthread_mutex_unlock(&o->lock);
	return ok;
}

/* ---- and back ---- */

/* RFC 6749 §2.3.1: both encoded first. */
static char *basic(const struct oidc_conf *conf)
{
	struct buf id, secret, both, text;
	char *line;

	buf_init(&id, MAX_FORM);
	buf_init(&secret, MAX_FORM);
	buf_init(&both, MAX_FORM);
	buf_init(&text, 2 * MAX_FORM);
	post_field(&id, "", str_from(conf->client_id));
	post_field(&secret, "", conf->client_secret);
	buf_add(&both, str_sub(buf_str(&id), 1, STR_NONE));
	buf_addc(&both, ':');
	buf_add(&both, str_sub(buf_str(&secret), 1, STR_NONE));
	base64_put(&text, buf_str(&both));
	line = xasprintf("Basic " STR_FMT, STR_ARG(buf_str(&text)));
	buf_finish(&id);
	post_wipe(&secret);
	post_wipe(&both);
	post_wipe(&text);
	return line;
}

struct exchange {
	char *token_url;
	bool takes_secret_in_form;
	bool is_silent;			/* nothing was answered */
	char *access, *id_token;	/* malloced */
};

static void wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

static void exchange_finish(struct exchange *x)
{
	free(x->token_url);
	wipe(x->access);
	wipe(x->id_token);
}

/* invalid_request: some say so of a code that is none. The code is the only part of the request that a stranger chooses. */
static bool is_of_the_code(enum oauth_verdict verdict, struct json_object *said)
{
	return verdict == OAUTH_REVOKED || (verdict == OAUTH_REFUSED && str_eq(json_str(said, "error"), STR("invalid_request")));
}

static bool read_tokens(const struct post_answer *answer, struct exchange *x, struct err *err)
{
	struct err ignored;
	auto_json struct json_object *said = json_parse(buf_str(&answer->body), MAX_DEPTH, MAX_NODES, &ignored);
	struct grant grant;
	struct str token = json_str(said, "id_token");
	int64_t wait_s;
	enum oauth_verdict verdict = oauth_read_answer(answer, &grant, &wait_s, err);

	if (is_of_the_code(verdict, said))
		return err_setf(err, ERR_LOGIN, "the provider did not take the code: it is too old, was used, or is of somebody else (" STR_FMT ")",
				STR_ARG(str_sub(json_str(said, "error"), 0, 40)));
	if (verdict != OAUTH_GRANTED)
		return false;
	x->access = xstrdup(grant.access);
	x->id_token = xstrndup(token.len > 0 ? token.ptr : "", token.len);
	grant_finish(&grant);
	return token.len > 0 || err_setf(err, ERR_CONF, "the provider sent no ID token; it may not know this client for OpenID Connect");
}

static void put_form(const struct oidc_conf *conf, const struct oidc_login *login, struct str code, bool is_basic, struct buf *form)
{
	post_field(form, "grant_type", STR("authorization_code"));
	post_field(form, "code", code);
	post_field(form, "redirect_uri", login->redirect_uri);
	post_field(form, "code_verifier", login->verifier);
	if (!is_basic)
		post_field(form, "client_id", str_from(conf->client_id));
	if (!is_basic && conf->client_secret.len > 0)
		post_field(form, "client_secret", conf->client_secret);
}

static bool exchange(struct oidc *o, const struct oidc_conf *conf, const struct oidc_login *login, struct str code, struct exchange *x,
		     struct err *err)
{
	bool is_basic = conf->client_secret.len > 0 && !x->takes_secret_in_form;
	char *authorization = is_basic ? basic(conf) : NULL;
	struct post_answer answer;
	struct buf form;
	bool ok;

	buf_init(&form, MAX_FORM);
	put_form(conf, login, code, is_basic, &form);
	ok = !buf_is_exceeded(&form) || err_setf(err, ERR_LOGIN, "the code is too long");
	if (ok) {
		ok = o->post(&(struct post){ .url = x->token_url, .tls_ca = conf->tls_ca, .form = buf_str(&form), .authorization = authorization,
					     .is_canceled = is_stopping, .arg = o }, &answer, err);
		x->is_silent = !ok;
	}
	if (ok) {
		ok = read_tokens(&answer, x, err);
		post_answer_finish(&answer);
	}
	wipe(authorization);
	post_wipe(&form);
	return ok;
}

/* Keys that are a day old may have been taken back; one that is not there may have come since. */
static bool read_with_keys(struct oidc *o, const struct oidc_conf *conf, const struct id_wish *wish, struct str token, struct arena *arena,
			   struct id_claims *claims, struct err *err)
{
	struct published *p = &o->known;
	struct err ignored;

	if (!know(o, conf, err))
		return false;
	if (!is_fresh(p->keys_us))
		renew_keys(o, conf, &ignored);
	if (id_token_read(token, str_from(p->keys), wish, arena, claims, err))
		return true;
	if (err->kind != ERR_MISSING || (p->looked_us != 0 && clock_mono_us() - p->looked_us < KEYS_EVERY_US))
		return false;
	p->looked_us = clock_mono_us();
	return renew_keys(o, conf, err) && id_token_read(token, str_from(p->keys), wish, arena, claims, err);
}

/* RFC 9207 §2.4: whoever tells it always does. */
static bool is_of(const struct oidc *o, struct str issuer, struct err *err)
{
	if (str_eq(issuer, str_from(o->issuer)) || (issuer.len == 0 && !o->known.tells_issuer))
		return true;
	return err_setf(err, ERR_LOGIN, "the answer is of another provider (iss)");
}

/* A code is changed for tokens without the lock: two may at a time. Who does not answer one is not waited for by the next. */
static bool get_tokens(struct oidc *o, const struct oidc_conf *conf, const struct oidc_login *login, struct str code, struct str issuer,
		       struct exchange *x, struct err *err)
{
	bool ok;

	pthread_mutex_lock(&o->lock);
	ok = know(o, conf, err) && is_of(o, issuer, err) && !has_failed(&o->of_tokens, err);
	if (ok) {
		x->token_url = xstrdup(o->known.token_url);
		x->takes_secret_in_form = o->known.takes_secret_in_form;
	}
	pthread_mutex_unlock(&o->lock);
	if (!ok || exchange(o, conf, login, code, x, err))
		return ok;
	if (x->is_silent) {
		pthread_mutex_lock(&o->lock);
		note(&o->of_tokens, err);
		pthread_mutex_unlock(&o->lock);
	}
	return false;
}

bool oidc_finish(struct oidc *o, const struct oidc_conf *conf, const struct oidc_login *login, struct str code, struct str issuer,
		 struct arena *arena, struct id_claims *claims, struct err *err)
{
	struct id_wish wish = { .issuer = str_from(conf->issuer), .client_id = str_from(conf->client_id), .nonce = login->nonce,
				.now_s = clock_wall_us() / US_PER_S };
	struct exchange x = { .token_url = NULL };
	bool ok;

	if (code.len == 0 || code.len > CODE_MAX)
		return err_setf(err, ERR_LOGIN, "the answer has no code%s", code.len == 0 ? "" : " that could be one");
	ok = get_tokens(o, conf, login, code, issuer, &x, err);
	if (ok) {
		wish.access_token = str_from(x.access);
		pthread_mutex_lock(&o->lock);
		ok = read_with_keys(o, conf, &wish, str_from(x.id_token), arena, claims, err);
		pthread_mutex_unlock(&o->lock);
		if (!ok && (err->kind == ERR_INPUT || err->kind == ERR_MISSING))
			err->kind = ERR_LOGIN;
	}
	exchange_finish(&x);
	return ok;
}
