#include "net/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/stream.h"

enum { SLICE_MS = 250 };	/* how late a cancellation may be noticed */

int dial_wait(int fd, short events, int64_t deadline_us, bool (*is_canceled)(void *), void *arg)
{
	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = events };
		int64_t left_us = deadline_us - clock_mono_us();
		int64_t ms = (left_us + US_PER_MS - 1) / US_PER_MS;
		int n;

		if (is_canceled != NULL && is_canceled(arg))
			return -1;
		if (ms <= 0)
			return 0;
		if (ms > 60 * 1000)
			ms = 60 * 1000;
		if (is_canceled != NULL && ms > SLICE_MS)
			ms = SLICE_MS;
		n = poll(&pfd, 1, (int)ms);
		if (n > 0)
			return 1;
		if (n < 0 && errno != EINTR)
			return 1;	/* the read that follows says what is wrong */
	}
}

static bool is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return (ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >> 24) == 127;
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}

static const char *address_text(const struct addrinfo *ai, char out[INET6_ADDRSTRLEN])
{
	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, out, INET6_ADDRSTRLEN, NULL, 0, NI_NUMERICHOST) != 0)
		return "?";
	return out;
}

/* A peer that vanished without a word is noticed within two minutes, also while parked in IDLE. */
static void keep_alive(int fd)
{
	const int on = 1, idle_s = 60, interval_s = 20, count = 3;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static bool dial_failed(int fd, const char *ip, const struct stream_target *to, int error, struct err *err)
{
	close(fd);
	return err_setf(err, ERR_AGAIN, "%s (%s) port %u: %s", to->host, ip, to->port, strerror(error));
}

static bool dial_address(const struct addrinfo *ai, const struct stream_target *to, int64_t deadline_us,
			 int *out, struct err *err)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
	char text[INET6_ADDRSTRLEN];
	const char *ip = address_text(ai, text);
	socklen_t len = sizeof(error);

	if (fd < 0)
		return err_setf(err, ERR_AGAIN, "no socket: %s", strerror(errno));
	keep_alive(fd);
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) != 0 && errno != EINPROGRESS)
		return dial_failed(fd, ip, to, errno, err);
	switch (dial_wait(fd, POLLOUT, deadline_us, to->is_canceled, to->arg)) {
	case 0:
		return dial_failed(fd, ip, to, ETIMEDOUT, err);
	case -1:
		close(fd);
		return err_setf(err, ERR_CANCELED, "canceled");
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0)
		return dial_failed(fd, ip, to, error, err);
	*out = fd;
	return true;
}

static struct addrinfo *resolve(const struct stream_target *to, struct err *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *list = NULL;
	char port[16];
	int rc;

	snprintf(port, sizeof(port), "%u", to->port);
	rc = getaddrinfo(to->host, port, &hints, &list);
	if (rc == 0 && list != NULL)
		return list;
	err_setf(err, ERR_AGAIN, "%s: %s", to->host, rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
	return NULL;
}

int dial(const struct stream_target *to, struct err *err)
{
	int64_t deadline_us = clock_mono_us() + to->timeout_us;
	struct addrinfo *list = resolve(to, err);
	int fd = -1, n_left = 0;

	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next)
		n_left++;
	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next, n_left--) {
		int64_t now_us = clock_mono_us();
		char text[INET6_ADDRSTRLEN];

		if (to->is_loopback_only && !is_loopback(ai->ai_addr)) {
			err_setf(err, ERR_CONF, "%s is %s: without TLS only the machine itself is talked to",
				 to->host, address_text(ai, text));
			continue;
		}
		/* A dead first address leaves time for the second. */
		if (dial_address(ai, to, now_us + (deadline_us - now_us) / n_left, &fd, err) ||
		    err->kind == ERR_CANCELED)
			break;
	}
	if (list != NULL)
		freeaddrinfo(list);
	return fd;
}

bool dial_knows(const char *host)
{
	struct addrinfo *list = NULL;
	bool is_known = getaddrinfo(host, NULL, NULL, &list) == 0;

	if (list != NULL)
		freeaddrinfo(list);
	return is_known;
}
