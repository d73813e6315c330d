#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/jail.h"

#include "../check_main.h"
#include "rig.h"

static struct rig rig;

static pid_t only_parser(void)
{
	pid_t pid = 0;

	ck_assert_uint_eq(rig_children(sandbox_pid(rig.sb), "daybook-parse", &pid), 1);
	return pid;
}

static bool has_line(pid_t pid, const char *file, const char *wanted)
{
	auto_free char *path = xasprintf("/proc/%d/%s", (int)pid, file);
	auto_file FILE *f = fopen(path, "r");
	char line[256];

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, wanted, strlen(wanted)) == 0)
			return true;
	return false;
}

START_TEST(processes_carry_their_names)
{
	pid_t pid;

	rig_setup(&rig, 1, RIG_PATIENCE_US, 0);
	rig_pass(&rig);
	ck_assert_uint_eq(rig_children(getpid(), "daybook-spawn", &pid), 1);
	ck_assert_int_eq(pid, sandbox_pid(rig.sb));
	only_parser();
	rig_teardown(&rig);
}
END_TEST

START_TEST(a_parser_is_locked)
{
	char path[64];
	pid_t pid;

	rig_setup(&rig, 1, RIG_PATIENCE_US, 0);
	rig_pass(&rig);
	pid = only_parser();
	ck_assert(has_line(pid, "status", "Seccomp:\t2"));
	ck_assert(has_line(pid, "status", "NoNewPrivs:\t1"));
	ck_assert(has_line(pid, "limits", "Max open files            0                    0 "));
	ck_assert(has_line(pid, "limits", "Max file size             0                    0 "));
	ck_assert(has_line(pid, "limits", "Max processes             0                    0 "));
	ck_assert(has_line(pid, "limits", "Max core file size        0                    0 "));
	ck_assert(has_line(pid, "limits", "Max cpu time              5                    6 "));
	if (!jail_is_relaxed())
		ck_assert(has_line(pid, "limits", "Max address space         268435456            268435456 "));
	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		if (geteuid() == 0)
			ck_assert_int_eq(faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0, fd <= 3);
	}
	rig_teardown(&rig);
}
END_TEST

START_TEST(a_signal_to_the_group_is_for_the_daemon)
{
	static const int polite[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	rig_setup(&rig, 1, RIG_PATIENCE_US, 0);
	rig_pass(&rig);
	for (size_t i = 0; i < countof(polite); i++) {
		kill(sandbox_pid(rig.sb), polite[i]);
		kill(only_parser(), polite[i]);
	}
	rig_pass(&rig);
	rig_teardown(&rig);
}
END_TEST

/* ---- the spawner dies ---- */

/* An orphan that became our child: we are its subreaper. */
static void wait_gone(pid_t pid)
{
	for (int64_t end = clock_mono_us() + 1 * US_PER_S; waitpid(pid, NULL, WNOHANG) != pid;
	     usleep(1000))
		ck_assert_int_lt(clock_mono_us(), end);
}

START_TEST(without_a_spawner_messages_wait)
{
	pid_t parser;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	rig_setup(&rig, 1, RIG_PATIENCE_US, 0);
	rig_pass(&rig);
	parser = only_parser();
	ck_assert(!sandbox_is_gone(rig.sb));
	ck_assert(sandbox_try(rig.sb, &rig.err));
	kill(sandbox_pid(rig.sb), SIGKILL);
	wait_gone(parser);
	for (int i = 0; i < 3; i++) {
		ck_assert(!rig_run(&rig, &connector_good, "hello", NULL));
		ck_assert_int_eq(rig.err.kind, ERR_AGAIN);
		ck_assert_str_eq(rig.err.msg, "the spawner of parsers is gone");
		ck_assert_int_eq(rig.verdict.end, PARSE_NO_PARSER);
		ck_assert_uint_eq(rig.verdict.attempts, 0);
	}
	ck_assert(sandbox_is_gone(rig.sb));
	ck_assert(!sandbox_try(rig.sb, &rig.err));
	rig_teardown(&rig);
}
END_TEST

static void *kill_soon(void *arg)
{
	usleep(200000);
	kill(sandbox_pid(arg), SIGKILL);
	return NULL;
}

START_TEST(a_message_in_hand_does_not_pay_for_the_spawner)
{
	pthread_t thread;

	rig_setup(&rig, 1, RIG_PATIENCE_US, 0);
	pthread_create(&thread, NULL, kill_soon, rig.sb);
	ck_assert(!rig_run(&rig, &connector_evil, "wait", NULL));
	ck_assert_int_eq(rig.err.kind, ERR_AGAIN);
	ck_assert_str_eq(rig.err.msg, "the spawner of parsers is gone");
	pthread_join(thread, NULL);
	rig_teardown(&rig);
}
END_TEST

/* ---- no parser can be had ---- */

START_TEST(a_full_table_of_descriptors_is_for_later)
{
	struct rlimit limit;
	pid_t pid;
	int next;

	rig_setup(&rig, 1, RIG_PATIENCE_US, 0);
	getrlimit(RLIMIT_NOFILE, &limit);
	next = dup(0);
	close(next);
	limit.rlim_cur = (rlim_t)next;
	setrlimit(RLIMIT_NOFILE, &limit);
	ck_assert(!rig_run(&rig, &connector_good, "hello", NULL));
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	ck_assert_int_eq(rig.err.kind, ERR_AGAIN);
	ck_assert_str_eq(rig.err.msg, "a parser's socket: Too many open files");
	ck_assert_uint_eq(rig_children(sandbox_pid(rig.sb), "daybook-parse", &pid), 0);
	rig_pass(&rig);
	rig_teardown(&rig);
}
END_TEST

START_TEST(a_fork_that_fails_is_for_later)
{
	const struct rlimit none = { 0, 0 };

	/* Root may always fork; somebody else may not, once the limit is 0. */
	if (geteuid() == 0 && setuid(65534) != 0)
		ck_abort_msg("setuid");
	rig_setup(&rig, 1, RIG_PATIENCE_US, 0);
	ck_assert_int_eq(prlimit(sandbox_pid(rig.sb), RLIMIT_NPROC, &none, NULL), 0);
	ck_assert(!rig_run(&rig, &connector_good, "hello", NULL));
	ck_assert_int_eq(rig.err.kind, ERR_AGAIN);
	ck_assert_str_eq(rig.err.msg, "fork of a parser: Resource temporarily unavailable");
	ck_assert(!sandbox_is_gone(rig.sb));
	rig_teardown(&rig);
}
END_TEST

/* ---- the daemon dies ---- */

static void *run_crime(void *arg)
{
	rig_run(&rig, &connector_evil, arg, NULL);
	return NULL;
}

/* A daemon with a parser in the given state; tells the pids of its processes and waits for death. */
static _Noreturn void be_daemon(int tell, const char *crime)
{
	pid_t pids[2] = { 0 };
	pthread_t thread;

	rig_setup(&rig, 1, 60 * US_PER_S, 0);
	rig_pass(&rig);
	if (crime != NULL)
		pthread_create(&thread, NULL, run_crime, (void *)crime);
	usleep(100000);
	pids[0] = sandbox_pid(rig.sb);
	while (crime != NULL && rig_children(pids[0], "daybook-parse", &pids[1]) != 1)
		usleep(1000);
	if (write(tell, pids, sizeof(pids)) != (ssize_t)sizeof(pids))
		_exit(1);
	for (;;)
		pause();
}

/* Whoever is orphaned becomes our child, so that its death can be seen. */
static void assert_no_orphan(const char *crime)
{
	int64_t deadline;
	pid_t pids[2], daemon;
	int tube[2];

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe(tube), 0);
	daemon = fork();
	if (daemon == 0)
		be_daemon(tube[1], crime);
	ck_assert_int_eq(read(tube[0], pids, sizeof(pids)), sizeof(pids));
	kill(daemon, SIGKILL);
	deadline = clock_mono_us() + 1 * US_PER_S;
	while (waitpid(-1, NULL, WNOHANG) >= 0) {
		ck_assert_int_lt(clock_mono_us(), deadline);
		usleep(1000);
	}
	for (int i = 0; i < 2; i++)
		ck_assert(pids[i] == 0 || kill(pids[i], 0) != 0);
	close(tube[0]);
	close(tube[1]);
}

