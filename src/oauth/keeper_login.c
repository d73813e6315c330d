/* Logging in, and out. */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/mem.h"
#include "oauth/keeper_private.h"
#include "oauth/options.h"
#include "oauth/vault.h"

enum { MAX_FORM = 64 << 10, RANDOM_BYTES = 32, SLOWER_S = 5, MAX_INTERVAL_S = 60 };

static void replace(char **text, char *by)
{
	keeper_free_token(*text);
	*text = by;
}

static void expect(struct keeper *k, const char *state)
{
	pthread_mutex_lock(&k->lock);
	snprintf(k->expected, sizeof(k->expected), "%s", state);
	pthread_mutex_unlock(&k->lock);
}

static void forget(struct keeper *k)
{
	struct login *login = &k->login;

	expect(k, "");
	replace(&login->state, NULL);
	replace(&login->verifier, NULL);
	replace(&login->redirect_uri, NULL);
	replace(&login->device_code, NULL);
	login->until_us = 0;
}

static char *make_random(void)
{
	unsigned char bytes[RANDOM_BYTES];
	struct buf text;

	crypto_random(bytes, sizeof(bytes));
	buf_init(&text, 2 * RANDOM_BYTES);
	base64url_put(&text, (struct str){ (const char *)bytes, sizeof(bytes) });
	return buf_steal(&text);
}

/* With the name, so that an answer over HTTP finds its connector. */
static char *make_state(const struct keeper *k)
{
	auto_free char *random = make_random();

	return xasprintf("%s.%s", k->name, random);
}

bool keeper_expects(struct keeper *k, struct str state)
{
	bool is_expected;

	pthread_mutex_lock(&k->lock);
	is_expected = state.len > 0 && state.len == strlen(k->expected) &&
		      crypto_equal(state.ptr, k->expected, state.len);
	pthread_mutex_unlock(&k->lock);
	return is_expected;
}

/* ---- what a login brings ---- */

static bool take_grant(struct keeper *k, const struct oauth_conf *conf, struct grant *grant, struct err *err)
{
	char url[OAUTH_URL_SIZE];

	if (grant->refresh == NULL) {
		grant_finish(grant);
		return err_setf(err, ERR_CONF, "the provider gave a token that cannot be renewed; offline access must be "
				"part of the scope");
	}
	token_finish(&k->token);
	token_take(&k->token, grant, clock_wall_us());
	oauth_url_of(conf, OAUTH_TOKEN, url);
	k->token.client_id = xstrdup(conf->client_id);
	k->token.token_url = xstrdup(url);
	k->token.login_us = k->token.fetched_us;
	k->is_loaded = true;
	k->lasting.kind = ERR_NONE;
	k->needs_login = false;
	keeper_note_renewal(k, true);
	k->not_before_us = 0;
	forget(k);
	return keeper_save(k, err);
}

static enum oauth_verdict redeem(struct keeper *k, const struct oauth_conf *conf, struct buf *form, struct err *err)
{
	struct grant grant;
	enum oauth_verdict verdict = keeper_ask(k, conf, form, &grant, err);

	post_wipe(form);
	if (verdict == OAUTH_GRANTED && !take_grant(k, conf, &grant, err))
		verdict = OAUTH_REFUSED;
	keeper_publish(k);
	return verdict;
}

/* ---- a browser ---- */

static void put_challenge(struct buf *url, const char *verifier)
{
	unsigned char digest[SHA256_SIZE];
	struct buf challenge;

	crypto_sha256(str_from(verifier), digest);
	buf_init(&challenge, 2 * SHA256_SIZE);
	base64url_put(&challenge, (struct str){ (const char *)digest, sizeof(digest) });
	post_field(url, "code_challenge", buf_str(&challenge));
	post_field(url, "code_challenge_method", STR("S256"));
	buf_finish(&challenge);
}

static void put_url(const struct login *login, const struct oauth_conf *conf, const char *place, struct buf *url)
{
	struct buf query;

	buf_init(&query, MAX_FORM);
	post_field(&query, "response_type", STR("code"));
	post_field(&query, "client_id", str_from(conf->client_id));
	post_field(&query, "redirect_uri", str_from(login->redirect_uri));
	if (oauth_scope_of(conf)[0] != '\0')
		post_field(&query, "scope", str_from(oauth_scope_of(conf)));
	post_field(&query, "state", str_from(login->state));
	put_challenge(&query, login->verifier);
	buf_addf(url, "%s%c" STR_FMT "%s", place, strchr(place, '?') ? '&' : '?', STR_ARG(buf_str(&query)),
		 oauth_extra_of(conf));
	buf_finish(&query);
}

