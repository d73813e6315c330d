#include "net/conn.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/reply.h"

enum {
	MAX_LINGERED = 64 * 1024 * 1024,
	MAX_REFUSAL = 1024,
};

static bool is_in_flight(enum conn_state state)
{
	return state >= CONN_HEAD && state <= CONN_WRITING;
}

void conn_enter(struct conn *c, enum conn_state state, int64_t deadline_us)
{
	struct http_stats *stats = c->guard == NULL ? NULL : &c->guard->stats;

	if (stats != NULL)
		stats->n_in_flight += (size_t)is_in_flight(state) - (size_t)is_in_flight(c->state);
	c->state = state;
	c->deadline_us = deadline_us;
}

static struct bufferevent *meet(struct guard *g, struct bufferevent *bev, bool is_tls)
{
	struct conn *c;

	if (bev == NULL)
		return NULL;
	c = xnew(struct conn);
	c->guard = g;
	c->is_tls = is_tls;
	c->bev = bev;
	c->linger_fd = -1;
	c->deadline_us = INT64_MAX;
	/* evhttp hands no connection over here; it is known in a moment, unless evhttp gives up on
	 * it at once: our reference keeps bev valid until we have looked. */
	bufferevent_incref(bev);
	guard_opened(g, c);
	guard_later(g, c, CONN_ADOPT);
	return bev;
}

struct bufferevent *conn_accept(struct event_base *base, void *arg)
{
	return meet(arg, bufferevent_socket_new(base, -1, 0), false);
}

struct bufferevent *conn_accept_tls(struct event_base *base, void *arg)
{
	return meet(arg, tls_accept(base, arg), true);
}

