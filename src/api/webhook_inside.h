/* What the files of outgoing webhooks share. Loop. */
#pragma once

#include <stdatomic.h>
#include <sys/queue.h>

#include "api/webhook.h"
#include "store/webhook.h"

struct event;
struct pool;

struct hook {				/* only to see who is due: what counts is in the store */
	LIST_ENTRY(hook) all;
	int64_t id, cursor, next_us;
	bool is_failing, is_disabled, is_running;
};

struct webhooks {
	struct api *api;
	LIST_HEAD(, hook) all;
	struct pool *senders;
	struct event *look;
	atomic_bool is_stopping;
	uint64_t n_sent, n_failed;
};

struct hook *webhooks_find(struct webhooks *h, int64_t id);
void webhooks_know(struct webhooks *h, const struct webhook_row *row);
void webhooks_forget(struct webhooks *h, int64_t id);

void webhooks_wake(struct webhooks *h, int64_t id);	/* what waits for it is sent now */

/* Writer handle, each with its line of the audit log; row's made_by is who asks. row->id is given, secret is the only copy. */
bool webhook_put(struct store *st, struct webhook_row *row, char secret[WEBHOOK_SECRET_TEXT], struct err *err);
bool webhook_apply(struct store *st, enum webhook_action action, const struct webhook_row *row, struct err *err);
bool webhook_rotate(struct store *st, const struct webhook_row *row, char secret[WEBHOOK_SECRET_TEXT], struct err *err);

/* False: err says what is wrong with it. */
bool webhook_check(const struct config *config, const struct webhook_wish *wish, int64_t *kinds, struct err *err);
