#include "oauth/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "oauth/answer.h"

enum { VERSION = 1, MIN_MARGIN_S = 30, MAX_MARGIN_S = 600 };

static void wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

void token_finish(struct token *token)
{
	wipe(token->access);
	wipe(token->refresh);
	free(token->client_id);
	free(token->token_url);
	*token = (struct token){ 0 };
}

bool token_is_empty(const struct token *token)
{
	return token->refresh == NULL && token->access == NULL;
}

void token_take(struct token *token, struct grant *grant, int64_t now_us)
{
	wipe(token->access);
	token->access = grant->access;
	token->fetched_us = now_us;
	token->access_until_us = now_us + grant->access_s * US_PER_S;
	if (grant->refresh != NULL) {
		wipe(token->refresh);
		token->refresh = grant->refresh;
	}
	if (grant->refresh_s > 0)
		token->login_until_us = now_us + grant->refresh_s * US_PER_S;
	*grant = (struct grant){ 0 };
}

int64_t token_margin_us(const struct token *token)
{
	int64_t margin_us = (token->access_until_us - token->fetched_us) / 10;

	if (margin_us < MIN_MARGIN_S * US_PER_S)
		return MIN_MARGIN_S * US_PER_S;
	return margin_us < MAX_MARGIN_S * US_PER_S ? margin_us : MAX_MARGIN_S * US_PER_S;
}

void token_print(const struct token *token, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member_int(&w, "version", VERSION);
	json_member_or_null(&w, "access", str_from(token->access));
	json_member_or_null(&w, "refresh", str_from(token->refresh));
	json_member_or_null(&w, "client_id", str_from(token->client_id));
	json_member_or_null(&w, "token_url", str_from(token->token_url));
	json_member_int(&w, "fetched_us", token->fetched_us);
	json_member_int(&w, "access_until_us", token->access_until_us);
	json_member_int(&w, "login_us", token->login_us);
	json_member_int(&w, "login_until_us", token->login_until_us);
	json_close(&w, '}');
}

static char *text_of(struct json_object *object, const char *name)
{
	struct str text = json_str(object, name);

	return text.len > 0 ? xstrndup(text.ptr, text.len) : NULL;
}

bool token_parse(struct str text, struct token *token, struct err *err)
{
	auto_json struct json_object *object = json_parse(text, 3, 30, err);
	int64_t version = 0;

	if (object == NULL || !json_int(json_get(object, "version"), &version) || version != VERSION)
		return err_setf(err, ERR_INPUT, "another version of daybookd wrote it");
	*token = (struct token){
		.access = text_of(object, "access"), .refresh = text_of(object, "refresh"),
		.client_id = text_of(object, "client_id"), .token_url = text_of(object, "token_url"),
	};
	json_int(json_get(object, "fetched_us"), &token->fetched_us);
	json_int(json_get(object, "access_until_us"), &token->access_until_us);
	json_int(json_get(object, "login_us"), &token->login_us);
	json_int(json_get(object, "login_until_us"), &token->login_until_us);
	return true;
}