START_TEST(a_killed_daemon_leaves_no_process)
{
	assert_no_orphan(NULL);
	assert_no_orphan("wait");
	assert_no_orphan("loop");
}
END_TEST

/* ---- several threads ---- */

static void *come_and_go(void *arg)
{
	struct err err;
	int status, fd;
	pid_t pid;

	for (int i = 0; i < 10; i++) {
		if (!sandbox_spawn(arg, &pid, &fd, &err))
			return arg;
		if (!sandbox_reap(arg, pid, &status, &err) || !WIFSIGNALED(status) ||
		    WTERMSIG(status) != SIGKILL)
			return arg;
		close(fd);
	}
	return NULL;
}

START_TEST(several_threads_may_ask)
{
	pthread_t threads[8];
	void *trouble;

	rig_setup(&rig, 1, RIG_PATIENCE_US, 0);
	for (size_t i = 0; i < countof(threads); i++)
		pthread_create(&threads[i], NULL, come_and_go, rig.sb);
	for (size_t i = 0; i < countof(threads); i++) {
		pthread_join(threads[i], &trouble);
		ck_assert_ptr_null(trouble);
	}
	rig_pass(&rig);
	rig_teardown(&rig);
}
END_TEST

START_TEST(a_stranger_is_not_killed)
{
	struct err err;
	int status;

	rig_setup(&rig, 1, RIG_PATIENCE_US, 0);
	ck_assert(!sandbox_reap(rig.sb, getpid(), &status, &err));
	ck_assert_int_eq(err.kind, ERR_BUG);
	rig_pass(&rig);
	rig_teardown(&rig);
}
END_TEST

START_TEST(a_weaker_lock_is_said)
{
	if (jail_is_relaxed())
		ck_assert_str_eq(jail_warning(),
				 "built with a sanitizer: parser processes are not fully locked");
	else if (jail_warning() != NULL)
		ck_assert_str_eq(jail_warning(), "this kernel has no Landlock: parser processes are "
						 "held by seccomp alone");
}
END_TEST

RUN("spawn", processes_carry_their_names, a_parser_is_locked,
    a_signal_to_the_group_is_for_the_daemon, without_a_spawner_messages_wait,
    a_message_in_hand_does_not_pay_for_the_spawner, a_full_table_of_descriptors_is_for_later,
    a_fork_that_fails_is_for_later, a_killed_daemon_leaves_no_process, several_threads_may_ask,
    a_stranger_is_not_killed, a_weaker_lock_is_said)
