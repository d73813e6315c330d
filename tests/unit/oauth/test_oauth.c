/* Logins by token: answers of providers, the file, and who asks when. The provider is a table of answers. */
#include <daybook/err.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../check_main.h"
#include "base/clock.h"
#include "base/mem.h"
#include "conf/secret.h"
#include "conf/table.h"
#include "oauth/keepers.h"
#include "oauth/options.h"
#include "oauth/token.h"
#include "oauth/vault.h"

static struct err err;

/* ---- answers ---- */

static enum oauth_verdict read_answer(int64_t status, int64_t retry_after_s, const char *body, struct grant *grant,
				      int64_t *wait_s)
{
	struct post_answer answer = { .status = status, .retry_after_s = retry_after_s };
	enum oauth_verdict verdict;

	buf_init(&answer.body, POST_MAX_ANSWER);
	buf_add(&answer.body, str_from(body));
	verdict = oauth_read_answer(&answer, grant, wait_s, &err);
	post_answer_finish(&answer);
	return verdict;
}

START_TEST(every_answer_falls_into_one_class)
{
	static const struct {
		int64_t status, retry_after_s;
		const char *body;
		enum oauth_verdict verdict;
		enum err_kind kind;
		int64_t wait_s;
		const char *text;
	} cases[] = {
		{ 400, 0, "{\"error\":\"invalid_grant\"}", OAUTH_REVOKED, ERR_LOGIN, 0,
		  "login expired or revoked (invalid_grant)" },
		{ 400, 0, "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS50173: The provided grant of "
			  "ana@example.com has expired\"}", OAUTH_REVOKED, ERR_LOGIN, 0,
		  "login expired or revoked (invalid_grant AADSTS50173)" },
		{ 400, 0, "{\"error\":\"interaction_required\"}", OAUTH_REVOKED, ERR_LOGIN, 0,
		  "login expired or revoked (interaction_required)" },
		{ 401, 0, "{\"error\":\"invalid_client\"}", OAUTH_REFUSED, ERR_CONF, 0,
		  "the provider refused (invalid_client): look at client_id, client_secret, tenant and scope of oauth" },
		{ 429, 0, "", OAUTH_THROTTLED, ERR_AGAIN, 60, "the provider asks to wait 60 s before the next token" },
		{ 429, 300, "{\"error\":\"too_many_requests\"}", OAUTH_THROTTLED, ERR_AGAIN, 300,
		  "the provider asks to wait 300 s before the next token" },
		{ 503, 999999999, "", OAUTH_THROTTLED, ERR_AGAIN, 21600,
		  "the provider asks to wait 21600 s before the next token" },
		{ 503, 0, "busy", OAUTH_NETWORK, ERR_AGAIN, 0,
		  "the token endpoint answered HTTP 503 and nothing of OAuth" },
		/* Whoever is in between says nothing of the login. */
		{ 403, 0, "<html>proxy</html>", OAUTH_NETWORK, ERR_AGAIN, 0,
		  "the token endpoint answered HTTP 403 and nothing of OAuth" },
		{ 200, 0, "<html>welcome to the hotel</html>", OAUTH_NETWORK, ERR_AGAIN, 0,
		  "the token endpoint answered HTTP 200 and nothing of OAuth" },
		{ 500, 0, "{\"error\":\"server_error\"}", OAUTH_NETWORK, ERR_AGAIN, 0,
		  "the token endpoint answered HTTP 500: server_error" },
		{ 200, 0, "{\"access_token\":\"a\\r\\nb\"}", OAUTH_NETWORK, ERR_AGAIN, 0,
		  "the token endpoint answered HTTP 200 and nothing of OAuth" },
		{ 400, 0, "{\"error\":\"authorization_pending\"}", OAUTH_PENDING, ERR_AGAIN, 0,
		  "the code was not entered yet" },
		{ 400, 0, "{\"error\":\"slow_down\"}", OAUTH_SLOW_DOWN, ERR_AGAIN, 0, "the code was not entered yet" },
		{ 400, 0, "{\"error\":\"expired_token\"}", OAUTH_GIVEN_UP, ERR_LOGIN, 0,
		  "nobody logged in (expired_token)" },
	};
	struct grant grant;
	int64_t wait_s;

	for (size_t i = 0; i < countof(cases); i++) {
		ck_assert_int_eq(read_answer(cases[i].status, cases[i].retry_after_s, cases[i].body, &grant, &wait_s),
				 cases[i].verdict);
		ck_assert_int_eq(err.kind, cases[i].kind);
		ck_assert_str_eq(err.msg, cases[i].text);
		ck_assert_int_eq(wait_s, cases[i].wait_s);
		ck_assert_ptr_null(grant.access);
	}
}
END_TEST

