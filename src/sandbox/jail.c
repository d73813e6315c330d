#include "sandbox/jail.h"

#include <daybook/err.h>

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "sandbox/landlock.h"

/* The one place that decides what a sanitizer build may do more. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { IS_RELAXED = 1 };
#else
enum { IS_RELAXED = 0 };
#endif

/* ---- Landlock: no file, no port, no abstract socket, no signal outward ---- */

/* All rights handled, no rule: nothing is allowed. A kernel without Landlock is a warning. */
static bool deny_files(struct err *err)
{
	auto_close int rules = -1;

	return landlock_begin(&rules, err) && landlock_enter(rules, err);
}

const char *jail_warning(void)
{
	if (IS_RELAXED)
		return "built with a sanitizer: parser processes are not fully locked";
	if (landlock_abi() < 1)
		return "this kernel has no Landlock: parser processes are held by seccomp alone";
	return NULL;
}

bool jail_is_relaxed(void)
{
	return IS_RELAXED;
}

/* ---- limits ---- */

/* A signal at `soft` where there is one, the kernel's hard no at `hard`. */
static bool limit_between(int what, rlim_t soft, rlim_t hard, struct err *err)
{
	struct rlimit now;

	if (getrlimit(what, &now) != 0)
		return err_setf(err, ERR_BUG, "getrlimit: %s", strerror(errno));
	if (now.rlim_max < hard)
		hard = now.rlim_max;
	now = (struct rlimit){ soft < hard ? soft : hard, hard };
	if (setrlimit(what, &now) != 0)
		return err_setf(err, ERR_BUG, "setrlimit: %s", strerror(errno));
	return true;
}

static bool limit(int what, rlim_t most, struct err *err)
{
	return limit_between(what, most, most, err);
}

static bool set_limits(struct err *err)
{
	const rlim_t mb = 1 << 20;

	/* A sanitizer's shadow alone takes terabytes of address space. */
	if (!IS_RELAXED && !limit(RLIMIT_AS, JAIL_MEMORY_MB * mb, err))
		return false;
	return limit(RLIMIT_FSIZE, 0, err) && limit(RLIMIT_NPROC, 0, err) &&
	       limit(RLIMIT_CORE, 0, err) && limit(RLIMIT_STACK, JAIL_STACK_MB * mb, err) &&
	       limit_between(RLIMIT_CPU, JAIL_CPU_S, JAIL_CPU_S + 1, err);
}

/* ---- dying with the right reason ---- */

enum { ROOM_THAT_SHOULD_BE_LEFT = 32 << 20 };

/* Libraries abort, trap or follow a NULL when memory is out. Asking for some more tells that from a
 * plain bug. A stack that overflowed never gets here: there is no room for the handler's frame. */
static void on_death(int signal_number)
{
	void *probe = mmap(NULL, ROOM_THAT_SHOULD_BE_LEFT, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (probe == MAP_FAILED)
		_exit(JAIL_EXIT_MEMORY);
	raise(signal_number);	/* the handler is gone (SA_RESETHAND): dies of it on return */
}

static void watch_deaths(void)
{
	static const int deadly[] = { SIGSEGV, SIGBUS, SIGABRT, SIGTRAP };
	struct sigaction action = { .sa_handler = on_death, .sa_flags = (int)SA_RESETHAND };

	for (size_t i = 0; i < countof(deadly); i++)
		sigaction(deadly[i], &action, NULL);
}

/* ---- seccomp ---- */

static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk),
	SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(exit), SCMP_SYS(exit_group),
	/* What abort() needs, so that a failed assertion is seen as one. */
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(getpid), SCMP_SYS(gettid),
};

/* No new executable pages, by either door. */
static const int allowed_without_exec[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };

/* Libraries probe these in passing (a locale, a terminal, a journal): an error, not death. */
static const int refused[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(close), SCMP_SYS(fcntl),
	SCMP_SYS(ioctl), SCMP_SYS(lseek), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd),
	SCMP_SYS(getpeername), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(uname),
	SCMP_SYS(sysinfo), SCMP_SYS(prlimit64), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(writev),	/* what libc says before it aborts */
};

static const int allowed_to_sanitizers[] = {
	SCMP_SYS(sigaltstack), SCMP_SYS(sched_yield), SCMP_SYS(prctl), SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
};

static int add_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = seccomp_rule_add(filter, action, calls[i], 0);
	return rc;
}

static int add_rules(scmp_filter_ctx filter)
{
	int rc = add_all(filter, SCMP_ACT_ALLOW, allowed, countof(allowed));

	for (size_t i = 0; i < countof(allowed_without_exec) && rc == 0; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_without_exec[i], 1,
				      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				      SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	if (rc == 0)
		rc = add_all(filter, SCMP_ACT_ERRNO(EPERM), refused, countof(refused));
	if (rc == 0 && IS_RELAXED)
		rc = add_all(filter, SCMP_ACT_ALLOW, allowed_to_sanitizers,
			     countof(allowed_to_sanitizers));
	return rc;
}

static bool deny_calls(struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc;

	if (filter == NULL)
		return err_setf(err, ERR_AGAIN, "seccomp: no filter");
	rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (rc == 0)
		rc = add_rules(filter);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc == 0 || err_setf(err, ERR_BUG, "seccomp: %s", strerror(-rc));
}

/* ---- all of it, in the order that works: what needs descriptors before NOFILE is 0, seccomp last ---- */

bool jail_enter(int last_fd, struct err *err)
{
	if (close_range((unsigned)last_fd + 1, ~0U, 0) != 0)
		return err_setf(err, ERR_BUG, "close_range: %s", strerror(errno));
	if (!set_limits(err))
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return err_setf(err, ERR_BUG, "prctl: %s", strerror(errno));
	if (!deny_files(err) || !limit(RLIMIT_NOFILE, 0, err))
		return false;
	watch_deaths();
	return deny_calls(err);
}