void conn_send(struct conn *c, const char *bytes, size_t n)
{
	if (c->is_tls)
		tls_accept_send(c->bev, bytes, n);
	else
		send(bufferevent_getfd(c->bev), bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void conn_free(struct conn *c)
{
	if (c->guard != NULL)
		guard_closed(c->guard, c);
	if (c->linger != NULL)
		event_free(c->linger);
	if (c->linger_fd >= 0)
		close(c->linger_fd);
	if (c->body != NULL)
		evbuffer_free(c->body);
	if (c->pipelined != NULL)
		evbuffer_free(c->pipelined);
	buf_finish(&c->head);
	free(c);
}

/* ---- after a refusal ----
 * close() with unread bytes in the socket sends a reset, and a reset makes the client's kernel throw
 * away our reply. So the connection is shut for writing, and read until the client is done. evhttp
 * closes its descriptor itself; we keep a second one on the same socket. */

static void on_linger(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	char sink[16 * 1024];
	ssize_t n = read(fd, sink, sizeof(sink));

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->n_lingered += n > 0 ? (size_t)n : 0;
	if (n <= 0 || c->n_lingered > MAX_LINGERED)
		conn_free(c);
}

static bool has_unread(const struct conn *c, int fd)
{
	int n = 0;

	return evbuffer_get_length(bufferevent_get_input(c->bev)) > 0 ||
	       (c->pipelined != NULL && evbuffer_get_length(c->pipelined) > 0) ||
	       (ioctl(fd, FIONREAD, &n) == 0 && n > 0);
}

/* Not for a request that took too long: whoever drips would keep the connection by it. */
static bool should_linger(const struct conn *c, int fd)
{
	if (c->state == CONN_REFUSED)
		return c->lint.status != 408;
	return c->state == CONN_IDLE && has_unread(c, fd);
}

static bool linger(struct conn *c)
{
	int fd = bufferevent_getfd(c->bev);

	if (c->guard->is_ending || !should_linger(c, fd))
		return false;
	c->linger_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (c->linger_fd < 0)
		return false;
	c->linger = event_new(c->guard->base, c->linger_fd, EV_READ | EV_PERSIST, on_linger, c);
	event_add(c->linger, NULL);
	guard_release(c->guard, c);
	conn_enter(c, CONN_LINGER, c->guard->now_us + CONN_LINGER_US);
	return true;
}

/* evhttp is about to free the connection, for whatever reason. */
static void on_close(struct evhttp_connection *evcon, void *arg)
{
	struct conn *c = arg;
	struct guard *g = c->guard;
	bool is_pending = c->state == CONN_HANDLING || c->state == CONN_STREAM;
	bool is_told = c->state == CONN_STREAM;
	bool lingers;

	(void)evcon;
	/* Before evhttp closes the descriptor: while a second one is open, epoll would go on
	 * reporting the first, and nobody could take it out any more. */
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	if (c->is_tls)
		tls_accept_end(c);
	lingers = linger(c);
	evbuffer_remove_cb(bufferevent_get_input(c->bev), gate_input, c);
	guard_forget(g, c);
	c->bev = NULL;
	c->evcon = NULL;
	if (lingers)
		return;
	if (!is_pending) {
		conn_enter(c, CONN_IDLE, INT64_MAX);
		conn_free(c);
		return;
	}
	/* The handler's slices point into the request: it stays until the answer comes. */
	evhttp_request_own(c->rq.evrq);
	conn_enter(c, CONN_GONE, INT64_MAX);
	if (is_told)
		guard_later(g, c, CONN_TELL);
}

void conn_forget(struct conn *c)
{
	evhttp_request_free(c->rq.evrq);
	conn_free(c);
}

void conn_abandon(struct conn *c)
{
	if (c->state != CONN_GONE) {
		conn_free(c);
		return;
	}
	guard_closed(c->guard, c);
	c->guard = NULL;
}

void conn_drop(struct conn *c)
{
	if (c->evcon != NULL)
		evhttp_connection_free(c->evcon);	/* runs on_close() */
	else if (c->state == CONN_LINGER)
		conn_free(c);
}

static void learn_peer(struct conn *c)
{
	const struct http_limits *limits = &c->guard->limits;
	socklen_t size = sizeof(c->peer);
	const int on = 1;
	int fd = bufferevent_getfd(c->bev);

	if (getpeername(fd, (struct sockaddr *)&c->peer, &size) != 0)
		c->peer.ss_family = AF_UNSPEC;
	if (c->peer.ss_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->is_proxied = limits->is_proxy != NULL &&
			limits->is_proxy((struct sockaddr *)&c->peer, limits->is_proxy_arg);
}

static void turn_away(struct conn *c)
{
	if (c->is_tls) {	/* a word to it would cost a handshake */
		conn_drop(c);
		return;
	}
	c->lint.status = 503;
	c->lint.text = "too many connections from this address; reuse them, or wait";
	conn_refuse(c);
}

void conn_adopt(struct conn *c)
{
	struct bufferevent *bev = c->bev;
	void *evcon = NULL;

	bufferevent_getcb(bev, NULL, NULL, NULL, &evcon);
	if (evcon == NULL) {
		conn_free(c);
	} else {
		c->evcon = evcon;
		evhttp_connection_set_closecb(c->evcon, on_close, c);
		evbuffer_add_cb(bufferevent_get_input(bev), gate_input, c);
		if (c->is_tls)
			conn_enter(c, CONN_SHAKE, c->guard->now_us + c->guard->limits.request_us);
		else
			conn_enter(c, CONN_IDLE, c->guard->now_us + c->guard->limits.idle_us);
		learn_peer(c);
		if (!guard_admit(c->guard, c))
			turn_away(c);
	}
	bufferevent_decref(bev);
}

void conn_refuse_later(struct conn *c, int status, const char *text)
{
	c->lint.status = status;
	c->lint.text = text;
	conn_enter(c, CONN_REFUSED, c->deadline_us);
	bufferevent_disable(c->bev, EV_READ);
	guard_later(c->guard, c, CONN_REFUSE);
}

/* evhttp's output is empty while it reads, and a refusal fits into an empty socket buffer: no need to
 * wait for a write event, and a client that does not read loses only what it does not want. */
void conn_refuse(struct conn *c)
{
	char reply[MAX_REFUSAL];
	size_t n = reply_refusal(&c->lint, c->guard->date, reply, sizeof(reply));

	conn_send(c, reply, n);
	conn_enter(c, CONN_REFUSED, c->deadline_us);
	conn_drop(c);
}
