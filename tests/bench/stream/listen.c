/* Opens so many live streams, posts forms at a steady rate, and says how long each stream took to hear of each of them.
 *   listen PORT STREAMS RATE SECONDS TOKEN…
 * Delay: from the moment at which the request was written to that at which a stream's bytes were read. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { NEEDLE_LEN = 26 };
static const char needle[] = "event: interaction.created";

struct stream {
	int fd;
	size_t matched, n_heard;	/* of the needle; events */
};

static struct sockaddr_in to = { .sin_family = AF_INET };
static double *sent_at, *delays;
static size_t n_sent, n_delays;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		fail("connect");
	return fd;
}

static void send_all(int fd, const char *text, size_t n)
{
	if (write(fd, text, n) != (ssize_t)n)
		fail("write");
}

static int open_stream(const char *token)
{
	char text[300], answer[1024];
	int fd = dial();
	ssize_t n;

	send_all(fd, text, (size_t)snprintf(text, sizeof(text), "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n",
					    token));
	n = read(fd, answer, sizeof(answer) - 1);
	answer[n > 0 ? n : 0] = '\0';
	if (strncmp(answer, "HTTP/1.1 200", 12) != 0) {
		fprintf(stderr, "%s\n", answer);
		exit(1);
	}
	return fd;
}

static void post(int fd)
{
	char text[400], body[100];
	int n = snprintf(body, sizeof(body), "{\"email\":\"maria@example.com\",\"message\":\"number %zu\"}", n_sent);
	int len = snprintf(text, sizeof(text), "POST /hooks/contact HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
			   "Idempotency-Key: k%zu\r\nContent-Length: %d\r\n\r\n%s", n_sent, n, body);

	sent_at[n_sent++] = now();
	send_all(fd, text, (size_t)len);
}

static void take(struct stream *s)
{
	char bytes[65536];
	ssize_t n = read(s->fd, bytes, sizeof(bytes));
	double at = now();

	if (n <= 0)
		fail("a stream ended");
	for (ssize_t i = 0; i < n; i++) {
		s->matched = bytes[i] == needle[s->matched] ? s->matched + 1 : bytes[i] == needle[0];
		if (s->matched < NEEDLE_LEN)
			continue;
		s->matched = 0;
		delays[n_delays++] = at - sent_at[s->n_heard++];
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct epoll_event events[256];
	size_t n_streams, n_events;
	struct stream *streams;
	double interval, next, end;
	char sink[65536];
	int epfd = epoll_create1(0), poster;

	if (argc < 6)
		return 2;
	to.sin_port = htons((unsigned short)strtoul(argv[1], NULL, 10));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	n_streams = strtoul(argv[2], NULL, 10);
	interval = 1 / strtod(argv[3], NULL);
	n_events = (size_t)(strtod(argv[3], NULL) * strtod(argv[4], NULL));
	streams = calloc(n_streams, sizeof(*streams));
	sent_at = calloc(n_events, sizeof(*sent_at));
	delays = calloc(n_events * n_streams, sizeof(*delays));
	for (size_t i = 0; i < n_streams; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &streams[i] };

		streams[i].fd = open_stream(argv[5 + i % (size_t)(argc - 5)]);
		epoll_ctl(epfd, EPOLL_CTL_ADD, streams[i].fd, &event);
	}
	poster = dial();
	epoll_ctl(epfd, EPOLL_CTL_ADD, poster, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = NULL });
	next = now() + 0.5;
	end = next + (double)n_events * interval + 5;
	while (now() < end && n_delays < n_events * n_streams) {
		double wait = n_sent < n_events ? next - now() : 0.1;
		int n = epoll_wait(epfd, events, 256, wait > 0 ? (int)(wait * 1000) : 0);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr != NULL)
				take(events[i].data.ptr);
			else if (read(poster, sink, sizeof(sink)) <= 0)
				fail("the daemon closed the poster's connection");
		}
		for (; n_sent < n_events && now() >= next; next += interval)
			post(poster);
	}
	qsort(delays, n_delays, sizeof(*delays), by_size);
	printf("{\"streams\": %zu, \"sent\": %zu, \"heard\": %zu, \"missing\": %zu, \"p50_ms\": %.1f, \"p99_ms\": %.1f, \"max_ms\": %.1f}\n",
	       n_streams, n_sent, n_delays, n_sent * n_streams - n_delays, delays[n_delays / 2] * 1e3, delays[n_delays * 99 / 100] * 1e3,
	       delays[n_delays ? n_delays - 1 : 0] * 1e3);
	return n_delays == n_sent * n_streams ? 0 : 1;
}
