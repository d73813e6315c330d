#include "cli/converter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/import_escape.h"
#include "cli/import_stop.h"

enum { TICK_MS = 200, TICKS_PER_S = 5, MAX_COMPLAINT = 4096, MAX_SHOWN = 200, CHUNK = 64 << 10, EXIT_NOT_RUN = 127 };

const struct converter converter_pst = {
	"readpst", "pst-utils", "apt-get install pst-utils",
};
/* It stands for the Perl module that it belongs to, which is used without it: see msg_to_mail.pl. */
const struct converter converter_msg = {
	"msgconvert", "libemail-outlook-message-perl", "apt-get install libemail-outlook-message-perl",
};

char *converter_find(const struct converter *c, struct err *err)
{
	const char *path = getenv("PATH");
	struct str rest = str_from(path ? path : "/usr/bin:/bin"), folder;

	while (str_next(&rest, ':', &folder)) {
		char *program = xasprintf(STR_FMT "/%s", STR_ARG(folder), c->name);

		if (program[0] == '/' && access(program, X_OK) == 0)
			return program;
		free(program);
	}
	err_setf(err, ERR_INPUT, "%s is not installed; it belongs to Debian's package %s", c->name, c->package);
	return NULL;
}

/* ---- the child ---- */

struct pipes {
	int out[2], complaint[2];
};

/* Nothing of ours goes along: variables may be secrets, and none may steer an interpreter. */
static _Noreturn void become(const struct converter_run *run, const struct pipes *p)
{
	static char *const environment[] = {
		(char *)"PATH=/usr/bin:/bin", (char *)"LC_ALL=C.UTF-8", (char *)"TZ=UTC", (char *)"HOME=/nonexistent", NULL,
	};
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct err err = { 0 };

	if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(p->out[1], STDOUT_FILENO) >= 0 &&
	    dup2(p->complaint[1], STDERR_FILENO) >= 0 && confine_enter(&run->confine, &err))
		execve(run->confine.program, run->argv, environment);
	if (err.kind == ERR_NONE)
		err_setf(&err, ERR_INPUT, "%s", strerror(errno));
	if (write(STDERR_FILENO, err.msg, strlen(err.msg)) < 0)
		_exit(EXIT_NOT_RUN - 1);
	_exit(EXIT_NOT_RUN);
}

/* ---- what it says ---- */

/* Is there more to come? */
static bool take(struct pollfd *from, struct buf *to)
{
	char chunk[CHUNK];
	ssize_t n;

	if (from->fd < 0 || from->revents == 0)
		return from->fd >= 0;
	n = read(from->fd, chunk, sizeof(chunk));
	if (n > 0)
		buf_add(to, (struct str){ chunk, (size_t)n });
	else if (n == 0 || errno != EINTR)
		from->fd = -1;
	return from->fd >= 0;
}

static bool may_go_on(const struct converter_run *run, struct err *err)
{
	if (import_is_stopped())
		return err_setf(err, ERR_CANCELED, "stopped");
	if (run->out->is_exceeded)
		return err_setf(err, ERR_LIMIT, "%s made more than %zu bytes of it", run->converter->name, run->out->max);
	return run->watch == NULL || run->watch(run->arg, err);
}

/* The processor's limit does not end what waits: a program that reads a file and prints has nothing to wait for. Ticks
 * are counted and not the clock, which goes on while all of us are suspended. */
struct idle {
	struct timespec used;
	unsigned ticks;
};

static bool is_idle_for_long(pid_t pid, unsigned max_s, struct idle *idle)
{
	struct timespec now;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &now) != 0)
		return false;
	idle->ticks = now.tv_sec == idle->used.tv_sec && now.tv_nsec == idle->used.tv_nsec ? idle->ticks + 1 : 0;
	idle->used = now;
	return idle->ticks >= max_s * TICKS_PER_S;
}

/* Until it has ended, and all that it printed is taken. It may close its outputs long before. */
static bool listen_to(const struct converter_run *run, const struct pipes *p, pid_t pid, struct buf *complaint, int *status,
		      bool *is_ended, struct err *err)
{
	auto_close int end = (int)syscall(SYS_pidfd_open, pid, 0);	/* -1, in an old kernel: each tick looks */
	struct pollfd fds[] = {
		{ .fd = p->out[0], .events = POLLIN }, { .fd = p->complaint[0], .events = POLLIN }, { .fd = end, .events = POLLIN },
	};
	struct idle idle = { 0 };
	bool is_more = true;

	while (is_more || !*is_ended) {
		bool is_quiet = poll(fds, countof(fds), TICK_MS) == 0;

		is_more = take(&fds[0], run->out);
		is_more = take(&fds[1], complaint) || is_more;
		*is_ended = *is_ended || waitpid(pid, status, WNOHANG) == pid;
		if (*is_ended)
			fds[2].fd = -1;
		if (!may_go_on(run, err))
			return false;
		if (is_quiet && !*is_ended && is_idle_for_long(pid, run->max_idle_s, &idle))
			return err_setf(err, ERR_INPUT, "%s was ended: it did nothing for %u s", run->converter->name,
					run->max_idle_s);
	}
	return true;
}

/* ---- how it ended ---- */

static bool judge(const struct converter_run *run, int status, const struct buf *complaint, struct err *err)
{
	struct str rest = buf_str(complaint), line = STR("");
	auto_free char *text = NULL;

	while (line.len == 0 && str_next(&rest, '\n', &line))
		line = str_trim(line);
	text = import_escape(str_sub(line, 0, MAX_SHOWN), IMPORT_ESCAPE_CONTROLS);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
		return err_setf(err, ERR_INPUT, "%s was ended: it took more than %u s", run->converter->name,
				run->confine.max_cpu_s);
	if (WIFSIGNALED(status))
		return err_setf(err, ERR_INPUT, "%s crashed (signal %d)", run->converter->name, WTERMSIG(status));
	if (WEXITSTATUS(status) == EXIT_NOT_RUN)
		return err_setf(err, ERR_INPUT, "%s cannot be run: %s", run->confine.program, text);
	return err_setf(err, ERR_INPUT, "%s gave up%s%s", run->converter->name, *text ? ": " : "", text);
}

static bool run_child(const struct converter_run *run, struct pipes *p, struct err *err)
{
	struct buf complaint;
	bool ok, is_ended = false;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		become(run, p);
	close(p->out[1]);
	close(p->complaint[1]);
	p->out[1] = p->complaint[1] = -1;
	if (pid < 0)
		return err_setf(err, ERR_AGAIN, "fork: %s", strerror(errno));
	buf_init(&complaint, MAX_COMPLAINT + CHUNK);
	ok = listen_to(run, p, pid, &complaint, &status, &is_ended, err);
	if (!is_ended) {
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	ok = ok && judge(run, status, &complaint, err);
	buf_finish(&complaint);
	return ok;
}

static void close_both(int ends[2])
{
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
}

bool converter_run(const struct converter_run *run, struct err *err)
{
	struct pipes p = { { -1, -1 }, { -1, -1 } };
	bool ok = pipe2(p.out, O_CLOEXEC) == 0 && pipe2(p.complaint, O_CLOEXEC) == 0;

	ok = ok ? run_child(run, &p, err) : err_setf(err, ERR_AGAIN, "pipe: %s", strerror(errno));
	close_both(p.out);
	close_both(p.complaint);
	return ok;
}