START_TEST(a_grant_leaves_the_refresh_token_when_it_brings_none)
{
	struct token token = { .refresh = xstrdup("old") };
	struct grant grant;
	int64_t wait_s;

	ck_assert_int_eq(read_answer(200, 0, "{\"access_token\":\"a1\",\"expires_in\":\"3599\"}", &grant, &wait_s),
			 OAUTH_GRANTED);
	token_take(&token, &grant, 1000);
	ck_assert_str_eq(token.access, "a1");
	ck_assert_str_eq(token.refresh, "old");
	ck_assert_int_eq(token.access_until_us, 1000 + 3599 * US_PER_S);
	ck_assert_int_eq(token.login_until_us, 0);
	ck_assert_int_eq(token_margin_us(&token) / US_PER_S, 359);
	ck_assert_int_eq(read_answer(200, 0, "{\"access_token\":\"a2\",\"refresh_token\":\"new\",\"expires_in\":10,"
				     "\"refresh_token_expires_in\":604799}", &grant, &wait_s), OAUTH_GRANTED);
	token_take(&token, &grant, 0);
	ck_assert_str_eq(token.refresh, "new");
	ck_assert_int_eq(token.login_until_us, 604799 * US_PER_S);
	ck_assert_int_eq(token_margin_us(&token), 30 * US_PER_S);
	token_finish(&token);
}
END_TEST

/* ---- options ---- */

START_TEST(providers_are_known_by_name)
{
	struct oauth_conf google = { .provider = OAUTH_GOOGLE, .client_id = "c" };
	struct oauth_conf microsoft = { .provider = OAUTH_MICROSOFT, .client_id = "c", .tenant = "contoso.example" };
	struct oauth_conf other = { .client_id = "c" };
	char url[OAUTH_URL_SIZE];

	ck_assert(conf_check_rows(oauth_keys, &err));
	ck_assert(oauth_check(&google, &err) && oauth_url_of(&google, OAUTH_TOKEN, url));
	ck_assert_str_eq(url, "https://oauth2.googleapis.com/token");
	ck_assert(!oauth_url_of(&google, OAUTH_DEVICE, url));
	ck_assert_str_eq(oauth_scope_of(&google), "https://mail.google.com/");
	ck_assert(oauth_check(&microsoft, &err) && oauth_url_of(&microsoft, OAUTH_DEVICE, url));
	ck_assert_str_eq(url, "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/devicecode");
	ck_assert(!oauth_url_of(&microsoft, OAUTH_REVOKE, url));
	microsoft.tenant = "../evil";
	ck_assert(!oauth_check(&microsoft, &err));
	ck_assert_str_eq(err.msg, "oauth: tenant: \"../evil\" is neither an id nor a domain");
	ck_assert(!oauth_check(&other, &err));
	ck_assert_str_eq(err.msg, "oauth: token_url is missing (provider: google and microsoft know theirs)");
	other.token_url = "http://login.example/token";
	ck_assert(!oauth_check(&other, &err));
	ck_assert_str_eq(err.msg, "oauth: token_url: \"http://login.example/token\" is no https:// URL; tokens go nowhere else");
	other.token_url = "https://login.example/token";
	ck_assert(!oauth_check(&other, &err));
	ck_assert_str_eq(err.msg, "oauth: one of authorize_url and device_url is needed to log in");
	other.client_id = NULL;
	ck_assert(!oauth_check(&other, &err));
	ck_assert_str_eq(err.msg, "oauth: client_id is missing (register a client with the provider)");
}
END_TEST

/* ---- the file ---- */

static char folder[64];

static struct vault *open_vault(const char *key)
{
	struct secret *secret = key ? secret_create(str_from(key)) : NULL;
	struct vault *vault;

