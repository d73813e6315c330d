/* What is kept of a login. Pure. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct buf;
struct grant;

struct token {
	char *access, *refresh;			/* access NULL: none yet */
	char *client_id, *token_url;		/* whom it was made for: of no use to another */
	int64_t fetched_us, access_until_us;	/* of the access token; wall clock */
	int64_t login_us;			/* when a person logged in */
	int64_t login_until_us;			/* 0: the provider does not say */
};

void token_finish(struct token *token);		/* zeroes what is secret */
bool token_is_empty(const struct token *token);
/* The login goes on: a grant without a refresh token leaves the old one. Takes the grant's texts. */
void token_take(struct token *token, struct grant *grant, int64_t now_us);
/* How long before its end an access token is renewed: a tenth of its life, at least half a minute, at most 10 min. */
int64_t token_margin_us(const struct token *token);

void token_print(const struct token *token, struct buf *out);
bool token_parse(struct str text, struct token *token, struct err *err);
