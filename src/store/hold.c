#include "store/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/mem.h"

static int open_lock(const char *dir)
{
	auto_free char *path = xasprintf("%s/files.lock", dir);

	return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

bool hold_files(const char *dir, int *fd, struct err *err)
{
	*fd = open_lock(dir);
	if (*fd >= 0 && flock(*fd, LOCK_SH) == 0)
		return true;
	return err_setf(err, errno == EACCES ? ERR_DENIED : ERR_IO, "store: %s/files.lock: %s", dir, strerror(errno));
}

int hold_for_removal(const char *dir)
{
	int fd = open_lock(dir);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}
