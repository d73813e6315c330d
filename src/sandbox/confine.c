#include "sandbox/confine.h"

#include <daybook/err.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "sandbox/landlock.h"

enum { FIRST_FD = 3, MAX_FDS = 64 };

/* What a program of the system needs to start: itself, its libraries and modules, its locale. */
static const char *const of_the_system[] = {
	"/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/perl", "/etc/localtime", "/dev/urandom",
};

static bool lock_files(const struct confine *c, struct err *err)
{
	auto_close int rules = -1;
	bool ok = landlock_begin(&rules, err) && landlock_allow(rules, c->program, LANDLOCK_RUN, err) &&
		  landlock_allow(rules, "/dev/null", LANDLOCK_WRITE, err);

	for (size_t i = 0; i < countof(of_the_system) && ok; i++)
		ok = landlock_allow(rules, of_the_system[i], LANDLOCK_RUN, err);
	if (ok && c->source != NULL)
		ok = landlock_allow(rules, c->source, LANDLOCK_READ, err);
	if (ok && c->folder != NULL)
		ok = landlock_allow(rules, c->folder, LANDLOCK_WRITE, err);
	return ok && landlock_enter(rules, err);
}

/* Sockets of any kind, what looks into other processes, and what only an attack would ask the kernel for. */
static const int refused[] = {
	SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(sendto),
	SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg), SCMP_SYS(io_uring_setup), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd), SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo), SCMP_SYS(setpriority), SCMP_SYS(sched_setaffinity),
	SCMP_SYS(sched_setscheduler), SCMP_SYS(sched_setparam), SCMP_SYS(sched_setattr), SCMP_SYS(shmget), SCMP_SYS(msgget),
	SCMP_SYS(semget), SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(keyctl), SCMP_SYS(add_key),
	SCMP_SYS(request_key), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(chroot),
	SCMP_SYS(pivot_root), SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchown),
	SCMP_SYS(lchown), SCMP_SYS(fchownat), SCMP_SYS(utimensat), SCMP_SYS(fork), SCMP_SYS(vfork),
	SCMP_SYS(clone), SCMP_SYS(clone3),
};

/* What a program does to itself, by its number: abort() sends a signal, the C library reads limits (of 0, itself); and the
 * signal of a descriptor (F_SETOWN) is anybody's. */
static int refuse_to_others(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp other = SCMP_A0_32(SCMP_CMP_NE, (uint32_t)getpid()), not_self = SCMP_A0_32(SCMP_CMP_NE, 0U);
	static const unsigned owners[] = { F_SETOWN, F_SETOWN_EX, F_SETSIG };
	int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(tgkill), 1, other);

	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), 1, not_self);
	for (size_t i = 0; i < countof(owners) && rc == 0; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(fcntl), 1,
				      SCMP_A1_32(SCMP_CMP_EQ, owners[i]));
	return rc;
}

static bool lock_calls(struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int rc = filter == NULL ? -ENOMEM : refuse_to_others(filter);

	for (size_t i = 0; i < countof(refused) && rc == 0; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc == 0 || err_setf(err, ERR_BUG, "seccomp: %s", strerror(-rc));
}

static bool limit(int what, rlim_t most, struct err *err)
{
	struct rlimit now;

	if (getrlimit(what, &now) != 0)
		return err_setf(err, ERR_BUG, "getrlimit: %s", strerror(errno));
	if (most > now.rlim_max)
		most = now.rlim_max;
	now = (struct rlimit){ most, most };
	return setrlimit(what, &now) == 0 || err_setf(err, ERR_BUG, "setrlimit: %s", strerror(errno));
}

/* Memory last: a sanitizer's shadow is larger than any limit, and goes with the exec. */
static bool set_limits(const struct confine *c, struct err *err)
{
	return limit(RLIMIT_CORE, 0, err) && limit(RLIMIT_NPROC, 0, err) && limit(RLIMIT_NOFILE, MAX_FDS, err) &&
	       limit(RLIMIT_FSIZE, c->max_file, err) && limit(RLIMIT_CPU, c->max_cpu_s, err) &&
	       limit(RLIMIT_AS, c->max_memory, err);
}

bool confine_enter(const struct confine *c, struct err *err)
{
	if (close_range(FIRST_FD, ~0U, 0) != 0)
		return err_setf(err, ERR_BUG, "close_range: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return err_setf(err, ERR_BUG, "prctl: %s", strerror(errno));
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	return lock_files(c, err) && lock_calls(err) && set_limits(c, err);
}
