/* Keeps the login of one connector: its token, renewed before it ends, by one request at a time, and on the disk
 * before it is used. Any worker may call; all calls but keeper_look() may wait for another's request to the provider.
 * Options are borrowed for the call: a reload may bring others. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#include "oauth/answer.h"
#include "oauth/post.h"

struct keeper;
struct oauth_conf;
struct vault;

/* Takes a reference on the vault; `post` is post_by_program, but for tests. */
struct keeper *keeper_create(const char *name, struct vault *vault, post_fn *post);
void keeper_destroy(struct keeper *k);		/* nobody may be in it; NULL is fine */

/* An access token, which the caller frees with keeper_free_token(). was_refused: the server did not take the last one;
 * the next is fetched however good that one looked. trouble: what will be a failure if nobody looks after it (the
 * token is still good, but could not be renewed; the login ends soon), else kind NONE.
 * ERR_LOGIN: a person must log in, and nothing is asked of the provider until one has. ERR_AGAIN: network, or the
 * provider's own pause, which is kept. ERR_CONF: the provider refuses the client. */
bool keeper_token(struct keeper *k, const struct oauth_conf *conf, bool was_refused, char **token, struct err *trouble,
		  struct err *err);
void keeper_free_token(char *token);		/* NULL is fine */

struct keeper_facts {
	bool is_known;			/* somebody has looked since the start */
	bool needs_login;
	int64_t fetched_us, access_until_us, login_us, login_until_us;	/* 0: none, not said */
	int64_t failing_since_us;	/* of renewing; 0: it works */
	uint64_t refreshes, failures[OAUTH_GIVEN_UP + 1];	/* by enum oauth_verdict */
};
/* Any thread, never waits. */
void keeper_look(struct keeper *k, struct keeper_facts *facts);
/* Reads what is on the disk, once, so that keeper_look() knows. */
void keeper_wake(struct keeper *k, const struct oauth_conf *conf);

/* ---- a person logs in (keeper_login.c); one login at a time, a second one takes the place of the first ---- */

enum { KEEPER_LOGIN_S = 900 };

/* A browser's way, with PKCE. Appends the URL to open. */
bool keeper_begin_code(struct keeper *k, const struct oauth_conf *conf, struct str redirect_uri, struct buf *url,
		       struct err *err);
/* Does a login wait for this state, which begins with the connector's name and a dot? Any thread, never waits. */
bool keeper_expects(struct keeper *k, struct str state);
/* What came back to redirect_uri. ERR_INPUT: no login waits for this state. */
bool keeper_finish_code(struct keeper *k, const struct oauth_conf *conf, struct str state, struct str code,
			struct err *err);

struct device_prompt {
	char user_code[64], url[256];
	int64_t expires_s, interval_s;
};
/* A code typed on another machine. */
bool keeper_begin_device(struct keeper *k, const struct oauth_conf *conf, struct device_prompt *prompt,
			 struct err *err);
/* Once each interval_s. False with *is_pending: not yet. */
bool keeper_poll_device(struct keeper *k, const struct oauth_conf *conf, bool *is_pending, int64_t *interval_s,
			struct err *err);

/* Forgets the login here, and tells the provider first where it takes that; *was_told says so, and when it could not
 * be told, *why. */
bool keeper_revoke(struct keeper *k, const struct oauth_conf *conf, bool *was_told, struct err *why, struct err *err);
