#include <assert.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdio.h>

#include "base/clock.h"
#include "net/conn.h"

/* A gate in front of evhttp: while a request is incomplete the low watermark keeps evhttp from being
 * called, so that it sees whole, clean requests only and its own error paths are never taken. What
 * changes the input buffer waits for guard_later(): the callback below runs inside of evbuffer_read(). */

enum {
	LARGE_BODY = 1 << 20,
	MAX_FIELDS = 64,
	MAX_STRAY = 64 * 1024,		/* input while the reply is not written yet */
	RESERVE_STEP = 256 * 1024,	/* for a body whose length nobody knows yet */
};

#define TOO_BUSY "too much is arriving at once; try again in a few seconds"

static void open_gate(struct conn *c)
{
	c->guard->current = c;
	conn_enter(c, CONN_OPEN, c->deadline_us);
	if (c->is_shut)
		bufferevent_setwatermark(c->bev, EV_READ, 0, 0);
	c->is_shut = false;
}

static void close_gate(struct conn *c)
{
	if (!c->is_shut)
		bufferevent_setwatermark(c->bev, EV_READ, SIZE_MAX, 0);
	c->is_shut = true;
}

static void allow_time(struct conn *c, uint64_t n_bytes)
{
	const struct http_limits *limits = &c->guard->limits;

	c->deadline_us = c->started_us +
			 (n_bytes > LARGE_BODY ? limits->large_request_us : limits->request_us);
}

static void refuse(struct conn *c)
{
	c->guard->stats.refused_lint++;
	close_gate(c);
	conn_refuse_later(c, c->lint.status, c->lint.text);
}

static void refuse_busy(struct conn *c)
{
	close_gate(c);
	conn_refuse_later(c, 503, TOO_BUSY);
}

/* By ourselves: evhttp would do so only after the whole body. Lost when the socket buffer is full, which
 * only means that the client waits its second, as it must be ready to. */
static void send_continue(struct conn *c)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	conn_send(c, text, sizeof(text) - 1);
}

static void start_body(struct conn *c, size_t n_input)
{
	if (c->lint.body == LINT_CHUNKED) {
		close_gate(c);
		conn_enter(c, CONN_CHUNKS, c->deadline_us);
		guard_later(c->guard, c, CONN_DECODE);
	} else {
		c->n_needed = c->head_len + c->lint.length;
		if (n_input >= c->n_needed) {
			open_gate(c);
			return;
		}
		if (!guard_reserve(c->guard, c, c->lint.length)) {
			refuse_busy(c);
			return;
		}
		close_gate(c);
		allow_time(c, c->lint.length);
		conn_enter(c, CONN_BODY, c->deadline_us);
	}
	if (c->lint.expects_continue && n_input == c->head_len)
		send_continue(c);
}

static void read_head(struct conn *c, struct evbuffer *input, size_t n_input)
{
	const struct http_limits *hl = &c->guard->limits;
	const struct lint_limits limits = { .max_head = hl->max_head, .max_target = hl->max_head / 2,
					    .max_fields = MAX_FIELDS, .max_body = hl->max_body };
	size_t n = evbuffer_get_contiguous_space(input);
	struct str bytes;

	/* All of a head, or so much of it that it is too large. */
	if (n < n_input && n < hl->max_head + 1)
		n = n_input < hl->max_head + 1 ? n_input : hl->max_head + 1;
	bytes = (struct str){ (const char *)evbuffer_pullup(input, (ev_ssize_t)n), n };
	c->head_len = lint_end(bytes, &c->scan, &limits, &c->lint);
	if (c->head_len > 0 && lint_head(str_sub(bytes, 0, c->head_len), &limits, &c->lint)) {
		start_body(c, n_input);
	} else if (c->lint.status != 0) {
		refuse(c);
	} else if (c->head_len == 0) {
		close_gate(c);
	}
}

void gate_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
	struct conn *c = arg;
	size_t n_input;

	if (info->n_added == 0 || c->pipelined != NULL)
		return;		/* … those come first: gate_inject() brings us back */
	n_input = evbuffer_get_length(input);
	switch (c->state) {
	case CONN_SHAKE:
	case CONN_IDLE:
		c->started_us = clock_mono_us();
		c->scan = (struct lint_scan){ 0 };
		c->lint = (struct lint){ 0 };
		conn_enter(c, CONN_HEAD, c->started_us + c->guard->limits.request_us);
		/* fall through */
	case CONN_HEAD:
		read_head(c, input, n_input);
		break;
	case CONN_BODY:
		if (n_input >= c->n_needed)
			open_gate(c);
		break;
	case CONN_CHUNKS:
		guard_later(c->guard, c, CONN_DECODE);
		break;
	/* evhttp reads on while it writes, to notice when the client leaves; nothing bounds it. */
	case CONN_WRITING:
		if (n_input > MAX_STRAY)
			bufferevent_disable(c->bev, EV_READ);
		break;
	case CONN_STREAM:
		if (n_input > MAX_STRAY)
			guard_later(c->guard, c, CONN_CUT);
		break;
	default:
		break;
	}
}

