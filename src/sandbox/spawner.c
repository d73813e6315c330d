#include "sandbox/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "sandbox/jail.h"
#include "sandbox/serve.h"
#include "sandbox/spawn.h"

/* Whoever made us may be dead already: then the signal that was asked for never comes. */
static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
}

/* A Ctrl-C on the terminal, or a manager's TERM to the group, is for the daemon: it drains first. */
static void settle_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2 };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	for (size_t i = 0; i < countof(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void settle_descriptors(int socket)
{
	int null;

	if (socket != SPAWNER_FD && dup2(socket, SPAWNER_FD) < 0)
		_exit(1);
	close_range(SPAWNER_FD + 1, ~0U, 0);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		_exit(1);
	close(null);
}

static _Noreturn void become_parser(int socket, pid_t spawner, const struct sandbox_conf *conf)
{
	prctl(PR_SET_NAME, "daybook-parse");
	die_with(spawner);
	/* Nothing hostile writes to the log; a sanitizer's report may. */
	if (dup2(socket, SPAWNER_FD) < 0 ||
	    (!jail_is_relaxed() && dup2(STDIN_FILENO, STDERR_FILENO) < 0))
		_exit(1);
	serve_main(SPAWNER_FD, conf);
}

static int fork_parser(const struct sandbox_conf *conf, struct spawner_answer *answer)
{
	const pid_t self = getpid();
	const int room = 1 << 20;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		answer->error = errno;
		return -1;
	}
	/* Fewer turns for large messages; the kernel's own cap is fine too. */
	for (int i = 0; i < 2; i++)
		setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	answer->pid = fork();
	if (answer->pid == 0)
		become_parser(ends[1], self, conf);
	answer->error = answer->pid < 0 ? errno : 0;
	close(ends[1]);
	if (answer->error == 0)
		return ends[0];
	close(ends[0]);
	return -1;
}

/* The kill comes second: whoever is dead already keeps its own cause. */
static void reap(pid_t pid, struct spawner_answer *answer)
{
	pid_t done = waitpid(pid, &answer->status, WNOHANG);

	if (done == 0) {
		kill(pid, SIGKILL);
		do
			done = waitpid(pid, &answer->status, 0);
		while (done < 0 && errno == EINTR);
	}
	answer->error = done < 0 ? errno : 0;
}

static void reply(const struct spawner_answer *answer, int passed)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec io = { (void *)answer, sizeof(*answer) };
	struct msghdr msg = { .msg_iov = &io, .msg_iovlen = 1 };

	if (passed >= 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control);
		control.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
						  .cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.align), &passed, sizeof(int));
	}
	if (sendmsg(SPAWNER_FD, &msg, MSG_NOSIGNAL) < 0)
		_exit(0);	/* nobody listens any more */
}

static void obey(const struct spawner_order *order, const struct sandbox_conf *conf)
{
	struct spawner_answer answer = { 0 };
	int passed = -1;

	if (order->verb == SPAWNER_FORK)
		passed = fork_parser(conf, &answer);
	else
		reap(order->pid, &answer);
	reply(&answer, passed);
	if (passed >= 0)
		close(passed);
}

void spawner_main(int socket, pid_t daemon, const struct sandbox_conf *conf)
{
	struct spawner_order order;
	ssize_t n;

	prctl(PR_SET_NAME, "daybook-spawn");
	settle_signals();
	die_with(daemon);
	settle_descriptors(socket);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (conf->warm_up != NULL)
		conf->warm_up();
	for (;;) {
		n = recv(SPAWNER_FD, &order, sizeof(order), 0);
		if (n == (ssize_t)sizeof(order))
			obey(&order, conf);
		else if (n >= 0 || errno != EINTR)
			_exit(0);
	}
}
