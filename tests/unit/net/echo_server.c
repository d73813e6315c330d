/* The HTTP layer with handlers that do what the tests ask for; prints "port N" once it listens. */
#include <event2/event.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/http.h"
#include "net/tls_server.h"

enum { TICK_MS = 10 };

struct later {
	struct http_request *rq;
	struct event *timer;
	LIST_ENTRY(later) all;
};

static struct event_base *base;
static struct http *http;
static LIST_HEAD(, later) laters = LIST_HEAD_INITIALIZER(laters);
static unsigned n_closed;

static int64_t number(struct http_request *rq, const char *name, int64_t otherwise)
{
	struct str query = http_query(rq), piece;
	int64_t value;

	while (str_next(&query, '&', &piece)) {
		size_t n = strlen(name);

		if (str_starts(piece, str_from(name)) && piece.len > n && piece.ptr[n] == '=' &&
		    str_int64(str_sub(piece, n + 1, STR_NONE), &value))
			return value;
	}
	return otherwise;
}

static void send_echo(struct http_request *rq)
{
	struct str body = http_body(rq);
	uint32_t sum = 0;
	struct buf out;

	for (size_t i = 0; i < body.len; i++)
		sum = sum * 31 + (unsigned char)body.ptr[i];
	buf_init(&out, 8192);
	buf_addf(&out, "method=" STR_FMT " path=" STR_FMT " query=" STR_FMT " body=%zu sum=%" PRIu32
		 " peer=" STR_FMT " local=%d a=%u/" STR_FMT "\n", STR_ARG(http_method(rq)),
		 STR_ARG(http_path(rq)), STR_ARG(http_query(rq)), body.len, sum,
		 STR_ARG(http_peer(rq)), http_is_local(rq), http_header_count(rq, "X-A"),
		 STR_ARG(http_header(rq, "X-A")));
	http_reply(rq, 200, "text/plain", buf_str(&out), NULL);
	buf_finish(&out);
}

static void send_big(struct http_request *rq)
{
	size_t n = (size_t)number(rq, "n", 1);
	char *text = malloc(n);

	memset(text, 'x', n);
	http_reply(rq, 200, "text/plain", (struct str){ text, n }, NULL);
	free(text);
}

static void send_stats(struct http_request *rq)
{
	struct http_stats s = http_stats(http);
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "accepted %" PRIu64 "\nrequests %" PRIu64 "\nrefused_address %" PRIu64
			 "\nrefused_busy %" PRIu64 "\nrefused_lint %" PRIu64 "\nkilled_request %" PRIu64
			 "\nkilled_idle %" PRIu64 "\nkilled_reply %" PRIu64 "\ncap_pauses %" PRIu64
			 "\nfd_pauses %" PRIu64 "\nfailed_tls %" PRIu64 "\nopen %zu\nin_flight %zu\nclosed %u\n",
			 s.accepted, s.requests, s.refused_address, s.refused_busy, s.refused_lint,
			 s.killed_request, s.killed_idle, s.killed_reply, s.cap_pauses, s.fd_pauses, s.failed_tls,
			 s.n_open, s.n_in_flight, n_closed);

	http_reply(rq, 200, "text/plain", (struct str){ text, (size_t)n }, NULL);
}

static void forget(struct later *l)
{
	LIST_REMOVE(l, all);
	event_free(l->timer);
	free(l);
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
	struct later *l = arg;

	(void)fd, (void)what;
	send_echo(l->rq);
	forget(l);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval tick = { 0, TICK_MS * 1000 };
	struct later *l = arg;
	static char line[32768];

	(void)fd, (void)what;
	memset(line, 't', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	if (http_stream_send(l->rq, (struct str){ line, sizeof(line) }))
		event_add(l->timer, &tick);
}

static void on_closed(struct http_request *rq, void *arg)
{
	n_closed++;
	http_stream_end(rq);
	forget(arg);
}

static void postpone(struct http_request *rq, event_callback_fn fn, int64_t ms)
{
	const struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	struct later *l = xnew(struct later);

	l->rq = rq;
	l->timer = event_new(base, -1, 0, fn, l);
	event_add(l->timer, &tv);
	LIST_INSERT_HEAD(&laters, l, all);
	if (fn == on_tick)
		http_stream_begin(rq, "text/event-stream", NULL, on_closed, l);
}

static void handle(struct http_request *rq, void *arg)
{
	static const struct http_header retry[] = { { "Retry-After", "7" },
						    { "X-Bad", "a\r\nX-Injected: 1" }, { 0 } };
	struct str path = http_path(rq);

	(void)arg;
	if (str_eq(path, STR("/later"))) {
		postpone(rq, on_later, number(rq, "ms", 50));
	} else if (str_eq(path, STR("/stream"))) {
		postpone(rq, on_tick, TICK_MS);
	} else if (str_eq(path, STR("/big"))) {
		send_big(rq);
	} else if (str_eq(path, STR("/empty"))) {
		http_reply(rq, 200, NULL, STR(""), NULL);
	} else if (str_eq(path, STR("/stats"))) {
		send_stats(rq);
	} else if (str_eq(path, STR("/busy"))) {
		http_problem(rq, 503, "the store is full; free some space", retry);
	} else if (str_eq(path, STR("/drain"))) {
		http_stop_accepting(http);
		http_drain(http);
		http_reply(rq, 200, NULL, STR(""), NULL);
	} else {
		send_echo(rq);
	}
}

static bool is_proxy(const struct sockaddr *peer, void *arg)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)peer;

	(void)arg;
	return peer->sa_family == AF_INET && ntohl(in->sin_addr.s_addr) == 0x7f000002;
}

