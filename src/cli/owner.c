#include "cli/owner.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_needed(const char *dir, struct stat *st)
{
	return geteuid() == 0 && stat(dir, st) == 0 && st->st_uid != 0;
}

bool owner_become(const char *dir, struct err *err)
{
	struct stat st;

	if (!is_needed(dir, &st))
		return true;
	if (setgroups(0, NULL) < 0 || setgid(st.st_gid) < 0 || setuid(st.st_uid) < 0)
		return err_setf(err, ERR_DENIED, "cannot become the owner of %s (user %u): %s", dir,
				(unsigned)st.st_uid, strerror(errno));
	return true;
}

bool owner_become_with(const char *dir, const char *folder, struct err *err)
{
	struct stat st;

	if (is_needed(dir, &st) && mkdir(folder, 0700) == 0 && chown(folder, st.st_uid, st.st_gid) < 0)
		return err_setf(err, ERR_DENIED, "%s: %s", folder, strerror(errno));
	return owner_become(dir, err);
}
