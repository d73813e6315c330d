/* /healthz: the loop turns. /readyz: what is accepted can be kept. A bad mailbox makes nothing unready. */
#include "serve/inside.h"
#include "store/writer.h"

void serve_health(struct serve *s, struct http_request *rq)
{
	(void)s;
	http_reply(rq, 200, "text/plain; charset=utf-8", STR("ok\n"), NULL);
}

static const char *not_ready(struct serve *s)
{
	struct writer_stats stats;

	if (s->is_draining)
		return "shutting down";
	writer_get_stats(s->parts.writer, &stats);
	return stats.refusal;
}

void serve_ready(struct serve *s, struct http_request *rq)
{
	const char *why = not_ready(s);
	struct buf text;

	if (why == NULL) {
		http_reply(rq, 200, "text/plain; charset=utf-8", STR("ready\n"), NULL);
		return;
	}
	buf_init(&text, 400);
	buf_addf(&text, "not ready%s%s\n", serve_may_see(s, rq) ? ": " : "",
		 serve_may_see(s, rq) ? why : "");
	http_reply(rq, 503, "text/plain; charset=utf-8", buf_str(&text), NULL);
	buf_finish(&text);
}
