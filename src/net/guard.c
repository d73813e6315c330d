#include "net/guard.h"

#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/conn.h"

enum {
	SWEEP_MS = 200,
	FD_PAUSE_MS = 200,
	PRESSED_US = 1000 * 1000,	/* idle connections while others wait for theirs */
	SMALL_BODY = 64 * 1024,		/* such a body is never refused for lack of room */
};

struct address {
	struct address *next;
	unsigned char key[16];		/* IPv6; IPv4 mapped into it */
	unsigned n_conns;
};

/* A listener's error callback gets evhttp's argument, not ours, so it must look for its guard. */
static LIST_HEAD(, guard) registry = LIST_HEAD_INITIALIZER(registry);

/* ---- logging: whatever happens, a line a while ---- */

struct seldom {
	int64_t next_us;
	unsigned n_suppressed;
};

static bool seldom(struct seldom *s, int64_t every_us)
{
	int64_t now = clock_mono_us();

	if (now < s->next_us) {
		s->n_suppressed++;
		return false;
	}
	s->next_us = now + every_us;
	return true;
}

static void on_libevent_log(int severity, const char *text)
{
	static struct seldom every;

	if (severity < EVENT_LOG_WARN || !seldom(&every, US_PER_S))
		return;
	log_warn(NULL, "libevent", kv_s("text", text), kv_i("suppressed", every.n_suppressed));
	every.n_suppressed = 0;
}

/* ---- accepting ---- */

static void update_listeners(struct guard *g)
{
	for (size_t i = 0; i < g->n_listeners; i++) {
		if (g->is_full || g->is_out_of_fds)
			evconnlistener_disable(g->listeners[i]);
		else
			evconnlistener_enable(g->listeners[i]);
	}
}

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	static struct seldom every;
	const struct timeval pause = { 0, FD_PAUSE_MS * 1000 };
	const char *error = strerror(EVUTIL_SOCKET_ERROR());
	struct guard *g;

	(void)arg;
	LIST_FOREACH(g, &registry, registry)
		for (size_t i = 0; i < g->n_listeners; i++)
			if (g->listeners[i] == listener)
				goto found;
	return;
found:
	g->stats.fd_pauses++;
	g->is_out_of_fds = true;
	update_listeners(g);
	event_add(g->resume, &pause);
	if (seldom(&every, 10 * US_PER_S)) {
		log_warn(NULL, "cannot accept a connection; raise LimitNOFILE or lower "
			 "http.max_connections", kv_s("error", error),
			 kv_i("connections", g->stats.n_open),
			 kv_i("suppressed", every.n_suppressed));
		every.n_suppressed = 0;
	}
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct guard *g = arg;

	(void)fd, (void)what;
	g->is_out_of_fds = false;
	update_listeners(g);
}

void guard_add_listener(struct guard *g, struct evconnlistener *listener)
{
	g->listeners[g->n_listeners++] = listener;
	evconnlistener_set_error_cb(listener, on_accept_error);
}

void guard_forget_listeners(struct guard *g)
{
	g->n_listeners = 0;
	event_del(g->resume);
}

void guard_opened(struct guard *g, struct conn *c)
{
	LIST_INSERT_HEAD(&g->conns, c, all);
	g->stats.accepted++;
	if (++g->stats.n_open >= g->limits.max_connections && !g->is_full) {
		g->stats.cap_pauses++;
		g->is_full = true;
		update_listeners(g);
	}
}

/* ---- one address's share ---- */

static bool address_key(const struct sockaddr_storage *peer, unsigned char key[16])
{
	memset(key, 0, 16);
	if (peer->ss_family == AF_INET) {
		memcpy(key + 10, "\xff\xff", 2);
		memcpy(key + 12, &((const struct sockaddr_in *)peer)->sin_addr, 4);
		return true;
	}
	if (peer->ss_family == AF_INET6) {
		const struct in6_addr *a = &((const struct sockaddr_in6 *)peer)->sin6_addr;

		/* A customer's line has a /64 at least: its host part is free to choose. */
		memcpy(key, a, IN6_IS_ADDR_V4MAPPED(a) ? 16 : 8);
		return true;
	}
	return false;
}

