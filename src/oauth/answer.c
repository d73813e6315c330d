#include "oauth/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "oauth/post.h"

enum { DEFAULT_ACCESS_S = 3600, MAX_ACCESS_S = 30 * 86400, MAX_CODE = 80 };

const char *oauth_verdict_name(enum oauth_verdict verdict)
{
	static const char *const names[] = {
		"granted", "network", "throttled", "revoked", "refused", "pending", "slow_down", "given_up",
	};

	return names[verdict];
}

static void wipe(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void grant_finish(struct grant *grant)
{
	wipe(&grant->access);
	wipe(&grant->refresh);
}

/* ---- success ---- */

/* It becomes part of an IMAP command: printable ASCII and nothing else. */
static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= ' ' || (unsigned char)s.ptr[i] >= 0x7f)
			return false;
	return s.len > 0 && s.len <= OAUTH_MAX_TOKEN;
}

static bool read_grant(struct json_object *answer, struct grant *grant)
{
	struct str access = json_str(answer, "access_token"), refresh = json_str(answer, "refresh_token");
	int64_t access_s = 0, refresh_s = 0;

	if (!is_token(access) || (refresh.len > 0 && !is_token(refresh)))
		return false;
	if (!json_int(json_get(answer, "expires_in"), &access_s) || access_s <= 0)
		access_s = DEFAULT_ACCESS_S;
	if (!json_int(json_get(answer, "refresh_token_expires_in"), &refresh_s) || refresh_s < 0 ||
	    refresh_s > INT64_C(10) * 366 * 86400)
		refresh_s = 0;
	*grant = (struct grant){
		.access = xstrndup(access.ptr, access.len),
		.refresh = refresh.len > 0 ? xstrndup(refresh.ptr, refresh.len) : NULL,
		.access_s = access_s < MAX_ACCESS_S ? access_s : MAX_ACCESS_S, .refresh_s = refresh_s,
	};
	return true;
}

/* ---- refusals ---- */

static const struct {
	const char *code;
	enum oauth_verdict verdict;
} codes[] = {
	{ "invalid_grant", OAUTH_REVOKED },
	/* Microsoft's ways to say that a person has to come */
	{ "interaction_required", OAUTH_REVOKED }, { "consent_required", OAUTH_REVOKED },
	{ "login_required", OAUTH_REVOKED },
	{ "authorization_pending", OAUTH_PENDING }, { "slow_down", OAUTH_SLOW_DOWN },
	{ "access_denied", OAUTH_GIVEN_UP }, { "authorization_declined", OAUTH_GIVEN_UP },
	{ "expired_token", OAUTH_GIVEN_UP }, { "code_expired", OAUTH_GIVEN_UP }, { "bad_verification_code", OAUTH_GIVEN_UP },
	{ "temporarily_unavailable", OAUTH_THROTTLED }, { "rate_limit_exceeded", OAUTH_THROTTLED },
	{ "too_many_requests", OAUTH_THROTTLED }, { "server_error", OAUTH_NETWORK },
};

/* Texts of providers hold names, addresses and trace ids: only codes are repeated. */
static void name_code(struct json_object *answer, char out[MAX_CODE])
{
	struct str code = json_str(answer, "error"), text = json_str(answer, "error_description");
	size_t n = 0, at = str_find(text, STR("AADSTS")), digits = 6;

	for (size_t i = 0; i < code.len && n < 40; i++)
		if ((code.ptr[i] >= 'a' && code.ptr[i] <= 'z') || code.ptr[i] == '_' || code.ptr[i] == '-')
			out[n++] = code.ptr[i];
	out[n] = '\0';
	if (at == STR_NONE)
		return;
	text = str_sub(text, at, STR_NONE);
	while (digits < text.len && digits < 16 && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
		digits++;
	snprintf(out + n, MAX_CODE - n, " " STR_FMT, STR_ARG(str_sub(text, 0, digits)));
}

static enum oauth_verdict verdict_of(const struct post_answer *answer, struct str code)
{
	for (size_t i = 0; i < countof(codes); i++)
		if (str_eq(code, str_from(codes[i].code)))
			return codes[i].verdict;
	if (answer->status == 429 || (answer->status == 503 && answer->retry_after_s > 0))
		return OAUTH_THROTTLED;
	/* Only who speaks OAuth can refuse: a proxy's 403 page says nothing of the login. */
	return answer->status >= 400 && answer->status < 500 && code.len > 0 ? OAUTH_REFUSED : OAUTH_NETWORK;
}

static int64_t pause_of(const struct post_answer *answer)
{
	int64_t pause_s = answer->retry_after_s > 0 ? answer->retry_after_s : OAUTH_THROTTLE_S;

	return pause_s < OAUTH_MAX_PAUSE_S ? pause_s : OAUTH_MAX_PAUSE_S;
}

static void explain(enum oauth_verdict verdict, const char *code, int64_t status, int64_t wait_s, struct err *err)
{
	switch (verdict) {
	case OAUTH_REVOKED:
		err_setf(err, ERR_LOGIN, "login expired or revoked (%s)", code);
		break;
	case OAUTH_REFUSED:
		err_setf(err, ERR_CONF, "the provider refused (%s): look at client_id, client_secret, tenant and scope "
			 "of oauth", code);
		break;
	case OAUTH_THROTTLED:
		err_setf(err, ERR_AGAIN, "the provider asks to wait %lld s before the next token", (long long)wait_s);
		break;
	case OAUTH_PENDING:
	case OAUTH_SLOW_DOWN:
		err_setf(err, ERR_AGAIN, "the code was not entered yet");
		break;
	case OAUTH_GIVEN_UP:
		err_setf(err, ERR_LOGIN, "nobody logged in (%s)", code);
		break;
	default:
		err_setf(err, ERR_AGAIN, "the token endpoint answered HTTP %lld%s%s", (long long)status,
			 code[0] ? ": " : " and nothing of OAuth", code);
	}
}

enum oauth_verdict oauth_read_answer(const struct post_answer *answer, struct grant *grant, int64_t *wait_s,
				     struct err *err)
{
	struct err ignored;
	auto_json struct json_object *body = json_parse(buf_str(&answer->body), 8, 500, &ignored);
	enum oauth_verdict verdict;
	char code[MAX_CODE];

	*wait_s = 0;
	*grant = (struct grant){ 0 };
	if (answer->status == 200 && read_grant(body, grant))
		return OAUTH_GRANTED;
	name_code(body, code);
	verdict = verdict_of(answer, json_str(body, "error"));
	if (verdict == OAUTH_THROTTLED)
		*wait_s = pause_of(answer);
	explain(verdict, code, answer->status, *wait_s, err);
	return verdict;
}
