/* One form sent to an OAuth endpoint, or one document of a provider's, and the answer. The request is made by daybook-fetch, a program that lives as
 * long as the request: libcurl and its TLS stay out of the daemon. docs/decisions/oauth.md. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#include "base/buf.h"

enum { POST_MAX_ANSWER = 64 << 10, POST_TIMEOUT_S = 20 };

struct post {
	const char *url;
	const char *tls_ca;		/* NULL or "": the system's */
	struct str form;		/* application/x-www-form-urlencoded; ptr NULL: a GET */
	const char *authorization;	/* a header; NULL: none */
	bool (*is_canceled)(void *arg);	/* may be NULL; asked several times a second */
	void *arg;
};

struct post_answer {
	int64_t status;			/* of HTTP */
	int64_t retry_after_s;		/* 0: not said */
	struct buf body;		/* post_answer_finish() zeroes it */
};

/* Blocks at most POST_TIMEOUT_S and a little: workers only. False, with ERR_AGAIN, when no answer came; ERR_CONF when
 * it cannot come: the program is not installed, the certificate is not trusted; ERR_CANCELED. */
typedef bool post_fn(const struct post *post, struct post_answer *answer, struct err *err);
post_fn post_by_program;
void post_answer_finish(struct post_answer *answer);	/* after a success */

void post_wipe(struct buf *b);				/* zeroes and frees */
/* "&name=value", the value percent-encoded. */
void post_field(struct buf *form, const char *name, struct str value);
