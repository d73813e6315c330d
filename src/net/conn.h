/* Private to the HTTP server: one accepted connection and the request it carries. HTTP/1 has one request
 * at a time on a connection, so the request lives inside it and costs no allocation. */
#pragma once

#include <netinet/in.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "net/chunk.h"
#include "net/guard.h"
#include "net/http.h"
#include "net/lint.h"

struct evhttp_connection;
struct evhttp_request;

enum conn_state {
	CONN_NEW,		/* accepted; evhttp's object is not known yet */
	CONN_SHAKE,		/* TLS: no byte of the first request; the handshake's time is a request's */
	CONN_IDLE,		/* no byte of the next request */
	CONN_HEAD, CONN_BODY, CONN_CHUNKS,	/* reading; evhttp sees nothing of it */
	CONN_OPEN,		/* complete: evhttp parses it right now */
	CONN_HANDLING,		/* the handler has it */
	CONN_STREAM,		/* an answer without end */
	CONN_WRITING,		/* answered, not all written */
	CONN_REFUSED,		/* a refusal waits for guard_later() */
	CONN_LINGER,		/* refused and shut: swallow what the client still sends */
	CONN_GONE,		/* no socket any more, but the request is not answered */
};

/* What guard_later() does once no callback of this connection is on the stack. */
enum conn_work {
	CONN_ADOPT = 1, CONN_REFUSE = 2, CONN_DECODE = 4, CONN_INJECT = 8, CONN_CUT = 16,
	CONN_TELL = 32,		/* … the stream's owner that the client has left */
};

enum { CONN_LINGER_US = 5 * 1000 * 1000 };

struct http_request {
	struct evhttp_request *evrq;
	const char *uri;		/* evhttp's */
	int64_t received_us;
	bool is_head;
	char peer[INET6_ADDRSTRLEN];	/* filled when asked for */
	http_closed_fn *closed;
	void *closed_arg;
};

struct conn {
	struct guard *guard;
	LIST_ENTRY(conn) all;
	TAILQ_ENTRY(conn) later;
	unsigned work;			/* enum conn_work bits; 0: not queued */
	enum conn_state state;

	struct bufferevent *bev;	/* evhttp's; NULL when it has let go */
	struct evhttp_connection *evcon;
	struct sockaddr_storage peer;
	struct address *address;	/* counted there; NULL: exempt */
	bool is_tls;			/* bev has an SSL inside, and the socket's bytes are not ours */
	bool is_proxied;		/* the direct peer is a trusted proxy */

	int64_t started_us;		/* first byte of this request; monotonic, as deadlines are */
	int64_t deadline_us;		/* INT64_MAX: none */

	bool is_shut;			/* the gate: evhttp is not called for input */
	struct lint_scan scan;
	struct lint lint;
	size_t head_len;
	uint64_t n_needed;		/* head and body, with CONN_BODY */
	uint64_t n_reserved;		/* our part of guard->n_buffered */
	struct chunk chunk;		/* with CONN_CHUNKS: the coding, … */
	struct buf head;		/* … the head, rewritten for evhttp at the end, … */
	struct evbuffer *body;		/* … and what is decoded */
	struct evbuffer *pipelined;	/* came before the last reply was written */

	int linger_fd;
	struct event *linger;
	size_t n_lingered;

	struct http_request rq;
};

static inline struct conn *conn_of(const struct http_request *rq)
{
	return (struct conn *)((char *)(uintptr_t)rq - offsetof(struct conn, rq));
}

/* ---- conn.c: a connection's life ---- */

/* evhttp_set_bevcb's callback; arg is the guard. */
struct bufferevent *conn_accept(struct event_base *base, void *arg);
struct bufferevent *conn_accept_tls(struct event_base *base, void *arg);
/* Puts a few bytes past evhttp, whose output is empty, onto the wire; lost when there is no room, never waited for. */
void conn_send(struct conn *c, const char *bytes, size_t n);
void conn_adopt(struct conn *c);
/* Moves to another state and keeps the count of requests in flight. */
void conn_enter(struct conn *c, enum conn_state state, int64_t deadline_us);
/* Answers c->lint.status and text by ourselves, shuts the connection and lingers. Not from inside one of
 * its own callbacks: there, conn_refuse_later(). */
void conn_refuse(struct conn *c);
void conn_refuse_later(struct conn *c, int status, const char *text);
/* Ends it, whatever it does; c may be freed. Same restriction. */
void conn_drop(struct conn *c);
/* The server ends: what is still unanswered lives on by itself. */
void conn_abandon(struct conn *c);
/* The request of a connection that is CONN_GONE is answered: free both. */
void conn_forget(struct conn *c);

/* ---- tls_accept.c: the TLS of one connection ---- */

struct bufferevent *tls_accept(struct event_base *base, struct guard *g);	/* NULL: no memory */
void tls_accept_send(struct bufferevent *bev, const char *bytes, size_t n);
/* Before its socket is shut: says goodbye, or, to whom does not speak TLS, what to do. */
void tls_accept_end(struct conn *c);

/* ---- gate.c: a request is held back until it is complete and clean ---- */

struct evbuffer_cb_info;
void gate_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg);
void gate_decode(struct conn *c);	/* CONN_DECODE */
void gate_inject(struct conn *c);	/* CONN_INJECT */
/* The reply is written: ready for the next request. */
void gate_next(struct conn *c);
