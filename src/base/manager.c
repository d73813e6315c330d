#include "base/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_SOCKETS = 1024 };

/* False unless the variable is a number and nothing else. */
static bool number_of(const char *name, long long *n)
{
	const char *text = getenv(name);
	char *end;

	if (text == NULL || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*n = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0';
}

/* A service inherits the environment of whoever started it: is this said to us? */
static bool is_for_us(const char *name, bool if_unsaid)
{
	long long pid;

	if (getenv(name) == NULL)
		return if_unsaid;
	return number_of(name, &pid) && pid == getpid();
}

/* A path, or "@name" in the abstract namespace. 0: neither, or too long for an address. */
static socklen_t address_of(const char *name, struct sockaddr_un *to)
{
	size_t len = strlen(name);

	if ((*name != '/' && *name != '@') || len >= sizeof(to->sun_path))
		return 0;
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(to->sun_path, name, len);
	if (*name == '@')
		to->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

void manager_notify(const char *lines)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to;
	socklen_t len = name != NULL ? address_of(name, &to) : 0;
	int fd;

	if (len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, lines, strlen(lines), MSG_NOSIGNAL, (struct sockaddr *)&to, len);
	close(fd);
}

int64_t manager_watchdog_us(void)
{
	long long us;

	if (!is_for_us("WATCHDOG_PID", true) || !number_of("WATCHDOG_USEC", &us))
		return 0;
	return us;
}

int manager_n_sockets(void)
{
	long long n;

	if (!is_for_us("LISTEN_PID", false) || getenv("LISTEN_FDS") == NULL)
		return 0;
	if (!number_of("LISTEN_FDS", &n) || n > MAX_SOCKETS) {
		errno = EINVAL;
		return -1;
	}
	for (int fd = MANAGER_FIRST_FD; fd < MANAGER_FIRST_FD + n; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
			return -1;
	return (int)n;
}