static bool is_loopback(const unsigned char key[16])
{
	static const unsigned char mapped[13] = { [10] = 0xff, [11] = 0xff, [12] = 127 };
	static const unsigned char none[8];

	/* ::1 is all zeros once cut to its /64, and nothing else routable is. */
	return memcmp(key, mapped, sizeof(mapped)) == 0 ||
	       (memcmp(key, none, sizeof(none)) == 0 && key[10] == 0);
}

static struct address **find_address(struct guard *g, const unsigned char key[16])
{
	unsigned hash = 2166136261U;
	struct address **at;

	for (size_t i = 0; i < 16; i++)
		hash = (hash ^ key[i]) * 16777619U;
	at = &g->addresses[(hash ^ hash >> 16) % GUARD_ADDRESS_BUCKETS];
	while (*at != NULL && memcmp((*at)->key, key, 16) != 0)
		at = &(*at)->next;
	return at;
}

bool guard_admit(struct guard *g, struct conn *c)
{
	unsigned char key[16];
	struct address **at;

	if (c->is_proxied || !address_key(&c->peer, key) ||
	    (g->limits.loopback_is_exempt && is_loopback(key)))
		return true;
	at = find_address(g, key);
	if (*at != NULL && (*at)->n_conns >= g->limits.max_per_address) {
		g->stats.refused_address++;
		return false;
	}
	if (*at == NULL) {
		*at = xnew(struct address);
		memcpy((*at)->key, key, 16);
	}
	(*at)->n_conns++;
	c->address = *at;
	return true;
}

static void leave_address(struct guard *g, struct conn *c)
{
	struct address **at;

	if (c->address == NULL || --c->address->n_conns > 0)
		return;
	at = find_address(g, c->address->key);
	*at = c->address->next;
	free(c->address);
}

void guard_closed(struct guard *g, struct conn *c)
{
	LIST_REMOVE(c, all);
	leave_address(g, c);
	c->address = NULL;
	guard_release(g, c);
	guard_forget(g, c);
	if (g->current == c)
		g->current = NULL;
	g->stats.n_open--;
	if (g->is_full && g->stats.n_open < g->limits.max_connections) {
		g->is_full = false;
		update_listeners(g);
	}
}

/* ---- bodies on their way in ---- */

bool guard_reserve(struct guard *g, struct conn *c, uint64_t n_bytes)
{
	if (n_bytes > SMALL_BODY && g->n_buffered + n_bytes > g->limits.max_buffered) {
		g->stats.refused_busy++;
		return false;
	}
	g->n_buffered += n_bytes;
	c->n_reserved += n_bytes;
	return true;
}

void guard_release(struct guard *g, struct conn *c)
{
	g->n_buffered -= c->n_reserved;
	c->n_reserved = 0;
}

/* ---- work outside of callbacks ---- */

void guard_later(struct guard *g, struct conn *c, unsigned work)
{
	if (c->work == 0)
		TAILQ_INSERT_TAIL(&g->later, c, later);
	c->work |= work;
	event_active(g->work, EV_TIMEOUT, 0);
}

void guard_forget(struct guard *g, struct conn *c)
{
	if (c->work != 0)
		TAILQ_REMOVE(&g->later, c, later);
	c->work = 0;
}

/* Each of these may end the connection, so only one is done at a time; what else waits is queued
 * again (guard_forget has taken it off the queue if the connection ended). */
static void do_work(struct guard *g, struct conn *c)
{
	unsigned work = c->work & -c->work;

	c->work &= ~work;
	if (c->work != 0)
		TAILQ_INSERT_TAIL(&g->later, c, later);
	switch (work) {
	case CONN_ADOPT:
		conn_adopt(c);
		break;
	case CONN_REFUSE:
		conn_refuse(c);
		break;
	case CONN_DECODE:
		gate_decode(c);
		break;
	case CONN_INJECT:
		gate_inject(c);
		break;
	case CONN_CUT:
		conn_drop(c);
		break;
	case CONN_TELL:
		c->rq.closed(&c->rq, c->rq.closed_arg);
		break;
	}
}