void gate_next(struct conn *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);

	guard_release(c->guard, c);
	conn_enter(c, CONN_IDLE, c->guard->now_us + c->guard->limits.idle_us);
	if (evbuffer_get_length(input) == 0)
		return;
	/* evhttp would parse what lies there past the gate: out of its sight with it. And a read event
	 * of this very turn, which may be the end of input, comes after it. */
	bufferevent_disable(c->bev, EV_READ);
	c->pipelined = evbuffer_new();
	assert(c->pipelined != NULL);
	evbuffer_add_buffer(c->pipelined, input);
	close_gate(c);
	guard_later(c->guard, c, CONN_INJECT);
}

void gate_inject(struct conn *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);
	struct evbuffer *pipelined = c->pipelined;

	c->pipelined = NULL;
	evbuffer_prepend_buffer(input, pipelined);	/* runs gate_input() */
	evbuffer_free(pipelined);
	if (c->state == CONN_OPEN)
		bufferevent_trigger(c->bev, EV_READ, 0);
}

/* ---- chunked bodies: decoded here, and shown to evhttp with a Content-Length ---- */

static void start_decoding(struct conn *c, struct evbuffer *input)
{
	const char *head = (const char *)evbuffer_pullup(input, (ev_ssize_t)c->head_len);

	c->body = evbuffer_new();
	assert(c->body != NULL);
	c->chunk = (struct chunk){ 0 };
	buf_init(&c->head, c->head_len);
	buf_add(&c->head, (struct str){ head, c->head_len });
	evbuffer_drain(input, c->head_len);
}

static bool take_piece(struct conn *c, struct str data)
{
	size_t n = evbuffer_get_length(c->body) + data.len;

	if (n > c->guard->limits.max_body) {
		c->guard->stats.refused_lint++;
		lint_too_large(&c->lint);
		return false;
	}
	if (n > c->n_reserved + RESERVE_STEP && !guard_reserve(c->guard, c, RESERVE_STEP)) {
		c->lint.status = 503;
		c->lint.text = TOO_BUSY;
		return false;
	}
	allow_time(c, n);
	return evbuffer_add(c->body, data.ptr, data.len) == 0;
}

static void finish_decoding(struct conn *c, struct evbuffer *input)
{
	size_t before = c->lint.coding_at, after = before + c->lint.coding_len;
	char field[64];
	int n = snprintf(field, sizeof(field), "Content-Length: %zu\r\n",
			 evbuffer_get_length(c->body));

	open_gate(c);
	evbuffer_prepend_buffer(input, c->body);
	evbuffer_prepend(input, c->head.ptr + after, c->head.len - after);
	evbuffer_prepend(input, field, (size_t)n);
	evbuffer_prepend(input, c->head.ptr, before);
	evbuffer_free(c->body);
	c->body = NULL;
	buf_finish(&c->head);
	bufferevent_trigger(c->bev, EV_READ, 0);
}

static enum chunk_result decode_some(struct conn *c, struct evbuffer *input, size_t n)
{
	struct str in = { (const char *)evbuffer_pullup(input, (ev_ssize_t)n), n };
	enum chunk_result result;
	struct str data;

	while ((result = chunk_next(&c->chunk, &in, &data)) == CHUNK_DATA)
		if (!take_piece(c, data))
			return CHUNK_BAD;
	if (result == CHUNK_BAD) {
		c->guard->stats.refused_lint++;
		c->lint.status = 400;
		c->lint.text = "the chunked body is malformed";
	}
	evbuffer_drain(input, n - in.len);
	return result;
}

void gate_decode(struct conn *c)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);
	size_t n;

	if (c->body == NULL)
		start_decoding(c, input);
	while ((n = evbuffer_get_contiguous_space(input)) > 0) {
		enum chunk_result result = decode_some(c, input, n);

		if (result == CHUNK_MORE)
			continue;
		if (result == CHUNK_BAD)
			conn_refuse(c);
		else
			finish_decoding(c, input);
		return;
	}
}
