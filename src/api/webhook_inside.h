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

/* False: err says what is wrong with it. */
bool webhook_check(const struct config *config, const struct webhook_wish *wish, int64_t *kinds, struct err *err);
