/* Outgoing webhooks: where changes are pushed, how far each place has got, and what became of the last attempts. No function of
 * the journal: a rebuild copies them. */
#pragma once

#include <daybook/arena.h>
#include <daybook/err.h>
#include <daybook/str.h>

struct store;

enum { WEBHOOK_SECRET_SIZE = 32, WEBHOOK_OLD_SECRETS = 3, WEBHOOK_ATTEMPTS_KEPT = 200 };

struct webhook_row {
	int64_t id;
	struct str url, role, staff;	/* with whose eyes it is told; staff may be empty */
	int64_t kinds;			/* bits of 1 << enum change_kind; 0: all */
	struct str secret, old_secrets;	/* raw; old ones: none to WEBHOOK_OLD_SECRETS, one behind the other, the newest first */
	int64_t old_until_us;		/* until then they sign as well */
	struct str made_by;
	int64_t created_us;
	int64_t cursor;			/* the last change that it has taken, or that is not for it */
	int64_t failures, failing_since_us, next_us;	/* in a row; 0: it works */
	int64_t disabled_us;		/* 0: it is not */
	struct str error;		/* of the last attempt, or why it is disabled */
};

struct webhook_attempt {
	int64_t webhook, seq, at_us;	/* seq 0: a test */
	int64_t status;			/* of HTTP; 0: none came */
	int64_t took_ms;
	struct str error;
};

/* Writer handle. *id is given. */
bool store_put_webhook(struct store *st, const struct webhook_row *row, int64_t *id, struct err *err);
bool store_remove_webhook(struct store *st, int64_t id, struct err *err);	/* ERR_MISSING */
/* Whoever lost an answer rotates once more, and two may do it at once: old ones whose time is not over stay. */
bool store_rotate_webhook(struct store *st, int64_t id, struct str secret, int64_t now_us, int64_t old_until_us, struct err *err);
/* Tries again at once, also where it was disabled. */
bool store_retry_webhook(struct store *st, int64_t id, struct err *err);
/* How far it has got and how it stands; nothing if it was removed meanwhile. */
bool store_advance_webhook(struct store *st, const struct webhook_row *row, struct err *err);
bool store_put_webhook_attempt(struct store *st, const struct webhook_attempt *attempt, struct err *err);

/* Texts in arena. ERR_MISSING. */
bool store_get_webhook(struct store *st, int64_t id, struct arena *arena, struct webhook_row *row, struct err *err);
typedef bool (*webhook_fn)(const struct webhook_row *row, void *arg);
bool store_each_webhook(struct store *st, webhook_fn fn, void *arg, struct err *err);	/* none in an older store */
typedef bool (*webhook_attempt_fn)(const struct webhook_attempt *attempt, void *arg);
bool store_each_webhook_attempt(struct store *st, int64_t id, size_t limit, webhook_attempt_fn fn, void *arg,
				struct err *err);	/* newest first */
