/* Admission and deadlines of the HTTP server: how many connections in all and from one address, how long
 * each may take, what happens when descriptors run out. Private to it. */
#pragma once

#include <sys/queue.h>

#include "net/http.h"

struct conn;
struct event;
struct evconnlistener;
struct evhttp;
struct evhttp_bound_socket;
struct tls_server;

struct address;				/* what is connected from one address */
enum { GUARD_MAX_LISTENERS = 16, GUARD_ADDRESS_BUCKETS = 256 };

struct guard {
	struct event_base *base;
	struct tls_server *tls;		/* NULL: none of our own */
	struct http_limits limits;	/* with no zeros left */
	struct http_stats stats;
	LIST_HEAD(, conn) conns;
	TAILQ_HEAD(, conn) later;
	struct address *addresses[GUARD_ADDRESS_BUCKETS];
	struct evconnlistener *listeners[GUARD_MAX_LISTENERS];
	size_t n_listeners;
	struct event *work, *sweep, *resume;
	bool is_full, is_out_of_fds, is_draining, is_ending;
	uint64_t n_buffered;		/* bytes of bodies on their way in */
	int64_t now_us;			/* of the last sweep: good for deadlines, free to read */
	char date[40];			/* for replies; of the last sweep */
	struct conn *current;		/* whose bytes evhttp parses */
	LIST_ENTRY(guard) registry;
};

void guard_init(struct guard *g, struct event_base *base, const struct http_limits *limits);
void guard_finish(struct guard *g);
void guard_set_limits(struct guard *g, const struct http_limits *limits);
void guard_add_listener(struct guard *g, struct evconnlistener *listener);
void guard_forget_listeners(struct guard *g);

void guard_opened(struct guard *g, struct conn *c);
void guard_closed(struct guard *g, struct conn *c);
/* Counts c for its address; false when that has too many already. */
bool guard_admit(struct guard *g, struct conn *c);
/* Room among the bodies on their way in? */
bool guard_reserve(struct guard *g, struct conn *c, uint64_t n_bytes);
void guard_release(struct guard *g, struct conn *c);

/* Does the work (enum conn_work) soon, from the loop, outside of the connection's own callbacks. */
void guard_later(struct guard *g, struct conn *c, unsigned work);
void guard_forget(struct guard *g, struct conn *c);	/* whatever waits for it */
void guard_work_now(struct guard *g);
