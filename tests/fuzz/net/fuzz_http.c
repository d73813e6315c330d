/* Bytes of a client through the whole HTTP server, once in one piece and once cut small: no crash, and
 * the same answers. The first byte says how small. */
#include <arpa/inet.h>
#include <assert.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/mem.h"
#include "net/http.h"

enum { MAX_INPUT = 4000, MAX_REPLIES = 1 << 20, MAX_TURNS = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct event_base *base;
static struct http *http;

static void handle(struct http_request *rq, void *arg)
{
	struct str body = http_body(rq);
	struct buf out;

	(void)arg;
	buf_init(&out, 1 << 16);
	buf_addf(&out, STR_FMT " " STR_FMT "?" STR_FMT " %zu ", STR_ARG(http_method(rq)),
		 STR_ARG(http_path(rq)), STR_ARG(http_query(rq)), body.len);
	buf_add(&out, body);
	http_reply(rq, 200, "text/plain", buf_str(&out), NULL);
	buf_finish(&out);
}

/* libFuzzer's watch over time is a signal every few seconds, and it interrupts connect() and send(). */
static void restart_calls(void)
{
	struct sigaction alarm;

	sigaction(SIGALRM, NULL, &alarm);
	alarm.sa_flags |= SA_RESTART;
	sigaction(SIGALRM, &alarm, NULL);
}

static void start(void)
{
	const struct http_limits limits = { .max_body = 2000, .max_per_address = 1000 };
	struct err err;

	restart_calls();
	base = event_base_new();
	http = http_create(base, &limits, handle, NULL);
	if (!http_listen(http, "127.0.0.1:0", &err))
		abort();
}

static int dial(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(http, 0)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	const int on = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		perror("connect");
		abort();
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* What may differ from run to run: the dates, and whether a client was told to go on with its body. */
static void normalize(struct buf *b)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	size_t at, n = sizeof(go_on) - 1;

	while ((at = str_find(buf_str(b), (struct str){ go_on, n })) != STR_NONE) {
		memmove(b->ptr + at, b->ptr + at + n, b->len - at - n);
		buf_truncate(b, b->len - n);
	}
	while ((at = str_find(buf_str(b), STR("\r\nDate: "))) != STR_NONE)
		for (b->ptr[at + 2] = '-'; at + 8 < b->len && b->ptr[at + 8] != '\r'; at++)
			b->ptr[at + 8] = '-';
}

static void talk(struct str bytes, size_t step, struct buf *replies)
{
	int fd = dial();
	char piece[4096];
	ssize_t n = -1;

	buf_init(replies, MAX_REPLIES);
	for (size_t i = 0; i < bytes.len; i += step) {
		struct str s = str_sub(bytes, i, step);

		event_base_loop(base, EVLOOP_NONBLOCK);
		if (send(fd, s.ptr, s.len, MSG_NOSIGNAL) < 0)
			break;
	}
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < MAX_TURNS && n != 0; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);
		if (n > 0)
			buf_add(replies, (struct str){ piece, (size_t)n });
	}
	assert(n == 0);			/* closed in good order: never reset, never stuck */
	close(fd);
	normalize(replies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = { (const char *)data + 1, size - 1 };
	struct buf whole, cut;

	if (size < 2 || size > MAX_INPUT)
		return 0;
	if (base == NULL)
		start();
	talk(bytes, bytes.len, &whole);
	talk(bytes, 1 + data[0] % 64, &cut);
	if (!str_eq(buf_str(&whole), buf_str(&cut))) {
		fprintf(stderr, "whole: %s\ncut: %s\n", whole.ptr, cut.ptr);
		abort();
	}
	buf_finish(&whole);
	buf_finish(&cut);
	for (int i = 0; i < MAX_TURNS && http_stats(http).n_open > 0; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	assert(http_stats(http).n_open == 0 && http_in_flight(http) == 0);
	return 0;
}
