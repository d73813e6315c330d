#include "oauth/keeper.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "oauth/keeper_private.h"
#include "oauth/options.h"
#include "oauth/vault.h"

enum { MAX_FORM = 64 << 10, MAX_PLAIN = 128 << 10, LEAD_DAYS = 3 };

#define DAY_US (INT64_C(86400) * US_PER_S)

struct keeper *keeper_create(const char *name, struct vault *vault, post_fn *post)
{
	struct keeper *k = xnew(struct keeper);

	k->name = xstrdup(name);
	k->vault = vault_ref(vault);
	k->post = post;
	pthread_mutex_init(&k->flight, NULL);
	pthread_mutex_init(&k->lock, NULL);
	return k;
}

void keeper_free_token(char *token)
{
	if (token != NULL)
		explicit_bzero(token, strlen(token));
	free(token);
}

void keeper_destroy(struct keeper *k)
{
	if (k == NULL)
		return;
	token_finish(&k->token);
	free(k->login.state);
	keeper_free_token(k->login.verifier);
	keeper_free_token(k->login.device_code);
	free(k->login.redirect_uri);
	vault_unref(k->vault);
	pthread_mutex_destroy(&k->flight);
	pthread_mutex_destroy(&k->lock);
	free(k->name);
	free(k);
}

/* ---- what others see ---- */

void keeper_publish(struct keeper *k)
{
	pthread_mutex_lock(&k->lock);
	k->facts.is_known = k->is_loaded;
	k->facts.needs_login = k->needs_login;
	k->facts.fetched_us = k->token.fetched_us;
	k->facts.access_until_us = k->token.access_until_us;
	k->facts.login_us = k->token.login_us;
	k->facts.login_until_us = k->token.login_until_us;
	pthread_mutex_unlock(&k->lock);
}

void keeper_look(struct keeper *k, struct keeper_facts *facts)
{
	pthread_mutex_lock(&k->lock);
	*facts = k->facts;
	pthread_mutex_unlock(&k->lock);
}

static void count(struct keeper *k, enum oauth_verdict verdict)
{
	bool is_answer = verdict == OAUTH_PENDING || verdict == OAUTH_SLOW_DOWN;

	pthread_mutex_lock(&k->lock);
	if (verdict == OAUTH_GRANTED)
		k->facts.refreshes++;
	else if (!is_answer)
		k->facts.failures[verdict]++;
	pthread_mutex_unlock(&k->lock);
}

void keeper_note_renewal(struct keeper *k, bool was_good)
{
	pthread_mutex_lock(&k->lock);
	if (was_good)
		k->facts.failing_since_us = 0;
	else if (k->facts.failing_since_us == 0)
		k->facts.failing_since_us = clock_wall_us();
	pthread_mutex_unlock(&k->lock);
}

bool keeper_wants_login(const struct keeper *k, struct err *err, const char *why)
{
	return err_setf(err, ERR_LOGIN, "%s: daybook oauth login %s", why, k->name);
}

/* ---- the disk ---- */

bool keeper_save(struct keeper *k, struct err *err)
{
	struct buf plain;

	buf_init(&plain, MAX_PLAIN);
	token_print(&k->token, &plain);
	k->is_unsaved = !vault_put(k->vault, k->name, buf_str(&plain), err);
	post_wipe(&plain);
	return !k->is_unsaved;
}

/* What cannot be opened is no login; what cannot be read at the moment is looked for again. */
static bool load(struct keeper *k, struct err *err)
{
	struct err why = { .kind = ERR_NONE };
	struct buf plain;

	if (k->is_loaded)
		return true;
	buf_init(&plain, MAX_PLAIN);
	if (vault_get(k->vault, k->name, &plain, &why))
		token_parse(buf_str(&plain), &k->token, &why);
	post_wipe(&plain);
	if (why.kind == ERR_MISSING)
		keeper_wants_login(k, &k->lasting, "not logged in yet");
	else if (why.kind == ERR_LOGIN || why.kind == ERR_INPUT || why.kind == ERR_LIMIT)
		keeper_wants_login(k, &k->lasting, why.msg);
	else if (why.kind != ERR_NONE) {
		*err = why;
		return false;
	}
	k->is_loaded = true;
	return true;
}

/* ---- the provider ---- */

static enum oauth_verdict ask(struct keeper *k, const struct oauth_conf *conf, const struct buf *form,
			      struct grant *grant, struct err *err)
{
	char url[OAUTH_URL_SIZE];
	const struct post post = { .url = url, .tls_ca = conf->tls_ca, .form = buf_str(form) };
	struct post_answer answer;
	enum oauth_verdict verdict;
	int64_t wait_s;

	oauth_url_of(conf, OAUTH_TOKEN, url);
	if (!k->post(&post, &answer, err))
		return err->kind == ERR_CONF ? OAUTH_REFUSED : OAUTH_NETWORK;
	verdict = oauth_read_answer(&answer, grant, &wait_s, err);
	post_answer_finish(&answer);
	if (wait_s > 0)
		k->not_before_us = clock_mono_us() + wait_s * US_PER_S;
	return verdict;
}

