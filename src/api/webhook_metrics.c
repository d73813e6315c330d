/* Outgoing webhooks in numbers. */
#include "api/webhook_inside.h"
#include "base/buf.h"

void webhooks_put_metrics(const struct webhooks *h, struct buf *out)
{
	size_t n = 0, n_failing = 0, n_disabled = 0;
	const struct hook *hook;

	LIST_FOREACH(hook, &h->all, all) {
		n++;
		n_failing += hook->is_failing && !hook->is_disabled;
		n_disabled += hook->is_disabled;
	}
	buf_addf(out, "# HELP daybook_webhooks Webhooks that go out, by how they stand.\n# TYPE daybook_webhooks gauge\n");
	buf_addf(out, "daybook_webhooks{state=\"good\"} %zu\n", n - n_failing - n_disabled);
	buf_addf(out, "daybook_webhooks{state=\"failing\"} %zu\n", n_failing);
	buf_addf(out, "daybook_webhooks{state=\"disabled\"} %zu\n", n_disabled);
	buf_addf(out, "# HELP daybook_webhook_deliveries_total What was posted to webhooks, by what came of it.\n"
		      "# TYPE daybook_webhook_deliveries_total counter\n");
	buf_addf(out, "daybook_webhook_deliveries_total{result=\"taken\"} %llu\n", (unsigned long long)h->n_sent);
	buf_addf(out, "daybook_webhook_deliveries_total{result=\"failed\"} %llu\n", (unsigned long long)h->n_failed);
}
