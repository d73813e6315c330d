#include "base/talk.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/beside.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

enum { SLICE_MS = 250 };	/* how late a cancellation may be noticed */

static bool is_canceled(const struct talk *t)
{
	return t->is_canceled != NULL && t->is_canceled(t->arg);
}

/* Nothing of ours goes along: the request is all that it knows. */
static char **clean_environment(char *room[8])
{
	static const char *const kept[] = { "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS" };
	size_t n = 0;

	for (size_t i = 0; i < countof(kept); i++)
		if (getenv(kept[i]) != NULL)
			room[n++] = xasprintf("%s=%s", kept[i], getenv(kept[i]));
	room[n] = NULL;
	return room;
}

static int spawn_over(const char *path, const char *name, int fd, char **env, pid_t *pid)
{
	char *const argv[] = { (char *)name, (char *)DAYBOOK_VERSION, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t all, none;
	int error;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, fd, 0);
	posix_spawn_file_actions_adddup2(&files, fd, 1);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawnattr_setsigmask(&how, &none);
	error = posix_spawn(pid, path, &files, &how, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	return error;
}

/* One socket is its standard input and output. */
static bool start(const struct talk *t, pid_t *pid, int *fd, struct err *err)
{
	auto_free char *path = program_beside(t->folder, t->name, err);
	char *room[8];
	int ends[2], error;

	if (path == NULL)
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return err_setf(err, ERR_AGAIN, "%s: socketpair: %s", t->name, strerror(errno));
	error = spawn_over(path, t->name, ends[1], clean_environment(room), pid);
	for (size_t i = 0; room[i] != NULL; i++)
		free(room[i]);
	close(ends[1]);
	if (error != 0) {
		close(ends[0]);
		return err_setf(err, ERR_AGAIN, "%s: %s", t->name, strerror(error));
	}
	*fd = ends[0];
	return true;
}

static bool tell(int fd, struct str request)
{
	while (request.len > 0) {
		ssize_t n = send(fd, request.ptr, request.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		request = str_sub(request, (size_t)n, request.len);
	}
	return shutdown(fd, SHUT_WR) == 0;
}

/* To the end of what it says; false when it takes too long. */
static bool hear(const struct talk *t, int fd, struct buf *reply)
{
	char bytes[4096];

	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int64_t left_us = t->deadline_us - clock_mono_us();
		int ms = left_us > SLICE_MS * US_PER_MS ? SLICE_MS : (int)(left_us / US_PER_MS) + 1;
		ssize_t n;

		if (left_us <= 0 || is_canceled(t) || (poll(&wait, 1, ms) < 0 && errno != EINTR))
			return false;
		n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n == 0)
			return true;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (n > 0)
			buf_add(reply, (struct str){ bytes, (size_t)n });
	}
}

static void bury(pid_t pid)
{
	kill(pid, SIGKILL);		/* it is done, or it is late */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

bool talk(const struct talk *t, struct str request, struct buf *reply, struct err *err)
{
	bool is_heard;
	pid_t pid;
	int fd;

	if (!start(t, &pid, &fd, err))
		return false;
	is_heard = tell(fd, request) && hear(t, fd, reply);
	close(fd);
	bury(pid);
	if (is_heard)
		return true;
	return is_canceled(t) ? err_setf(err, ERR_CANCELED, "canceled") : err_setf(err, ERR_AGAIN, "%s did not answer", t->name);
}
