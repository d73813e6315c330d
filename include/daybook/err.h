/* Errors: a kind for code to branch on, a text for people. Reporting never allocates. */
#pragma once

#include <stdbool.h>

enum err_kind {
	ERR_NONE = 0,
	ERR_INPUT,	/* this message cannot be understood: dead-letter it, go on */
	ERR_LIMIT,	/* this message breaks a cap: dead-letter it, go on */
	ERR_AGAIN,	/* may work later: back off, then retry */
	ERR_AUTH,	/* the far side refuses us: stop this instance, tell the operator */
	ERR_LOGIN,	/* the far side wants a person to log in: stop this instance until one has */
	ERR_THROTTLED,	/* the far side has had enough of us: leave it alone for as long as it wants */
	ERR_DENIED,	/* a webhook caller is not the provider: 401, count it, no more */
	ERR_UNCERTAIN,	/* commit outcome unknown: look the key up before retrying */
	ERR_CONF,	/* the operator's file is wrong: keep the running configuration */
	ERR_CANCELED,	/* we are shutting down */
	ERR_FULL,	/* no room on the disk: refuse, keep serving reads, try again later */
	ERR_IO,		/* the store's storage failed: stop accepting, exit 74 */
	ERR_MISSING,	/* the thing asked for is not there */
	ERR_BUG,	/* our own fault */
};

struct err {
	enum err_kind kind;
	char msg[512];
};

/* Both return false, so that `return err_setf(…)` reads as one thought. err is never NULL.
 * err_setf replaces what err held; err_prefixf puts "<prefix>: " before it, and the text
 * grows outward: the inner function says what, each caller may say where. */
bool err_setf(struct err *err, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool err_prefixf(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "input", "again" …, for logs and tests. */
const char *err_kind_name(enum err_kind kind);