void guard_work_now(struct guard *g)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&g->later)) != NULL) {
		TAILQ_REMOVE(&g->later, c, later);
		do_work(g, c);
	}
}

static void on_work(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	guard_work_now(arg);
}

/* ---- deadlines ---- */

static void expire(struct guard *g, struct conn *c)
{
	switch (c->state) {
	case CONN_HEAD:
	case CONN_BODY:
	case CONN_CHUNKS:
		g->stats.killed_request++;
		c->lint.status = 408;
		c->lint.text = "the request took too long to arrive; send it at once "
			       "(http.request_timeout)";
		conn_refuse(c);
		return;
	case CONN_WRITING:
		g->stats.killed_reply++;
		break;
	case CONN_IDLE:
		g->stats.killed_idle++;
		break;
	default:
		break;
	}
	conn_drop(c);
}

/* While others wait for a connection, one that does nothing is given less time. */
static int64_t deadline_of(const struct guard *g, const struct conn *c)
{
	int64_t allowed = c->state == CONN_IDLE ? g->limits.idle_us :
			  c->state == CONN_SHAKE ? g->limits.request_us :
			  c->state == CONN_LINGER ? CONN_LINGER_US : 0;

	if (!g->is_full || allowed <= PRESSED_US)
		return c->deadline_us;
	return c->deadline_us - allowed + PRESSED_US;
}

static void look_at_the_clock(struct guard *g)
{
	g->now_us = clock_mono_us();
	evutil_date_rfc1123(g->date, sizeof(g->date), NULL);
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct guard *g = arg;
	struct conn *c, *next;

	(void)fd, (void)what;
	look_at_the_clock(g);
	for (c = LIST_FIRST(&g->conns); c != NULL; c = next) {
		next = LIST_NEXT(c, all);
		if (deadline_of(g, c) <= g->now_us)
			expire(g, c);
	}
}

/* ---- life ---- */

#define DEFAULT(field, value) \
	do { \
		if (g->limits.field == 0) \
			g->limits.field = (value); \
	} while (0)

void guard_set_limits(struct guard *g, const struct http_limits *limits)
{
	g->limits = *limits;
	DEFAULT(max_body, 4 << 20);
	DEFAULT(max_buffered, 64 << 20);
	DEFAULT(max_head, 16 << 10);
	DEFAULT(max_connections, 512);
	DEFAULT(max_per_address, 32);
	DEFAULT(request_us, 15 * US_PER_S);
	DEFAULT(large_request_us, 30 * US_PER_S);
	DEFAULT(idle_us, 30 * US_PER_S);
	DEFAULT(reply_us, 30 * US_PER_S);
	g->is_full = g->stats.n_open >= g->limits.max_connections;
	update_listeners(g);
}

void guard_init(struct guard *g, struct event_base *base, const struct http_limits *limits)
{
	const struct timeval every = { 0, SWEEP_MS * 1000 };

	g->base = base;
	LIST_INIT(&g->conns);
	TAILQ_INIT(&g->later);
	guard_set_limits(g, limits);
	look_at_the_clock(g);
	g->work = event_new(base, -1, 0, on_work, g);
	g->resume = event_new(base, -1, 0, on_resume, g);
	g->sweep = event_new(base, -1, EV_PERSIST, on_sweep, g);
	event_add(g->sweep, &every);
	event_set_log_callback(on_libevent_log);
	LIST_INSERT_HEAD(&registry, g, registry);
}

void guard_finish(struct guard *g)
{
	LIST_REMOVE(g, registry);
	event_free(g->sweep);
	event_free(g->resume);
	event_free(g->work);
}
