#include "net/reply.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/conn.h"

enum {
	BYTES_PER_S = 64 * 1024,	/* the slowest reader of a large reply that we wait for */
	MAX_STREAM_BACKLOG = 256 * 1024,
	STREAM_STALL_MS = 60 * 1000,	/* unacknowledged for so long: the peer is dead */
	MAX_PROBLEM = 1024,
};

/* evhttp's own; it sets it anew for each reply, always the same. */
static bufferevent_event_cb evhttp_on_event;

static const struct { int status; const char *phrase; } phrases[] = {
	{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
	{ 301, "Moved Permanently" }, { 302, "Found" }, { 303, "See Other" },
	{ 304, "Not Modified" }, { 307, "Temporary Redirect" }, { 308, "Permanent Redirect" },
	{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
	{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 406, "Not Acceptable" },
	{ 408, "Request Timeout" }, { 409, "Conflict" }, { 410, "Gone" },
	{ 411, "Length Required" }, { 412, "Precondition Failed" }, { 413, "Content Too Large" },
	{ 414, "URI Too Long" }, { 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" }, { 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" }, { 428, "Precondition Required" },
	{ 429, "Too Many Requests" }, { 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" }, { 501, "Not Implemented" }, { 502, "Bad Gateway" },
	{ 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" }, { 507, "Insufficient Storage" },
};

const char *reply_phrase(int status)
{
	static const char *const classes[] = { "Continue", "OK", "See Other", "Bad Request",
					       "Internal Server Error" };

	for (size_t i = 0; i < countof(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return status >= 100 && status < 600 ? classes[status / 100 - 1] : "Unknown";
}

size_t reply_refusal(const struct lint *lint, const char *date, char *out, size_t room)
{
	int n = snprintf(out, room,
		     "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
		     "Content-Length: %zu\r\nX-Content-Type-Options: nosniff\r\n%s%s%s%s%s"
		     "Connection: close\r\n\r\n%s%s",
		     lint->status, reply_phrase(lint->status), date, strlen(lint->text) + 1,
		     lint->field ? lint->field : "", lint->field ? ": " : "",
		     lint->field ? lint->value : "", lint->field ? "\r\n" : "",
		     lint->status == 503 ? "Retry-After: 2\r\n" : "",
		     lint->is_head ? "" : lint->text, lint->is_head ? "" : "\n");
	assert(n > 0 && (size_t)n < room);
	return (size_t)n;
}

static void add_headers(struct conn *c, const char *content_type, const struct http_header *more)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(c->rq.evrq);

	/* evhttp would format one for each reply; that is a tenth of what a small request costs. */
	evhttp_add_header(headers, "Date", c->guard->date);
	if (c->is_tls)
		evhttp_add_header(headers, "Strict-Transport-Security", "max-age=31536000");
	if (content_type != NULL)
		evhttp_add_header(headers, "Content-Type", content_type);
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	if (c->guard->is_draining)
		evhttp_add_header(headers, "Connection", "close");
	for (; more != NULL && more->name != NULL; more++)
		evhttp_add_header(headers, more->name, more->value);
}

/* A client may shut its side once it has sent all; evhttp takes that for its leaving and drops what is
 * not written yet. A client that is really gone shows as a write error. Over TLS it has left: libevent writes nothing
 * more then, and there nobody ends one side alone. */
static void on_event(struct bufferevent *bev, short what, void *evcon)
{
	if (what != (BEV_EVENT_READING | BEV_EVENT_EOF))
		evhttp_on_event(bev, what, evcon);
}

static void ignore_shutdown(struct bufferevent *bev)
{
	bufferevent_data_cb on_write;
	void *evcon;

	bufferevent_getcb(bev, NULL, &on_write, &evhttp_on_event, &evcon);
	bufferevent_setcb(bev, NULL, on_write, on_event, evcon);
}

void http_reply(struct http_request *rq, int status, const char *content_type, struct str body,
		const struct http_header *more)
{
	struct conn *c = conn_of(rq);
	struct evbuffer *out;
	char length[24];

	if (c->state == CONN_GONE) {
		conn_forget(c);
		return;
	}
	assert(c->state == CONN_HANDLING);	/* one answer each */
	add_headers(c, content_type, more);
	out = evhttp_request_get_output_buffer(rq->evrq);
	if (rq->is_head) {
		snprintf(length, sizeof(length), "%zu", body.len);
		evhttp_add_header(evhttp_request_get_output_headers(rq->evrq), "Content-Length",
				  length);
	} else if (body.len > 0) {
		evbuffer_add(out, body.ptr, body.len);
	}
	conn_enter(c, CONN_WRITING,
		   clock_mono_us() + c->guard->limits.reply_us +
			   (int64_t)(body.len / BYTES_PER_S) * US_PER_S);
	evhttp_send_reply(rq->evrq, status, reply_phrase(status), NULL);
	if (!c->is_tls)
		ignore_shutdown(c->bev);
}

void http_problem(struct http_request *rq, int status, const char *text,
		  const struct http_header *more)
{
	char line[MAX_PROBLEM];
	int n = snprintf(line, sizeof(line), "%s\n", text);

	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	http_reply(rq, status, "text/plain; charset=utf-8", (struct str){ line, (size_t)n }, more);
}

/* ---- streams ---- */

void http_stream_begin(struct http_request *rq, const char *content_type,
		       const struct http_header *more, http_closed_fn *closed, void *arg)
{
	const unsigned stall_ms = STREAM_STALL_MS;
	struct conn *c = conn_of(rq);

	rq->closed = closed;
	rq->closed_arg = arg;
	if (c->state == CONN_GONE)
		return;
	assert(c->state == CONN_HANDLING);
	add_headers(c, content_type, more);
	conn_enter(c, CONN_STREAM, INT64_MAX);
	if (c->peer.ss_family != AF_UNIX)
		setsockopt(bufferevent_getfd(c->bev), IPPROTO_TCP, TCP_USER_TIMEOUT, &stall_ms,
			   sizeof(stall_ms));
	evhttp_send_reply_start(rq->evrq, 200, reply_phrase(200));
}

bool http_stream_send(struct http_request *rq, struct str data)
{
	struct conn *c = conn_of(rq);
	struct evbuffer *piece;

	if (c->state == CONN_GONE)
		return false;
	assert(c->state == CONN_STREAM);
	if (rq->is_head || data.len == 0)
		return true;
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) > MAX_STREAM_BACKLOG) {
		c->guard->stats.killed_reply++;
		conn_drop(c);
		return false;
	}
	piece = evbuffer_new();
	assert(piece != NULL);
	evbuffer_add(piece, data.ptr, data.len);
	evhttp_send_reply_chunk(rq->evrq, piece);
	evbuffer_free(piece);
	return true;
}

size_t http_stream_waiting(const struct http_request *rq)
{
	const struct conn *c = conn_of(rq);

	return c->state == CONN_STREAM ? evbuffer_get_length(bufferevent_get_output(c->bev)) : 0;
}

void http_stream_end(struct http_request *rq)
{
	struct conn *c = conn_of(rq);

	if (c->state == CONN_GONE) {
		conn_forget(c);
		return;
	}
	assert(c->state == CONN_STREAM);
	conn_enter(c, CONN_WRITING, clock_mono_us() + c->guard->limits.reply_us);
	evhttp_send_reply_end(rq->evrq);
}
