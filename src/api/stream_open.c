/* Whether somebody may listen, and how it begins. */
#include <stdio.h>

#include "api/streams_inside.h"
#include "base/mem.h"
#include "conf/config.h"

static void on_closed(struct http_request *rq, void *arg)
{
	(void)rq;
	stream_end(arg);
}

static size_t n_of_token(const struct streams *s, const struct token_row *token)
{
	const struct stream *st;
	size_t n = 0;

	LIST_FOREACH(st, &s->all, all)
		n += st->token == token->id && str_eq(str_from(st->staff), token->staff);
	return n;
}

static bool may_open(struct streams *s, struct call *c)
{
	const struct config_http *http = &c->config->http;

	if (!s->is_ending && s->n < (size_t)http->max_streams &&
	    n_of_token(s, &c->token) < (size_t)http->max_streams_per_token)
		return true;
	call_header(c, "Retry-After", "10");
	if (s->is_ending)
		return !problem(c, 503, "try-again", "the daemon stops; come back in a moment");
	if (s->n >= (size_t)http->max_streams)
		return !problem(c, 503, "try-again", "%zu streams are open, no more are taken (http.max_streams)", s->n);
	return !problem(c, 429, "too-many-streams", "this token has %lld streams open, no more are given it "
			"(http.max_streams_per_token); close one, or share one among tabs", (long long)http->max_streams_per_token);
}

bool streams_open(struct streams *s, struct call *c)
{
	const struct http_header more[] = {
		{ "Cache-Control", "no-store" }, { "X-Accel-Buffering", "no" }, { "X-Request-Id", c->request_id },
		{ "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
		{ "Cross-Origin-Resource-Policy", "same-origin" }, { 0 },
	};
	struct stream *st;
	char hello[96];
	int n;

	if (!may_open(s, c))
		return false;
	st = xnew(struct stream);
	st->home = s;
	st->rq = c->rq;
	st->eyes = eyes_ref(s, &c->powers, &c->viewer);
	st->token = c->token.id;
	st->expires_us = c->token.expires_us;
	st->role = xstrndup(c->token.role.ptr, c->token.role.len);
	st->staff = c->token.staff.len ? xstrndup(c->token.staff.ptr, c->token.staff.len) : NULL;
	st->topics = c->stream->topics;
	st->at = c->stream->from;
	LIST_INSERT_HEAD(&s->all, st, all);
	if (s->n++ == 0)
		streams_listen(s);
	http_stream_begin(st->rq, c->reply.type, more, on_closed, st);
	/* Where it begins: who loses the connection before the first event comes back to here. */
	n = snprintf(hello, sizeof(hello), "retry: 2000\nid: %lld\n\n", (long long)st->at);
	if (!http_stream_send(st->rq, (struct str){ hello, (size_t)n }))
		stream_end(st);		/* it had left before it began, and nothing tells of that */
	else if (stream_is_behind(st))
		feed_soon(s);
	if (c->config != s->api->config)	/* a reload overtook it */
		streams_take_config(s, s->api->config);
	return true;
}
