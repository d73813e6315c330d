/* What a token endpoint said. Pure. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct post_answer;

enum oauth_verdict {
	OAUTH_GRANTED,
	OAUTH_NETWORK,		/* nobody, or nothing sensible, answered: ERR_AGAIN, nothing is known of the login */
	OAUTH_THROTTLED,	/* ERR_AGAIN: not before so many seconds */
	OAUTH_REVOKED,		/* ERR_LOGIN: the login is no more; a person must log in */
	OAUTH_REFUSED,		/* ERR_CONF: the client, its secret or the scope is not what the provider knows */
	OAUTH_PENDING,		/* ERR_AGAIN: the code was not typed yet */
	OAUTH_SLOW_DOWN,	/* ERR_AGAIN: the same, and ask less often */
	OAUTH_GIVEN_UP,		/* ERR_LOGIN: it was declined, or the code is too old */
};

/* "network", "throttled" …: for metrics. */
const char *oauth_verdict_name(enum oauth_verdict verdict);

struct grant {			/* the caller frees with grant_finish(), which zeroes */
	char *access, *refresh;	/* refresh may be NULL: the one before stays good */
	int64_t access_s;	/* how long it is good */
	int64_t refresh_s;	/* 0: not said */
};

enum { OAUTH_MAX_TOKEN = 16 << 10, OAUTH_MAX_PAUSE_S = 6 * 3600, OAUTH_THROTTLE_S = 60 };

/* Fills the grant when it is granted, else err; the text holds the provider's error code and nothing personal.
 * *wait_s: with OAUTH_THROTTLED, else 0. */
enum oauth_verdict oauth_read_answer(const struct post_answer *answer, struct grant *grant, int64_t *wait_s,
				     struct err *err);
void grant_finish(struct grant *grant);