bool keeper_begin_code(struct keeper *k, const struct oauth_conf *conf, struct str redirect_uri, struct buf *url,
		       struct err *err)
{
	char place[OAUTH_URL_SIZE];

	if (!oauth_url_of(conf, OAUTH_AUTHORIZE, place))
		return err_setf(err, ERR_CONF, "this provider has no authorize_url; it logs in by a code to type "
				"(daybook oauth login --device)");
	pthread_mutex_lock(&k->flight);
	forget(k);
	k->login.state = make_state(k);
	expect(k, k->login.state);
	k->login.verifier = make_random();
	k->login.redirect_uri = xstrndup(redirect_uri.ptr, redirect_uri.len);
	k->login.until_us = clock_mono_us() + KEEPER_LOGIN_S * US_PER_S;
	put_url(&k->login, conf, place, url);
	pthread_mutex_unlock(&k->flight);
	return true;
}

static bool is_expected(const struct keeper *k, struct str state)
{
	return k->login.state != NULL && clock_mono_us() < k->login.until_us && state.len == strlen(k->login.state) &&
	       crypto_equal(state.ptr, k->login.state, state.len);
}

static bool finish_code(struct keeper *k, const struct oauth_conf *conf, struct str code, struct err *err)
{
	struct buf form;

	buf_init(&form, MAX_FORM);
	post_field(&form, "grant_type", STR("authorization_code"));
	post_field(&form, "code", code);
	post_field(&form, "redirect_uri", str_from(k->login.redirect_uri));
	post_field(&form, "code_verifier", str_from(k->login.verifier));
	forget(k);		/* a code is good once, and so is its state */
	if (redeem(k, conf, &form, err) == OAUTH_GRANTED)
		return true;
	if (err->kind == ERR_LOGIN)
		err->kind = ERR_AGAIN;	/* invalid_grant is said of the code here, not of a login */
	return false;
}

bool keeper_finish_code(struct keeper *k, const struct oauth_conf *conf, struct str state, struct str code,
			struct err *err)
{
	bool is_good;

	pthread_mutex_lock(&k->flight);
	is_good = is_expected(k, state) ? finish_code(k, conf, code, err) :
		  err_setf(err, ERR_INPUT, "no login waits for this answer; begin again: daybook oauth login %s", k->name);
	pthread_mutex_unlock(&k->flight);
	return is_good;
}

/* ---- a code to type ---- */

static bool is_printable(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return false;
	return s.len > 0;
}

static bool read_prompt(struct keeper *k, const struct post_answer *answer, struct device_prompt *prompt)
{
	struct err ignored;
	auto_json struct json_object *body = json_parse(buf_str(&answer->body), 4, 100, &ignored);
	struct str user_code = json_str(body, "user_code"), url = json_str(body, "verification_uri");
	struct str device_code = json_str(body, "device_code");

	if (url.len == 0)
		url = json_str(body, "verification_url");	/* Google's name for it */
	if (answer->status != 200 || !is_printable(user_code) || !is_printable(url) || device_code.len == 0)
		return false;
	*prompt = (struct device_prompt){ .expires_s = KEEPER_LOGIN_S, .interval_s = 5 };
	snprintf(prompt->user_code, sizeof(prompt->user_code), STR_FMT, STR_ARG(user_code));
	snprintf(prompt->url, sizeof(prompt->url), STR_FMT, STR_ARG(url));
	json_int(json_get(body, "expires_in"), &prompt->expires_s);
	json_int(json_get(body, "interval"), &prompt->interval_s);
	if (prompt->interval_s < 1 || prompt->interval_s > MAX_INTERVAL_S)
		prompt->interval_s = 5;
	if (prompt->expires_s < 1 || prompt->expires_s > 86400)
		prompt->expires_s = KEEPER_LOGIN_S;
	forget(k);
	k->login.device_code = xstrndup(device_code.ptr, device_code.len);
	k->login.interval_s = prompt->interval_s;
	k->login.until_us = clock_mono_us() + prompt->expires_s * US_PER_S;
	return true;
}

static bool begin_device(struct keeper *k, const struct oauth_conf *conf, const char *place,
			 struct device_prompt *prompt, struct err *err)
{
	struct post_answer answer;
	struct grant grant;
	struct post post = { .url = place, .tls_ca = conf->tls_ca };
	struct buf form;
	int64_t wait_s;
	bool is_good;