	if (folder[0] == '\0') {
		snprintf(folder, sizeof(folder), "/tmp/daybook-oauth-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(folder));
	}
	vault = vault_create(folder, secret);
	secret_destroy(secret);
	return vault;
}

static void remove_folder(void)
{
	auto_free char *command = xasprintf("rm -rf %s", folder);

	ck_assert_int_eq(system(command), 0);
	folder[0] = '\0';
}

static bool get_is(struct vault *vault, const char *name, const char *want)
{
	struct buf plain;
	bool is_good;

	buf_init(&plain, 1000);
	is_good = vault_get(vault, name, &plain, &err) && str_eq(buf_str(&plain), str_from(want));
	buf_finish(&plain);
	return is_good;
}

START_TEST(what_is_kept_comes_back_under_its_own_name_and_key_alone)
{
	struct vault *ours = open_vault(NULL), *again = open_vault(NULL), *theirs = open_vault("another one");
	auto_free char *a = xasprintf("%s/oauth/a.token", folder), *b = xasprintf("%s/oauth/b.token", folder);
	struct stat st;

	ck_assert(!get_is(ours, "a", "x") && err.kind == ERR_MISSING);
	ck_assert(vault_put(ours, "a", STR("hello"), &err));
	ck_assert(vault_put(ours, "a", STR("hello again"), &err));
	ck_assert(get_is(again, "a", "hello again"));
	ck_assert(stat(a, &st) == 0 && (st.st_mode & 0777) == 0600);
	ck_assert(!get_is(theirs, "a", "hello again") && err.kind == ERR_LOGIN);
	ck_assert_ptr_nonnull(strstr(err.msg, "was encrypted with another key than storage.key, or is damaged"));
	ck_assert_int_eq(rename(a, b), 0);	/* the login of one connector put before another */
	ck_assert(!get_is(ours, "b", "hello again") && err.kind == ERR_LOGIN);
	ck_assert(vault_remove(ours, "b", &err) && vault_remove(ours, "b", &err));
	vault_unref(ours);
	vault_unref(again);
	vault_unref(theirs);
	remove_folder();
}
END_TEST

START_TEST(a_damaged_file_is_no_login)
{
	struct vault *vault = open_vault(NULL);
	auto_free char *path = xasprintf("%s/oauth/a.token", folder);
	struct stat st;

	ck_assert(vault_put(vault, "a", STR("hello"), &err));
	ck_assert_int_eq(stat(path, &st), 0);
	for (off_t len = st.st_size - 1; len >= 0; len--) {
		ck_assert_int_eq(truncate(path, len), 0);
		ck_assert(!get_is(vault, "a", "hello") && err.kind == ERR_LOGIN);
	}
	vault_unref(vault);
	remove_folder();
}
END_TEST

/* ---- the keeper ---- */

static struct {
	int64_t status, retry_after_s;
	const char *body;
	enum err_kind failure;
	int n_asked, n_inside, max_inside;
	useconds_t delay_us;
	char last[4096];
} provider;

static bool fake_post(const struct post *post, struct post_answer *answer, struct err *e)
{
	int inside = __atomic_add_fetch(&provider.n_inside, 1, __ATOMIC_SEQ_CST);

	if (inside > provider.max_inside)
		provider.max_inside = inside;
	provider.n_asked++;
	snprintf(provider.last, sizeof(provider.last), STR_FMT, STR_ARG(post->form));
	usleep(provider.delay_us);
	__atomic_sub_fetch(&provider.n_inside, 1, __ATOMIC_SEQ_CST);
	if (provider.failure != ERR_NONE)
		return err_setf(e, provider.failure, "no route to host");
	*answer = (struct post_answer){ .status = provider.status, .retry_after_s = provider.retry_after_s };
	buf_init(&answer->body, POST_MAX_ANSWER);
	buf_add(&answer->body, str_from(provider.body));
	return true;
}

static const struct oauth_conf conf = {
	.client_id = "c", .token_url = "https://login.example/token", .authorize_url = "https://login.example/auth",
};

static struct keeper *open_keeper(void)
{
	struct vault *vault = open_vault(NULL);
	struct keeper *k = keeper_create("sales", vault, fake_post);

