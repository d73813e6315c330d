#include "net/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/manager.h"
#include "base/mem.h"
#include "net/conn.h"
#include "net/listen.h"
#include "net/tls_server.h"

struct http {
	struct guard guard;
	struct evhttp *evhttp;
	struct evhttp *over_tls;	/* the same for what speaks TLS; NULL: nothing does */
	http_handler_fn *handler;
	void *arg;
	struct listener listeners[GUARD_MAX_LISTENERS];
	struct evhttp_bound_socket *bound[GUARD_MAX_LISTENERS];
	size_t n_listeners;
};

static void on_written(struct evhttp_request *evrq, void *arg)
{
	(void)evrq;
	gate_next(arg);
}

/* evhttp tells no connection of ours; the gate has just let this one through. */
static struct conn *whose(struct guard *g, const struct evhttp_connection *evcon)
{
	struct conn *c = g->current;

	if (c != NULL && c->evcon == evcon)
		return c;
	LIST_FOREACH(c, &g->conns, all)
		if (c->evcon == evcon)
			break;
	return c;
}

static void on_request(struct evhttp_request *evrq, void *arg)
{
	struct http *h = arg;
	struct conn *c = whose(&h->guard, evhttp_request_get_connection(evrq));

	if (c == NULL || c->state != CONN_OPEN) {
		/* Nothing gets past the gate; if it did, it would not be answered. */
		evhttp_connection_free(evhttp_request_get_connection(evrq));
		return;
	}
	h->guard.stats.requests++;
	c->rq = (struct http_request){
		.evrq = evrq, .uri = evhttp_request_get_uri(evrq), .is_head = c->lint.is_head,
		.received_us = clock_wall_us(),
	};
	conn_enter(c, CONN_HANDLING, INT64_MAX);
	evhttp_request_set_on_complete_cb(evrq, on_written, c);
	h->handler(&c->rq, h->arg);
}

static void ignore_sigpipe(void)
{
	struct sigaction action;

	if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
}

/* evhttp does not tell what accepts which socket was connected to: one for those with TLS, one for those without. */
static struct evhttp *make_evhttp(struct http *h, struct bufferevent *(*accept)(struct event_base *, void *))
{
	struct evhttp *evhttp = evhttp_new(h->guard.base);

	/* The gate has read method, target, fields and length before evhttp does, and the guard
	 * keeps the time: evhttp's own limits would only answer less well. */
	evhttp_set_allowed_methods(evhttp, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST |
				   EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_PATCH |
				   EVHTTP_REQ_OPTIONS);
	evhttp_set_max_headers_size(evhttp, -1);
	evhttp_set_max_body_size(evhttp, -1);
	evhttp_set_default_content_type(evhttp, NULL);
	evhttp_set_bevcb(evhttp, accept, &h->guard);
	evhttp_set_gencb(evhttp, on_request, h);
	return evhttp;
}

struct http *http_create(struct event_base *base, const struct http_limits *limits,
			 http_handler_fn *handler, void *arg)
{
	struct http *h = xnew(struct http);

	ignore_sigpipe();
	h->handler = handler;
	h->arg = arg;
	guard_init(&h->guard, base, limits);
	h->evhttp = make_evhttp(h, conn_accept);
	return h;
}

void http_destroy(struct http *h)
{
	struct conn *c;

	if (h == NULL)
		return;
	http_stop_accepting(h);
	guard_work_now(&h->guard);	/* no connection is half known any more */
	h->guard.is_ending = true;
	evhttp_free(h->evhttp);
	if (h->over_tls != NULL)
		evhttp_free(h->over_tls);
	while ((c = LIST_FIRST(&h->guard.conns)) != NULL)
		conn_abandon(c);
	guard_finish(&h->guard);
	tls_server_destroy(h->guard.tls);
	free(h);
}

void http_set_limits(struct http *h, const struct http_limits *limits)
{
	guard_set_limits(&h->guard, limits);
}

