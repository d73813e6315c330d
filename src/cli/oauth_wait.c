#include "cli/oauth_wait.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum { MAX_REQUEST = 16 << 10, PATIENCE_MS = 3000 };

int oauth_listen(int64_t *port, struct err *err)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)*port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	socklen_t size = sizeof(at);

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 8) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) != 0) {
		err_setf(err, ERR_AGAIN, "127.0.0.1 port %lld: %s", (long long)*port, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*port = ntohs(at.sin_port);
	return fd;
}

/* ---- a browser ---- */

static void reply(int fd, bool is_good)
{
	static const char good[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
				   "Daybook has it. You can close this window.\n";
	static const char bad[] = "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
				  "Nothing here.\n";
	const char *text = is_good ? good : bad;

	send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* The head of a request. */
static size_t hear(int fd, char *bytes, size_t size)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	while (len < size && poll(&wait, 1, PATIENCE_MS) == 1) {
		ssize_t n = recv(fd, bytes + len, size - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
		if (str_find((struct str){ bytes, len }, STR("\r\n\r\n")) != STR_NONE)
			break;
	}
	return len;
}

/* Browsers also ask for an icon, and others may knock: only an answer ends the waiting. */
static bool take_browser(int listening, struct oauth_answer *answer, struct err *err)
{
	auto_close int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	char bytes[MAX_REQUEST];
	struct str request, target;
	bool is_answer;

	if (fd < 0)
		return false;
	request = (struct str){ bytes, hear(fd, bytes, sizeof(bytes)) };
	if (!str_next(&request, ' ', &target) || !str_eq(target, STR("GET")) || !str_next(&request, ' ', &target))
		target = STR("");
	is_answer = oauth_answer_read(target, answer, err) || err->kind == ERR_DENIED;
	reply(fd, is_answer);
	explicit_bzero(bytes, sizeof(bytes));
	return is_answer;
}

/* ---- a person ---- */

static bool take_line(struct oauth_answer *answer, bool *is_over, struct err *err)
{
	char line[8192];

	if (fgets(line, sizeof(line), stdin) == NULL) {
		*is_over = true;	/* there is still the browser */
		return false;
	}
	if (str_trim(str_from(line)).len == 0)
		return false;
	if (oauth_answer_read(str_from(line), answer, err) || err->kind == ERR_DENIED)
		return true;
	fprintf(stderr, "%s\n", err->msg);
	return false;
}

bool oauth_wait(int fd, int64_t seconds, struct oauth_answer *answer, struct err *err)
{
	int64_t deadline_us = clock_mono_us() + seconds * US_PER_S, left_us;
	bool is_over = false;

	setvbuf(stdin, NULL, _IONBF, 0);	/* a second pasted line must not hide from poll() */
	while ((left_us = deadline_us - clock_mono_us()) > 0) {
		struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
					{ .fd = is_over ? -1 : STDIN_FILENO, .events = POLLIN } };

		err->kind = ERR_NONE;
		if (poll(fds, 2, (int)(left_us / US_PER_MS) + 1) <= 0)
			continue;
		if ((fds[0].revents != 0 && take_browser(fd, answer, err)) ||
		    (fds[1].revents != 0 && take_line(answer, &is_over, err)))
			return err->kind == ERR_NONE;
	}
	return err_setf(err, ERR_AGAIN, "nobody logged in within %lld min", (long long)(seconds / 60));
}
