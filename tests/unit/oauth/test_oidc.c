/* A provider that is silent, changes, or publishes what cannot be used: what is asked of it, and how often. Tokens: test_id_token.c. */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "oauth/oidc.h"

#include "../check_main.h"

#define ISSUER "https://id.example"
#define PUBLISHED(issuer, authorize) "{\"issuer\":\"" issuer "\",\"authorization_endpoint\":\"" authorize "\",\"token_endpoint\":\"" issuer \
	"/token\",\"jwks_uri\":\"" issuer "/keys\"}"

static struct {
	const char *published, *tokens;	/* tokens NULL: no answer */
	int64_t status;
	int n_discovery, n_tokens;
	bool is_down, was_canceled;
	struct str form;
	char url[100];
} provider;

static struct oidc *oidc;
static struct arena *arena;
static struct err err;
static const struct oidc_login login = { .state = STR("s"), .nonce = STR("n"), .verifier = STR("v"), .redirect_uri = STR("https://crm.example/back") };
static struct oidc_conf conf;

static bool say(struct post_answer *answer, int64_t status, const char *text)
{
	*answer = (struct post_answer){ .status = status };
	buf_init(&answer->body, POST_MAX_ANSWER);
	buf_add(&answer->body, str_from(text));
	return true;
}

static bool provide(const struct post *post, struct post_answer *answer, struct err *why)
{
	snprintf(provider.url, sizeof(provider.url), "%s", post->url);
	provider.was_canceled = post->is_canceled != NULL && post->is_canceled(post->arg);
	if (provider.was_canceled)
		return err_setf(why, ERR_CANCELED, "canceled");
	if (str_ends(str_from(post->url), STR("/keys")))
		return say(answer, 200, "{\"keys\":[]}");
	if (!str_ends(str_from(post->url), STR("/token"))) {
		provider.n_discovery++;
		return !provider.is_down ? say(answer, 200, provider.published) : err_setf(why, ERR_AGAIN, "no answer");
	}
	provider.n_tokens++;
	return provider.tokens != NULL ? say(answer, provider.status, provider.tokens) : err_setf(why, ERR_AGAIN, "no answer");
}

static void set_up(void)
{
	memset(&provider, 0, sizeof(provider));
	provider.published = PUBLISHED(ISSUER, ISSUER "/go");
	provider.status = 200;
	conf = (struct oidc_conf){ .issuer = ISSUER, .client_id = "us", .scope = STR("openid") };
	oidc = oidc_create(provide);
	arena = arena_create(1 << 20);
}

static void tear_down(void)
{
	oidc_destroy(oidc);
	arena_destroy(arena);
}

static bool begins(void)
{
	struct buf url;
	bool ok;

	err = (struct err){ .kind = ERR_NONE };
	buf_init(&url, 8 << 10);
	ok = oidc_begin(oidc, &conf, &login, &url, &err);
	buf_finish(&url);
	return ok;
}

static bool finishes(const char *code)
{
	struct id_claims claims;

	err = (struct err){ .kind = ERR_NONE };
	return oidc_finish(oidc, &conf, &login, str_from(code), STR(""), arena, &claims, &err);
}

START_TEST(who_does_not_answer_is_not_waited_for_by_each)
{
	set_up();
	for (int i = 0; i < 3; i++)
		ck_assert(!finishes("c") && err.kind == ERR_AGAIN && strstr(err.msg, "no answer") != NULL);
	ck_assert_int_eq(provider.n_tokens, 1);
	ck_assert(begins() && provider.n_discovery == 1);
	tear_down();

	set_up();
	provider.is_down = true;
	for (int i = 0; i < 3; i++)
		ck_assert(!begins() && !finishes("c") && err.kind == ERR_AGAIN);
	ck_assert(provider.n_discovery == 1 && provider.n_tokens == 0);
	tear_down();
}
END_TEST

START_TEST(another_provider_is_asked_itself)
{
	set_up();
	provider.is_down = true;
	ck_assert(!begins() && !begins());
	conf.issuer = "https://other.example";
	provider.is_down = false;
	provider.published = PUBLISHED("https://other.example", "https://other.example/go");
	ck_assert(begins() && provider.n_discovery == 2);
	ck_assert(!finishes("c") && strcmp(provider.url, "https://other.example/token") == 0);
	conf.issuer = ISSUER;
	ck_assert(!begins() && err.kind == ERR_CONF && strstr(err.msg, "of the issuer \"https://other.example\"") != NULL);
	tear_down();
}
END_TEST

START_TEST(a_code_that_is_none_is_the_strangers_fault)
{
	static const struct {
		const char *said;
		enum err_kind kind;
	} ways[] = {
		{ "{\"error\":\"invalid_grant\"}", ERR_LOGIN }, { "{\"error\":\"invalid_request\"}", ERR_LOGIN },
		{ "{\"error\":\"invalid_client\"}", ERR_CONF }, { "{\"error\":\"unauthorized_client\"}", ERR_CONF }, { "<html>", ERR_AGAIN },
	};

	set_up();
	provider.status = 400;
	for (size_t i = 0; i < countof(ways); i++) {
		provider.tokens = ways[i].said;
		ck_assert_msg(!finishes("c") && err.kind == ways[i].kind, "%s: %s", ways[i].said, err.msg);
	}
	ck_assert_int_eq(provider.n_tokens, (int)countof(ways));
	ck_assert(!finishes("") && err.kind == ERR_LOGIN);
	ck_assert(!finishes(arena_strf(arena, "%05000d", 1).ptr) && err.kind == ERR_LOGIN && provider.n_tokens == (int)countof(ways));
	tear_down();
}
END_TEST

START_TEST(an_address_that_would_break_a_header_is_refused)
{
	static const char *const published[] = {
		PUBLISHED(ISSUER, ISSUER "/go\\r\\nSet-Cookie: a=b"), PUBLISHED(ISSUER, ISSUER "/go#part"), PUBLISHED(ISSUER, ISSUER "/g o"),
		PUBLISHED(ISSUER, "http://id.example/go"), PUBLISHED(ISSUER, "javascript:alert(1)"),
	};

	for (size_t i = 0; i < countof(published); i++) {
		set_up();
		provider.published = published[i];
		ck_assert_msg(!begins() && err.kind == ERR_CONF && strstr(err.msg, "lacks authorization_endpoint") != NULL, "%s", published[i]);
		tear_down();
	}
	set_up();
	conf.client_id = arena_strf(arena, "%09000d", 1).ptr;
	ck_assert(!begins() && err.kind == ERR_CONF && strstr(err.msg, "too long: look at client_id") != NULL);
	tear_down();
}
END_TEST

START_TEST(a_stop_is_not_a_failure)
{
	set_up();
	ck_assert(begins() && !provider.was_canceled);
	oidc_stop(oidc);
	ck_assert(!finishes("c") && provider.was_canceled && err.kind == ERR_CANCELED);
	tear_down();
}
END_TEST

RUN("oidc", who_does_not_answer_is_not_waited_for_by_each, another_provider_is_asked_itself, a_code_that_is_none_is_the_strangers_fault,
    an_address_that_would_break_a_header_is_refused, a_stop_is_not_a_failure)