	vault_unref(vault);
	return k;
}

static void answers(int64_t status, const char *body)
{
	provider.status = status;
	provider.body = body;
	provider.failure = ERR_NONE;
}

#define GRANT(life_) "{\"access_token\":\"at\",\"refresh_token\":\"rt\",\"expires_in\":" #life_ "}"

static void log_in(struct keeper *k)
{
	struct buf url;
	struct str state;
	size_t at;

	buf_init(&url, 4096);
	ck_assert(keeper_begin_code(k, &conf, STR("http://127.0.0.1:1/"), &url, &err));
	at = str_find(buf_str(&url), STR("&state="));
	state = str_sub(buf_str(&url), at + 7, strlen("sales.") + 43);
	ck_assert(str_starts(state, STR("sales.")) && keeper_expects(k, state));
	ck_assert(!keeper_expects(k, STR("")) && !keeper_expects(k, STR("sales.")));
	ck_assert_msg(keeper_finish_code(k, &conf, state, STR("a code"), &err), "%s", err.msg);
	ck_assert_ptr_nonnull(strstr(provider.last, "grant_type=authorization_code&code=a%20code&"));
	ck_assert(!keeper_expects(k, state));
	ck_assert(!keeper_finish_code(k, &conf, state, STR("a code"), &err));	/* once */
	ck_assert_int_eq(err.kind, ERR_INPUT);
	buf_finish(&url);
}

static bool get(struct keeper *k, bool was_refused, struct err *trouble)
{
	char *token = NULL;
	bool is_got = keeper_token(k, &conf, was_refused, &token, trouble, &err);

	keeper_free_token(token);
	return is_got;
}

START_TEST(a_good_token_is_not_renewed_and_a_refused_one_is)
{
	struct keeper *k = open_keeper();
	struct err trouble;

	ck_assert(!get(k, false, &trouble));
	ck_assert_int_eq(err.kind, ERR_LOGIN);
	ck_assert_str_eq(err.msg, "not logged in yet: daybook oauth login sales");
	ck_assert_int_eq(provider.n_asked, 0);
	answers(200, GRANT(3600));
	log_in(k);
	ck_assert(get(k, false, &trouble) && get(k, false, &trouble));
	ck_assert_int_eq(provider.n_asked, 1);
	ck_assert(get(k, true, &trouble));
	ck_assert_int_eq(provider.n_asked, 2);
	ck_assert_str_eq(provider.last, "grant_type=refresh_token&refresh_token=rt&client_id=c");
	keeper_destroy(k);
	remove_folder();
}
END_TEST

/* A reload drops a connector while its token is being renewed, the next one brings it back: the new one waits for
 * the old one's request instead of making its own. */
static void *get_one(void *arg)
{
	struct err trouble, why;
	char *token = NULL;

	ck_assert(keeper_token(arg, &conf, true, &token, &trouble, &why));
	keeper_free_token(token);
	return NULL;
}

START_TEST(two_holders_of_one_name_share_its_keeper)
{
	struct vault *vault = open_vault(NULL);
	struct keepers *all = keepers_create(vault, fake_post);
	struct keeper *dropped = keepers_take(all, "sales"), *back, *other = keepers_take(all, "other");
	struct err trouble;
	pthread_t thread;

	vault_unref(vault);
	answers(200, GRANT(3600));
	log_in(dropped);
	provider.delay_us = 50000;
	provider.max_inside = 0;
	ck_assert_int_eq(pthread_create(&thread, NULL, get_one, dropped), 0);
	back = keepers_take(all, "sales");
	ck_assert_ptr_eq(back, dropped);
	ck_assert_ptr_ne(back, other);
	ck_assert(get(back, true, &trouble));
	pthread_join(thread, NULL);
	ck_assert_int_eq(provider.max_inside, 1);
	keepers_release(all, dropped);
	provider.delay_us = 0;
	ck_assert(get(back, false, &trouble));
	keepers_release(all, back);
	back = keepers_take(all, "sales");	/* from the disk */
	ck_assert(get(back, false, &trouble));
	keepers_release(all, back);
	keepers_release(all, other);
	keepers_release(all, NULL);
	keepers_destroy(all);
	remove_folder();
}
END_TEST

START_TEST(a_token_that_is_still_good_outlives_a_failure_and_says_so)
{
	struct keeper *k = open_keeper();
	struct keeper_facts facts;
	struct err trouble;

	answers(200, GRANT(20));	/* always due */
	log_in(k);
	provider.failure = ERR_AGAIN;
	ck_assert(get(k, false, &trouble));
	ck_assert_str_eq(trouble.msg, "token: no route to host");
	keeper_look(k, &facts);
	ck_assert(facts.failing_since_us > 0 && facts.failures[OAUTH_NETWORK] == 1 && !facts.needs_login);
	ck_assert(!get(k, true, &trouble) && err.kind == ERR_AGAIN);
	answers(200, GRANT(20));
	ck_assert(get(k, false, &trouble) && trouble.kind == ERR_NONE);
	keeper_look(k, &facts);
	ck_assert_int_eq(facts.failing_since_us, 0);
	keeper_destroy(k);
	remove_folder();
}
END_TEST

START_TEST(a_pause_is_kept_and_a_revoked_login_is_not_asked_about)
{
	struct keeper *k = open_keeper();
	struct err trouble;
	int n;

	answers(200, GRANT(20));
	log_in(k);
	answers(429, "{}");
	provider.retry_after_s = 1000;
	ck_assert(get(k, false, &trouble));
	n = provider.n_asked;
	ck_assert(!get(k, true, &trouble));
	ck_assert_str_eq(err.msg, "token: the provider asked to wait, another 1000 s");
	ck_assert_int_eq(provider.n_asked, n);
	answers(200, GRANT(20));
	log_in(k);			/* a person may come sooner */
	answers(400, "{\"error\":\"invalid_grant\"}");
	ck_assert(!get(k, false, &trouble) && err.kind == ERR_LOGIN);
	ck_assert_str_eq(err.msg, "login expired or revoked (invalid_grant): daybook oauth login sales");
	n = provider.n_asked;
	ck_assert(!get(k, false, &trouble) && !get(k, true, &trouble) && err.kind == ERR_LOGIN);
	ck_assert_int_eq(provider.n_asked, n);
	keeper_destroy(k);
	remove_folder();
}
END_TEST

START_TEST(a_token_that_cannot_be_kept_is_not_used_and_not_lost)
{
	struct keeper *k = open_keeper();
	auto_free char *oauth = xasprintf("%s/oauth", folder), *away = xasprintf("%s/away", folder);
	struct err trouble;
	int n;

	answers(200, GRANT(20));
	log_in(k);
	ck_assert_int_eq(rename(oauth, away), 0);
	ck_assert_int_eq(symlink("/nonexistent", oauth), 0);
	answers(200, "{\"access_token\":\"at2\",\"refresh_token\":\"rotated\",\"expires_in\":3600}");
	ck_assert(!get(k, false, &trouble));
	ck_assert_ptr_nonnull(strstr(err.msg, "the login cannot be kept"));
	ck_assert_int_eq(unlink(oauth), 0);
	ck_assert_int_eq(rename(away, oauth), 0);
	n = provider.n_asked;
	ck_assert(get(k, false, &trouble));
	ck_assert_int_eq(provider.n_asked, n);	/* what was granted is kept now, nothing is asked twice */
	keeper_destroy(k);
	k = open_keeper();
	ck_assert(get(k, true, &trouble));
	ck_assert_ptr_nonnull(strstr(provider.last, "refresh_token=rotated"));
	keeper_destroy(k);
	remove_folder();
}
END_TEST

static void *get_on_thread(void *k)
{
	struct err trouble, e;
	char *token = NULL;

	if (keeper_token(k, &conf, false, &token, &trouble, &e))
		keeper_free_token(token);
	return NULL;
}

START_TEST(many_who_want_a_token_make_one_request_at_a_time)
{
	struct keeper *k = open_keeper();
	struct keeper_facts facts;
	pthread_t threads[8];

	answers(200, GRANT(3));
	log_in(k);
	answers(200, GRANT(3600));
	provider.n_asked = 0;
	provider.delay_us = 100000;
	for (size_t i = 0; i < countof(threads); i++)
		pthread_create(&threads[i], NULL, get_on_thread, k);
	keeper_look(k, &facts);			/* does not wait */
	for (size_t i = 0; i < countof(threads); i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(provider.max_inside, 1);
	ck_assert_int_eq(provider.n_asked, 1);
	keeper_destroy(k);
	remove_folder();
}
END_TEST

RUN("oauth", every_answer_falls_into_one_class, a_grant_leaves_the_refresh_token_when_it_brings_none,
    providers_are_known_by_name, what_is_kept_comes_back_under_its_own_name_and_key_alone,
    a_damaged_file_is_no_login, a_good_token_is_not_renewed_and_a_refused_one_is,
    two_holders_of_one_name_share_its_keeper,
    a_token_that_is_still_good_outlives_a_failure_and_says_so,
    a_pause_is_kept_and_a_revoked_login_is_not_asked_about,
    a_token_that_cannot_be_kept_is_not_used_and_not_lost, many_who_want_a_token_make_one_request_at_a_time)