enum oauth_verdict keeper_ask(struct keeper *k, const struct oauth_conf *conf, struct buf *form, struct grant *grant,
			      struct err *err)
{
	enum oauth_verdict verdict;

	post_field(form, "client_id", str_from(conf->client_id));
	if (conf->client_secret != NULL)
		post_field(form, "client_secret", secret_bytes(conf->client_secret));
	verdict = ask(k, conf, form, grant, err);
	if (verdict != OAUTH_GRANTED)
		err_prefixf(err, "token");
	count(k, verdict);
	return verdict;
}

/* ERR_LOGIN lasts; everything else may be otherwise the next time. */
static bool refresh(struct keeper *k, const struct oauth_conf *conf, struct err *err)
{
	enum oauth_verdict verdict;
	struct grant grant;
	struct buf form;

	if (k->token.refresh == NULL)
		return keeper_wants_login(k, &k->lasting, "login expired, and the provider gave nothing to renew it with");
	buf_init(&form, MAX_FORM);
	post_field(&form, "grant_type", STR("refresh_token"));
	post_field(&form, "refresh_token", str_from(k->token.refresh));
	verdict = keeper_ask(k, conf, &form, &grant, err);
	post_wipe(&form);
	keeper_note_renewal(k, verdict == OAUTH_GRANTED);
	if (verdict == OAUTH_GRANTED) {
		token_take(&k->token, &grant, clock_wall_us());
		return keeper_save(k, err);
	}
	if (err->kind == ERR_LOGIN)
		keeper_wants_login(k, &k->lasting, err->msg + strlen("token: "));
	return false;
}

/* ---- a token for somebody ---- */

static bool is_made_for(const struct token *token, const struct oauth_conf *conf)
{
	char url[OAUTH_URL_SIZE];

	oauth_url_of(conf, OAUTH_TOKEN, url);
	return token->client_id != NULL && strcmp(token->client_id, conf->client_id) == 0 &&
	       token->token_url != NULL && strcmp(token->token_url, url) == 0;
}

static bool may_ask(const struct keeper *k, struct err *err)
{
	int64_t left_us = k->not_before_us - clock_mono_us();

	return left_us <= 0 || err_setf(err, ERR_AGAIN, "token: the provider asked to wait, another %lld s",
					(long long)(left_us / US_PER_S + 1));
}

/* Known ends are told of in time. */
static void look_ahead(const struct keeper *k, int64_t now_us, struct err *trouble)
{
	int64_t left_us = k->token.login_until_us - now_us;

	if (k->token.login_until_us == 0 || left_us > LEAD_DAYS * DAY_US || trouble->kind != ERR_NONE)
		return;
	err_setf(trouble, ERR_AGAIN, "the login ends in %lld h: daybook oauth login %s",
		 (long long)(left_us > 0 ? left_us / (3600 * US_PER_S) : 0), k->name);
}

static bool renew(struct keeper *k, const struct oauth_conf *conf, bool was_refused, struct err *trouble,
		  struct err *err)
{
	int64_t now_us = clock_wall_us(), until_us = k->token.access ? k->token.access_until_us : 0;

	if (k->token.fetched_us > now_us)	/* the clock went back: what it says of the end is worth nothing */
		until_us = 0;
	if (!was_refused && now_us < until_us - token_margin_us(&k->token))
		return true;
	if (may_ask(k, err) && refresh(k, conf, err))
		return true;
	if (k->lasting.kind != ERR_NONE) {
		*err = k->lasting;
		return false;
	}
	if (was_refused || now_us >= until_us || k->is_unsaved)
		return false;
	*trouble = *err;		/* the old one is good for some more minutes */
	return true;
}

static bool find(struct keeper *k, const struct oauth_conf *conf, bool was_refused, struct err *trouble,
		 struct err *err)
{
	if (!load(k, err))
		return false;
	if (k->lasting.kind != ERR_NONE) {
		*err = k->lasting;
		return false;
	}
	if (!is_made_for(&k->token, conf))
		return keeper_wants_login(k, err, "the login was made for another client_id or provider");
	if (k->is_unsaved && !keeper_save(k, err))
		return false;
	if (!renew(k, conf, was_refused, trouble, err))
		return false;
	look_ahead(k, clock_wall_us(), trouble);
	return true;
}

bool keeper_token(struct keeper *k, const struct oauth_conf *conf, bool was_refused, char **token, struct err *trouble,
		  struct err *err)
{
	bool is_found;

	*trouble = (struct err){ .kind = ERR_NONE };
	pthread_mutex_lock(&k->flight);
	is_found = find(k, conf, was_refused, trouble, err);
	if (is_found)
		*token = xstrdup(k->token.access);
	k->needs_login = !is_found && err->kind == ERR_LOGIN;
	keeper_publish(k);
	pthread_mutex_unlock(&k->flight);
	return is_found;
}

void keeper_wake(struct keeper *k, const struct oauth_conf *conf)
{
	struct err ignored;

	pthread_mutex_lock(&k->flight);
	if (load(k, &ignored)) {
		k->needs_login = k->lasting.kind != ERR_NONE || !is_made_for(&k->token, conf);
		keeper_publish(k);
	}
	pthread_mutex_unlock(&k->flight);
}
