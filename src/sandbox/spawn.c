#include "sandbox/spawn.h"

#include <daybook/err.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "sandbox/program.h"
#include "sandbox/serve.h"
#include "sandbox/spawner.h"

/* A fork and a kill take milliseconds; one that takes this long has stopped for good. */
enum { PATIENCE_MS = 30000 };

struct sandbox {
	pthread_mutex_t lock;	/* one order and its answer at a time */
	pid_t pid;
	int fd;			/* -1: the spawner is gone */
};

/* `program` is what the child becomes; NULL: it serves conf itself. */
static struct sandbox *start(const char *program, const struct sandbox_conf *conf, struct err *err)
{
	const pid_t daemon = getpid();
	struct sandbox *sb;
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		err_setf(err, ERR_AGAIN, "spawner: socketpair: %s", strerror(errno));
		return NULL;
	}
	pid = fork();
	if (pid == 0 && program != NULL)
		program_exec(program, ends[1], daemon);
	if (pid == 0)
		spawner_main(ends[1], daemon, conf);
	close(ends[1]);
	if (pid < 0) {
		err_setf(err, ERR_AGAIN, "spawner: fork: %s", strerror(errno));
		close(ends[0]);
		return NULL;
	}
	sb = xnew(struct sandbox);
	pthread_mutex_init(&sb->lock, NULL);
	sb->pid = pid;
	sb->fd = ends[0];
	return sb;
}

struct sandbox *sandbox_start(const struct sandbox_conf *conf, struct err *err)
{
	return start(NULL, conf, err);
}

struct sandbox *sandbox_launch(struct err *err)
{
	auto_free char *program = program_find(err);

	return program != NULL ? start(program, NULL, err) : NULL;
}

void sandbox_stop(struct sandbox *sb)
{
	if (sb == NULL)
		return;
	if (sb->fd >= 0)
		close(sb->fd);
	if (waitpid(sb->pid, NULL, WNOHANG) == 0) {
		kill(sb->pid, SIGKILL);
		while (waitpid(sb->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	pthread_mutex_destroy(&sb->lock);
	free(sb);
}

static bool receive(int socket, struct spawner_answer *answer, int *passed)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec io = { answer, sizeof(*answer) };
	struct msghdr msg = { .msg_iov = &io, .msg_iovlen = 1,
			      .msg_control = control.bytes, .msg_controllen = sizeof(control) };
	struct pollfd wait = { .fd = socket, .events = POLLIN };
	struct cmsghdr *head;
	int ready;
	ssize_t n;

	do
		ready = poll(&wait, 1, PATIENCE_MS);
	while (ready < 0 && errno == EINTR);
	if (ready != 1)
		return false;
	n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n != (ssize_t)sizeof(*answer))
		return false;
	*passed = -1;
	head = CMSG_FIRSTHDR(&msg);
	if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
	    head->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(passed, CMSG_DATA(head), sizeof(int));
	return true;
}

/* An answer that did not come may come later, to somebody else's order: after that nothing is said to
 * this spawner any more, and the closed socket ends it. */
static bool ask_locked(struct sandbox *sb, const struct spawner_order *order,
		       struct spawner_answer *answer, int *passed)
{
	if (sb->fd < 0)
		return false;
	if (send(sb->fd, order, sizeof(*order), MSG_NOSIGNAL) == (ssize_t)sizeof(*order) &&
	    receive(sb->fd, answer, passed))
		return true;
	close(sb->fd);
	sb->fd = -1;
	return false;
}

static bool ask(struct sandbox *sb, const struct spawner_order *order,
		struct spawner_answer *answer, int *passed, struct err *err)
{
	bool is_answered;

	pthread_mutex_lock(&sb->lock);
	is_answered = ask_locked(sb, order, answer, passed);
	pthread_mutex_unlock(&sb->lock);
	return is_answered || err_setf(err, ERR_AGAIN, "the spawner of parsers is gone");
}

bool sandbox_reap(struct sandbox *sb, pid_t pid, int *status, struct err *err)
{
	const struct spawner_order order = { SPAWNER_REAP, pid };
	struct spawner_answer answer;
	int passed;

	if (!ask(sb, &order, &answer, &passed, err))
		return false;
	if (answer.error != 0)
		return err_setf(err, ERR_BUG, "parser %d: waitpid: %s", (int)pid,
				strerror(answer.error));
	*status = answer.status;
	return true;
}

bool sandbox_spawn(struct sandbox *sb, pid_t *pid, int *fd, struct err *err)
{
	const struct spawner_order order = { SPAWNER_FORK, 0 };
	struct spawner_answer answer;
	struct err ignored;
	int passed, status;

	if (!ask(sb, &order, &answer, &passed, err))
		return false;
	if (answer.error != 0)
		return err_setf(err, ERR_AGAIN, "fork of a parser: %s", strerror(answer.error));
	if (passed < 0) {	/* the kernel dropped it: our table is full */
		sandbox_reap(sb, answer.pid, &status, &ignored);
		return err_setf(err, ERR_AGAIN, "a parser's socket: %s", strerror(EMFILE));
	}
	if (!serve_hello(passed, err)) {
		close(passed);
		sandbox_reap(sb, answer.pid, &status, &ignored);
		return false;
	}
	*pid = answer.pid;
	*fd = passed;
	return true;
}

bool sandbox_try(struct sandbox *sb, struct err *err)
{
	pid_t pid;
	int fd, status;

	if (!sandbox_spawn(sb, &pid, &fd, err))
		return false;
	close(fd);
	return sandbox_reap(sb, pid, &status, err);
}

bool sandbox_is_gone(struct sandbox *sb)
{
	bool is_gone;
	char byte;

	if (pthread_mutex_trylock(&sb->lock) != 0)
		return false;	/* somebody is talking to it */
	is_gone = sb->fd < 0 || recv(sb->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
	pthread_mutex_unlock(&sb->lock);
	return is_gone;
}

pid_t sandbox_pid(const struct sandbox *sb)
{
	return sb->pid;
}
