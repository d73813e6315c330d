/* The HTTP/1.1 server: evhttp behind deadlines, caps and a strict reading of every request. All calls
 * and callbacks are on the loop thread. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct event_base;
struct http;
struct http_request;
struct sockaddr;
struct tls_server;

/* Zero stands for the default named here. */
struct http_limits {
	uint64_t max_body;		/* of one request: 4 MiB; more: 413 */
	uint64_t max_buffered;		/* of all bodies on their way in, above 64 KiB each: 64 MiB; then 503 */
	size_t max_head;		/* request line and fields: 16 KiB; more: 431 (the target half of it; more: 414) */
	unsigned max_connections;	/* 512; then nothing is accepted until one closes */
	unsigned max_per_address;	/* 32; IPv6 by /64; proxies and unix sockets are exempt */
	bool loopback_is_exempt;	/* so is loopback */
	int64_t request_us;		/* first byte to last: 15 s … */
	int64_t large_request_us;	/* … and with a body above 1 MiB: 30 s */
	int64_t idle_us;		/* keep-alive: 30 s; 1 s while all connections are taken */
	int64_t reply_us;		/* to take the reply: 30 s, and 1 s more for each 64 KiB */
	/* Is the direct peer a proxy whose X-Forwarded-For counts? NULL: nobody is. */
	bool (*is_proxy)(const struct sockaddr *peer, void *arg);
	void *is_proxy_arg;
};

/* Called once a request is there in full and lint-clean. It must answer it, now or later, by exactly one
 * http_reply(), http_problem() or http_stream_end(). */
typedef void http_handler_fn(struct http_request *rq, void *arg);

/* Ignores SIGPIPE in this process when it has the default action. */
struct http *http_create(struct event_base *base, const struct http_limits *limits,
			 http_handler_fn *handler, void *arg);
/* Drops all connections. Requests not answered yet stay valid, their replies go nowhere. */
void http_destroy(struct http *h);
void http_set_limits(struct http *h, const struct http_limits *limits);	/* reload */

/* From now on what is accepted at an address and port speaks TLS, with this certificate; connections there are keep theirs.
 * Takes it over. NULL, or before the first listener: unix sockets stay as they are, always. Whether there is one may not
 * change once something listens. */
void http_set_tls(struct http *h, struct tls_server *tls);

/* "127.0.0.1:8480", "[::1]:80", "*:8480" (every address, both families), "unix:/path" (mode 0660; what a
 * dead process left there is replaced). Port 0: the kernel's choice, see http_port(). */
bool http_listen(struct http *h, const char *address, struct err *err);
/* Takes a descriptor that listens already. */
bool http_adopt(struct http *h, int fd, struct err *err);
/* Those of systemd socket activation: how many, or -1. */
int http_adopt_activated(struct http *h, struct err *err);
size_t http_n_listeners(const struct http *h);
unsigned http_port(const struct http *h, size_t i);	/* 0: not TCP */

/* Shutting down: the sockets close, what is in flight goes on. */
void http_stop_accepting(struct http *h);
/* Idle connections close now, the others with their next reply. */
void http_drain(struct http *h);
bool http_is_draining(const struct http *h);
/* Requests whose first byte came and whose reply is not written yet; streams count. */
size_t http_in_flight(const struct http *h);

struct http_stats {
	uint64_t accepted, requests;
	uint64_t refused_address;	/* per-address cap */
	uint64_t refused_busy;		/* max_buffered */
	uint64_t refused_lint;		/* framing, size, method … */
	uint64_t killed_request, killed_idle, killed_reply;	/* by their deadlines */
	uint64_t failed_tls;		/* handshakes that came to nothing */
	uint64_t cap_pauses, fd_pauses;	/* accept stopped: all connections taken; no descriptors */
	size_t n_open, n_in_flight;
};
struct http_stats http_stats(const struct http *h);

/* ---- the request; slices are valid until it is answered ---- */

struct str http_method(const struct http_request *rq);	/* HEAD reads "GET": its body is dropped */
bool http_is_head(const struct http_request *rq);
struct str http_path(const struct http_request *rq);	/* as sent, see http_decode() */
struct str http_query(const struct http_request *rq);	/* without the "?", as sent */
struct str http_header(const struct http_request *rq, const char *name);	/* first one, or empty */
unsigned http_header_count(const struct http_request *rq, const char *name);
struct str http_body(const struct http_request *rq);	/* in one piece */
int64_t http_received_us(const struct http_request *rq);	/* wall time of its last byte */
/* The address of the client, without port; behind a proxy the last one that it names; "unix". */
struct str http_peer(const struct http_request *rq);
/* Over a unix socket or loopback, and not forwarded by anyone. */
bool http_is_local(const struct http_request *rq);
/* Over TLS of our own, up to the direct peer. */
bool http_is_encrypted(const struct http_request *rq);
/* Passed on by a proxy that is trusted, which wrote what X-Forwarded-… and its own fields say. */
bool http_is_proxied(const struct http_request *rq);
/* Who is at the other end of a unix socket. */
bool http_peer_user(const struct http_request *rq, unsigned *uid, unsigned *gid);

/* Undoes percent-encoding into out (room: raw.len) and gives its length; false for a broken escape, a
 * control character or text that is not UTF-8. */
bool http_decode(struct str raw, bool plus_is_blank, char *out, size_t *len);

/* ---- the answer ---- */

struct http_header {
	const char *name, *value;	/* a value with a line break is dropped */
};

/* body is copied, content_type may be NULL, more ends with a NULL name and may be NULL. rq is gone
 * afterwards. Safe when the client has left. */
void http_reply(struct http_request *rq, int status, const char *content_type, struct str body,
		const struct http_header *more);
/* A plain text that names the cure: "the token is wrong; see daybook connectors". */
void http_problem(struct http_request *rq, int status, const char *text,
		  const struct http_header *more);

/* An answer without end (server-sent events): begin, then any number of sends, then end. closed(arg) is
 * called, later and once, when the client has left or was dropped because 256 KiB wait for it; end the
 * stream then too. */
typedef void http_closed_fn(struct http_request *rq, void *arg);
void http_stream_begin(struct http_request *rq, const char *content_type,
		       const struct http_header *more, http_closed_fn *closed, void *arg);
bool http_stream_send(struct http_request *rq, struct str data);	/* false: nobody is there */
size_t http_stream_waiting(const struct http_request *rq);	/* bytes that its client has not taken yet */
void http_stream_end(struct http_request *rq);