/* ---- listening ---- */

void http_set_tls(struct http *h, struct tls_server *tls)
{
	tls_server_destroy(h->guard.tls);
	h->guard.tls = tls;
	if (h->over_tls == NULL && tls != NULL)
		h->over_tls = make_evhttp(h, conn_accept_tls);
}

static bool is_unix(int fd)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t size = sizeof(sa);

	return getsockname(fd, (struct sockaddr *)&sa, &size) == 0 && sa.ss_family == AF_UNIX;
}

static struct evhttp *server_of(struct http *h, const struct listener *l)
{
	return h->over_tls != NULL && !is_unix(l->fd) ? h->over_tls : h->evhttp;
}

static bool take_listener(struct http *h, struct listener *l, struct err *err)
{
	size_t i = h->n_listeners;

	h->bound[i] = evhttp_accept_socket_with_handle(server_of(h, l), l->fd);
	if (h->bound[i] == NULL) {
		listener_finish(l);
		return err_setf(err, ERR_CONF, "the event loop does not take the socket");
	}
	h->listeners[i] = *l;
	h->n_listeners++;
	guard_add_listener(&h->guard, evhttp_bound_socket_get_listener(h->bound[i]));
	return true;
}

static bool has_room(const struct http *h, struct err *err)
{
	return h->n_listeners < GUARD_MAX_LISTENERS ||
	       err_setf(err, ERR_CONF, "more than %d sockets to listen on", GUARD_MAX_LISTENERS);
}

bool http_listen(struct http *h, const char *address, struct err *err)
{
	struct listener l;

	if (!has_room(h, err) || !listener_open(&l, address, err))
		return false;
	if (take_listener(h, &l, err))
		return true;
	close(l.fd);
	return err_prefixf(err, "%s", address);
}

bool http_adopt(struct http *h, int fd, struct err *err)
{
	struct listener l;

	return has_room(h, err) && listener_adopt(&l, fd, err) && take_listener(h, &l, err);
}

int http_adopt_activated(struct http *h, struct err *err)
{
	int n = manager_n_sockets();

	if (n < 0) {
		err_setf(err, ERR_CONF, "socket activation: %s", strerror(errno));
		return -1;
	}
	for (int i = 0; i < n; i++) {
		if (!http_adopt(h, MANAGER_FIRST_FD + i, err)) {
			err_prefixf(err, "socket activation");
			return -1;
		}
	}
	return n;
}

size_t http_n_listeners(const struct http *h)
{
	return h->n_listeners;
}

unsigned http_port(const struct http *h, size_t i)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t size = sizeof(sa);

	if (i >= h->n_listeners ||
	    getsockname(h->listeners[i].fd, (struct sockaddr *)&sa, &size) != 0)
		return 0;
	if (sa.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&sa)->sin_port);
	if (sa.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&sa)->sin6_port);
	return 0;
}

/* ---- ending ---- */

void http_stop_accepting(struct http *h)
{
	guard_forget_listeners(&h->guard);
	while (h->n_listeners > 0) {
		size_t i = --h->n_listeners;

		evhttp_del_accept_socket(server_of(h, &h->listeners[i]), h->bound[i]);
		listener_finish(&h->listeners[i]);
	}
}

void http_drain(struct http *h)
{
	struct conn *c, *next;

	h->guard.is_draining = true;
	for (c = LIST_FIRST(&h->guard.conns); c != NULL; c = next) {
		next = LIST_NEXT(c, all);
		if ((c->state == CONN_IDLE || c->state == CONN_SHAKE) && c->pipelined == NULL)
			conn_drop(c);
	}
}

bool http_is_draining(const struct http *h)
{
	return h->guard.is_draining;
}

size_t http_in_flight(const struct http *h)
{
	return h->guard.stats.n_in_flight;
}

struct http_stats http_stats(const struct http *h)
{
	return h->guard.stats;
}
