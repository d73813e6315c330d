#include "store/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { MAX_LINE = PATH_MAX + 64 };

static bool failed(const char *path, struct err *err)
{
	return err_setf(err, errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERR_FULL : ERR_IO, "store: %s: %s", path,
			strerror(errno));
}

static bool sync_dir(const char *dir, struct err *err)
{
	auto_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return (fd >= 0 && fsync(fd) == 0) || failed(dir, err);
}

bool mark_put(const char *dir, const char *name, int64_t at_us, struct str text, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", dir, name), *fresh = xasprintf("%s.%d", path, (int)getpid());
	auto_close int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char at[CLOCK_TEXT_SIZE];

	if (fd < 0)
		return failed(fresh, err);
	if (dprintf(fd, "%s " STR_FMT "\n", clock_format(at_us, at), STR_ARG(text)) > 0 && fsync(fd) == 0 &&
	    rename(fresh, path) == 0)
		return sync_dir(dir, err);
	failed(fresh, err);
	unlink(fresh);
	return false;
}

bool mark_find(const char *dir, const char *name, int64_t *at_us, char **text)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	auto_file FILE *file = fopen(path, "re");
	struct str line, at;
	char bytes[MAX_LINE];

	if (file == NULL || fgets(bytes, sizeof(bytes), file) == NULL)
		return false;
	line = str_trim(str_from(bytes));
	if (!str_next(&line, ' ', &at) || !clock_parse(at, at_us))
		return false;
	if (text != NULL)
		*text = line.len > 0 ? xstrndup(line.ptr, line.len) : xstrdup("");
	return true;
}

bool mark_remove(const char *dir, const char *name, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);

	return ((unlink(path) == 0 || errno == ENOENT) || failed(path, err)) && sync_dir(dir, err);
}
