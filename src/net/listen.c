#include "net/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <daybook/str.h>

#include "base/mem.h"

enum { BACKLOG = 1024 };

static bool listen_on(struct listener *l, const char *text, const struct sockaddr *sa,
		      socklen_t size, struct err *err)
{
	auto_close int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const int on = 1, off = 0;

	if (fd < 0)
		return err_setf(err, ERR_CONF, "%s: socket: %s", text, strerror(errno));
	if (sa->sa_family == AF_UNIX) {
		fchmod(fd, 0660);	/* the mode it is born with; never open to all */
	} else {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (sa->sa_family == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, text[0] == '*' ? &off : &on,
				   sizeof(on));
	}
	if (bind(fd, sa, size) != 0 || listen(fd, BACKLOG) != 0) {
		if (errno == EADDRINUSE)
			return err_setf(err, ERR_CONF, "%s: another program listens there (ss -ltnp "
					"shows which)", text);
		if (errno == EACCES)
			return err_setf(err, ERR_CONF, "%s: not permitted; choose a port above 1023",
					text);
		return err_setf(err, ERR_CONF, "%s: %s", text, strerror(errno));
	}
	l->fd = fd;
	fd = -1;
	return true;
}

/* Is a process behind the socket that lies there? */
static bool somebody_listens(const struct sockaddr_un *sa)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0 || errno != ECONNREFUSED;
}

static bool clear_path(const struct sockaddr_un *sa, struct err *err)
{
	struct stat st;

	if (lstat(sa->sun_path, &st) != 0)
		return errno == ENOENT ||
		       err_setf(err, ERR_CONF, "unix:%s: %s", sa->sun_path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_setf(err, ERR_CONF, "unix:%s: there is a file that is not a socket; move "
				"it away", sa->sun_path);
	if (somebody_listens(sa))
		return err_setf(err, ERR_CONF, "unix:%s: another process listens there",
				sa->sun_path);
	if (unlink(sa->sun_path) != 0)
		return err_setf(err, ERR_CONF, "unix:%s: cannot remove the socket of a dead process: "
				"%s", sa->sun_path, strerror(errno));
	return true;
}

static bool open_unix(struct listener *l, const char *path, struct err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct stat st;
	char text[160];

	if (path[0] != '/' || strlen(path) >= sizeof(sa.sun_path))
		return err_setf(err, ERR_CONF, "unix:%s: the path must be absolute and at most %zu "
				"bytes", path, sizeof(sa.sun_path) - 1);
	memcpy(sa.sun_path, path, strlen(path) + 1);
	snprintf(text, sizeof(text), "unix:%s", path);
	if (!clear_path(&sa, err) ||
	    !listen_on(l, text, (struct sockaddr *)&sa, sizeof(sa), err))
		return false;
	if (chmod(path, 0660) != 0 || stat(path, &st) != 0) {
		close(l->fd);
		l->fd = -1;
		return err_setf(err, ERR_CONF, "%s: %s", text, strerror(errno));
	}
	l->path = xstrdup(path);
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return true;
}

bool listener_open(struct listener *l, const char *address, struct err *err)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct str text = str_from(address);
	size_t colon = str_rchr(text, ':');
	int64_t port;
	char host[64];

	*l = (struct listener){ .fd = -1 };
	if (str_starts(text, STR("unix:")))
		return open_unix(l, address + 5, err);
	if (colon == STR_NONE || colon >= sizeof(host) ||
	    !str_int64(str_sub(text, colon + 1, STR_NONE), &port) || port > 65535)
		goto bad;
	snprintf(host, sizeof(host), "%.*s", (int)colon, address);
	in.sin_port = in6.sin6_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, host, &in.sin_addr) == 1)
		return listen_on(l, address, (struct sockaddr *)&in, sizeof(in), err);
	if (strcmp(host, "*") == 0)
		return listen_on(l, address, (struct sockaddr *)&in6, sizeof(in6), err);
	if (host[0] == '[' && colon >= 2 && host[colon - 1] == ']') {
		host[colon - 1] = '\0';
		if (inet_pton(AF_INET6, host + 1, &in6.sin6_addr) == 1)
			return listen_on(l, address, (struct sockaddr *)&in6, sizeof(in6), err);
	}
bad:
	return err_setf(err, ERR_CONF, "\"%s\" is not an address to listen on (try 127.0.0.1:8480, "
			"[::1]:8480, *:8480 or unix:/run/daybook/http.sock)", address);
}

bool listener_adopt(struct listener *l, int fd, struct err *err)
{
	int listens = 0, type = 0;
	socklen_t size = sizeof(int);

	*l = (struct listener){ .fd = -1 };
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens)
		return err_setf(err, ERR_CONF, "descriptor %d is not a listening stream socket "
				"(ListenStream= in the socket unit)", fd);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	l->fd = fd;
	return true;
}

void listener_finish(struct listener *l)
{
	struct stat st;

	/* Somebody may have put a socket of his own there in the meantime. */
	if (l->path != NULL && stat(l->path, &st) == 0 && st.st_dev == l->dev &&
	    st.st_ino == l->ino)
		unlink(l->path);
	free(l->path);
	l->path = NULL;
}