static void on_term(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	event_base_loopbreak(base);
}

static bool set_limit(struct http_limits *limits, const char *arg)
{
	const char *eq = strchr(arg, '=');
	struct str name = str_sub(str_from(arg), 0, eq == NULL ? 0 : (size_t)(eq - arg));
	int64_t n;

	if (eq == NULL || !str_int64(str_from(eq + 1), &n))
		return false;
	if (str_eq(name, STR("request_ms")))
		limits->request_us = n * 1000;
	else if (str_eq(name, STR("large_request_ms")))
		limits->large_request_us = n * 1000;
	else if (str_eq(name, STR("idle_ms")))
		limits->idle_us = n * 1000;
	else if (str_eq(name, STR("reply_ms")))
		limits->reply_us = n * 1000;
	else if (str_eq(name, STR("max_body")))
		limits->max_body = (uint64_t)n;
	else if (str_eq(name, STR("max_buffered")))
		limits->max_buffered = (uint64_t)n;
	else if (str_eq(name, STR("max_connections")))
		limits->max_connections = (unsigned)n;
	else if (str_eq(name, STR("max_per_address")))
		limits->max_per_address = (unsigned)n;
	else if (str_eq(name, STR("loopback_is_exempt")))
		limits->loopback_is_exempt = n != 0;
	else
		return false;
	return true;
}

/* One file with certificate and key, as ECHO_PEM names it; read again by SIGHUP. */
static bool take_tls(struct err *err)
{
	const char *file = getenv("ECHO_PEM");
	struct tls_server *tls;
	char pem[8192];
	size_t n;
	FILE *f;

	if (file == NULL)
		return true;
	f = fopen(file, "r");
	n = f ? fread(pem, 1, sizeof(pem), f) : 0;
	if (f != NULL)
		fclose(f);
	tls = tls_server_load(file, (struct str){ pem, n }, err);
	if (tls != NULL)
		http_set_tls(http, tls);
	return tls != NULL;
}

static void on_hup(evutil_socket_t fd, short what, void *arg)
{
	struct err err;

	(void)fd, (void)what, (void)arg;
	if (!take_tls(&err))
		fprintf(stderr, "%s\n", err.msg);
}

/* Whatever is not answered yet is answered after the server is gone. */
static void destroy(void)
{
	struct later *l;

	http_destroy(http);
	while ((l = LIST_FIRST(&laters)) != NULL) {
		if (event_get_callback(l->timer) == on_tick)
			http_stream_end(l->rq);
		else
			send_echo(l->rq);
		forget(l);
	}
}

int main(int argc, char **argv)
{
	struct http_limits limits = { .max_per_address = 100000, .is_proxy = is_proxy };
	struct err err = { 0 };
	struct event *term, *hup;

	log_setup(LOG_INFO_);
	base = event_base_new();
	for (int i = 2; i < argc; i++)
		if (!set_limit(&limits, argv[i]))
			return 2;
	http = http_create(base, &limits, handle, NULL);
	if (argc < 2 || !take_tls(&err) || !(strcmp(argv[1], "systemd") == 0 ? http_adopt_activated(http, &err) > 0
							  : http_listen(http, argv[1], &err))) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	term = evsignal_new(base, SIGTERM, on_term, NULL);
	event_add(term, NULL);
	hup = evsignal_new(base, SIGHUP, on_hup, NULL);
	event_add(hup, NULL);
	printf("port %u\n", http_port(http, 0));
	fflush(stdout);
	event_base_dispatch(base);
	destroy();
	event_free(term);
	event_free(hup);
	event_base_free(base);
	libevent_global_shutdown();
	return 0;
}
