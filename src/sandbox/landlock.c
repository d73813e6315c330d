#include "sandbox/landlock.h"

#include <daybook/err.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

/* Ours, not <linux/landlock.h>'s: the kernel may know more than the headers it was built with. */
struct ruleset {
	uint64_t fs, net, scoped;
};

struct beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

enum { RULE_PATH_BENEATH = 1 };

enum right {
	EXECUTE = 1 << 0, WRITE_FILE = 1 << 1, READ_FILE = 1 << 2, READ_DIR = 1 << 3, REMOVE_DIR = 1 << 4,
	REMOVE_FILE = 1 << 5, MAKE_DIR = 1 << 7, MAKE_REG = 1 << 8, ALL_OF_ABI_1 = (1 << 13) - 1, REFER = 1 << 13,
	TRUNCATE = 1 << 14, IOCTL_DEV = 1 << 15,
	OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE,
};

static const struct {
	int since;
	struct ruleset adds;
} rights[] = {
	{ 1, { .fs = ALL_OF_ABI_1 } },
	{ 2, { .fs = REFER } },
	{ 3, { .fs = TRUNCATE } },
	{ 4, { .net = 3 } },		/* bind and connect TCP */
	{ 5, { .fs = IOCTL_DEV } },
	{ 6, { .scoped = 3 } },		/* abstract sockets, signals */
};

static const uint64_t allowed[] = {
	[LANDLOCK_READ] = READ_FILE | READ_DIR,
	[LANDLOCK_RUN] = READ_FILE | READ_DIR | EXECUTE,
	[LANDLOCK_WRITE] = READ_FILE | READ_DIR | WRITE_FILE | MAKE_REG | MAKE_DIR | REMOVE_FILE | REMOVE_DIR | TRUNCATE,
};

int landlock_abi(void)
{
	const long version_flag = 1;

	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, version_flag);
}

static struct ruleset known(void)
{
	struct ruleset all = { 0 };
	int abi = landlock_abi();

	for (size_t i = 0; i < countof(rights) && abi >= rights[i].since; i++) {
		all.fs |= rights[i].adds.fs;
		all.net |= rights[i].adds.net;
		all.scoped |= rights[i].adds.scoped;
	}
	return all;
}

bool landlock_begin(int *rules, struct err *err)
{
	const struct ruleset all = known();

	*rules = -1;
	if (all.fs == 0)
		return true;
	*rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	return *rules >= 0 || err_setf(err, ERR_BUG, "landlock: %s", strerror(errno));
}

bool landlock_allow(int rules, const char *path, enum landlock_may what, struct err *err)
{
	auto_close int fd = rules >= 0 ? open(path, O_PATH | O_CLOEXEC) : -1;
	struct beneath rule = { .allowed = allowed[what] & known().fs, .fd = fd };
	struct stat st;

	if (rules < 0 || (fd < 0 && errno == ENOENT))
		return true;
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_setf(err, ERR_INPUT, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		rule.allowed &= OF_A_FILE;
	return syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0) == 0 ||
	       err_setf(err, ERR_BUG, "landlock: %s: %s", path, strerror(errno));
}

bool landlock_enter(int rules, struct err *err)
{
	return rules < 0 || syscall(SYS_landlock_restrict_self, rules, 0) == 0 ||
	       err_setf(err, ERR_BUG, "landlock: %s", strerror(errno));
}