	buf_init(&form, MAX_FORM);
	post_field(&form, "client_id", str_from(conf->client_id));
	if (oauth_scope_of(conf)[0] != '\0')
		post_field(&form, "scope", str_from(oauth_scope_of(conf)));
	post.form = buf_str(&form);
	is_good = k->post(&post, &answer, err);
	buf_finish(&form);
	if (!is_good)
		return false;
	is_good = read_prompt(k, &answer, prompt);
	/* An answer that grants something at once is no answer to this. */
	if (!is_good && oauth_read_answer(&answer, &grant, &wait_s, err) == OAUTH_GRANTED) {
		grant_finish(&grant);
		err_setf(err, ERR_CONF, "device_url does not answer as RFC 8628 has it");
	}
	post_answer_finish(&answer);
	return is_good || err_prefixf(err, "device login");
}

bool keeper_begin_device(struct keeper *k, const struct oauth_conf *conf, struct device_prompt *prompt,
			 struct err *err)
{
	char place[OAUTH_URL_SIZE];
	bool is_good;

	if (!oauth_url_of(conf, OAUTH_DEVICE, place))
		return err_setf(err, ERR_CONF, "this provider has no device_url; it logs in by a browser "
				"(daybook oauth login --browser)");
	pthread_mutex_lock(&k->flight);
	is_good = begin_device(k, conf, place, prompt, err);
	pthread_mutex_unlock(&k->flight);
	return is_good;
}

static bool poll_device(struct keeper *k, const struct oauth_conf *conf, bool *is_pending, struct err *err)
{
	enum oauth_verdict verdict;
	struct buf form;

	buf_init(&form, MAX_FORM);
	post_field(&form, "grant_type", STR("urn:ietf:params:oauth:grant-type:device_code"));
	post_field(&form, "device_code", str_from(k->login.device_code));
	verdict = redeem(k, conf, &form, err);
	if (verdict == OAUTH_SLOW_DOWN && k->login.interval_s < MAX_INTERVAL_S)
		k->login.interval_s += SLOWER_S;
	/* Whoever types the code does not know that the network failed meanwhile. */
	*is_pending = verdict == OAUTH_PENDING || verdict == OAUTH_SLOW_DOWN || verdict == OAUTH_NETWORK ||
		      verdict == OAUTH_THROTTLED;
	if (verdict != OAUTH_GRANTED && !*is_pending)
		forget(k);
	return verdict == OAUTH_GRANTED;
}

bool keeper_poll_device(struct keeper *k, const struct oauth_conf *conf, bool *is_pending, int64_t *interval_s,
			struct err *err)
{
	bool is_good;

	*is_pending = false;
	pthread_mutex_lock(&k->flight);
	if (k->login.device_code != NULL && clock_mono_us() < k->login.until_us)
		is_good = poll_device(k, conf, is_pending, err);
	else
		is_good = err_setf(err, ERR_LOGIN, "nobody entered the code in time; begin again: daybook oauth login %s",
				   k->name);
	*interval_s = k->login.interval_s;
	pthread_mutex_unlock(&k->flight);
	return is_good;
}

/* ---- logging out ---- */

static bool tell(struct keeper *k, const struct oauth_conf *conf, struct err *why)
{
	char place[OAUTH_URL_SIZE];
	struct post post = { .url = place, .tls_ca = conf->tls_ca };
	const char *what = k->token.refresh ? k->token.refresh : k->token.access;
	struct post_answer answer;
	struct buf form;
	bool is_told;

	if (what == NULL || !oauth_url_of(conf, OAUTH_REVOKE, place))
		return err_setf(why, ERR_MISSING, "this provider takes nothing back; end it at the account's own pages");
	buf_init(&form, MAX_FORM);
	post_field(&form, "token", str_from(what));
	post_field(&form, "client_id", str_from(conf->client_id));
	if (conf->client_secret != NULL)
		post_field(&form, "client_secret", secret_bytes(conf->client_secret));
	post.form = buf_str(&form);
	is_told = k->post(&post, &answer, why);
	post_wipe(&form);
	if (!is_told)
		return false;
	is_told = answer.status == 200;
	if (!is_told)
		err_setf(why, ERR_AGAIN, "the provider answered HTTP %lld", (long long)answer.status);
	post_answer_finish(&answer);
	return is_told;
}

bool keeper_revoke(struct keeper *k, const struct oauth_conf *conf, bool *was_told, struct err *why, struct err *err)
{
	bool is_removed;

	keeper_wake(k, conf);
	pthread_mutex_lock(&k->flight);
	*why = (struct err){ .kind = ERR_NONE };
	*was_told = tell(k, conf, why);
	is_removed = vault_remove(k->vault, k->name, err);
	if (is_removed) {
		token_finish(&k->token);
		k->is_loaded = true;
		k->is_unsaved = false;
		keeper_wants_login(k, &k->lasting, "not logged in");
		k->needs_login = true;
	}
	keeper_publish(k);
	pthread_mutex_unlock(&k->flight);
	return is_removed;
}
