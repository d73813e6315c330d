/* Outgoing webhooks, by the convention of Standard Webhooks: each change that a webhook's role sees is posted to it, in their
 * order, until it is taken. What waits is what stands in the log of changes behind the webhook's cursor, so that nothing is lost
 * by a crash; a crash between the answer and the commit sends it again, under the same webhook-id. Loop thread. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct api;
struct buf;
struct config;
struct webhooks;

struct webhooks *webhooks_create(struct api *api);
void webhooks_destroy(struct webhooks *h);	/* after webhooks_stop(); NULL is fine */
void webhooks_stop(struct webhooks *h);		/* nothing is sent any more, what is being sent is given up */

struct webhook_wish {
	struct str url, role, staff;	/* staff empty: nobody's eyes in particular */
	struct str kinds;		/* names with commas; empty: all */
	struct str by;
};

enum { WEBHOOK_SECRET_TEXT = 64 };	/* "whsec_" and base64 */

/* On the loop, once; err NULL: durable. secret: of one that was made or has got another, else empty; the only copy. */
typedef void webhook_done_fn(void *arg, int64_t id, const char *secret, const struct err *err);
enum webhook_action { WEBHOOK_REMOVE, WEBHOOK_RETRY, WEBHOOK_ROTATE };
/* False: nothing was begun. */
bool webhook_add(struct api *api, const struct webhook_wish *wish, webhook_done_fn *done, void *arg, struct err *err);
bool webhook_change(struct api *api, enum webhook_action action, int64_t id, struct str by, webhook_done_fn *done, void *arg,
		    struct err *err);

/* Sends webhook.test now and says what came back; err: nothing did. */
typedef void webhook_tested_fn(void *arg, int64_t status, int64_t took_ms, const struct err *err);
bool webhook_test(struct api *api, int64_t id, webhook_tested_fn *done, void *arg, struct err *err);

void webhooks_put_metrics(const struct webhooks *h, struct buf *out);
