#include "store/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/mem.h"

#define FOLDER "imports"

bool spool_is_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.ptr[i] < ' ' || name.ptr[i] == '/' || name.ptr[i] == 0x7f)
			return false;
	return name.len > 0 && name.len <= SPOOL_NAME_MAX && name.ptr[0] != '.' && str_is_utf8(name);
}

static bool failed(const char *path, struct err *err)
{
	enum err_kind kind = errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERR_FULL : ERR_IO;

	return err_setf(err, kind, "%s: %s%s", path, strerror(errno), kind == ERR_FULL ? "; make room, and send this piece again" : "");
}

char *spool_folder(const char *dir, int64_t import)
{
	char id[ID_TEXT_SIZE];

	return xasprintf("%s/" FOLDER "/%s", dir, id_format(import, "imp_", id));
}

static bool sync_folder(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		failed(path, err);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool make_folder(const char *path, const char *parent, struct err *err)
{
	if (mkdir(path, 0700) == 0)
		return sync_folder(parent, err);
	return errno == EEXIST || failed(path, err);
}

static bool make_folders(const char *dir, const char *folder, struct err *err)
{
	auto_free char *all = xasprintf("%s/" FOLDER, dir);

	return make_folder(all, dir, err) && make_folder(folder, all, err);
}

static bool write_all(int fd, struct str bytes, int64_t offset)
{
	while (bytes.len > 0) {
		ssize_t n = pwrite(fd, bytes.ptr, bytes.len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = str_sub(bytes, (size_t)n, STR_NONE);
		offset += n;
	}
	return fdatasync(fd) == 0;
}

bool spool_write(const char *dir, int64_t import, struct str name, int64_t offset, struct str bytes, struct err *err)
{
	auto_free char *folder = spool_folder(dir, import);
	auto_free char *path = xasprintf("%s/" STR_FMT, folder, STR_ARG(name));
	int fd;
	bool ok;

	if (offset == 0 && !make_folders(dir, folder, err))
		return false;
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | (offset == 0 ? O_CREAT : 0), 0600);
	if (fd < 0)
		return failed(path, err);
	ok = write_all(fd, bytes, offset) || failed(path, err);
	close(fd);
	return ok && (offset > 0 || sync_folder(folder, err));
}

bool spool_has(const char *dir, int64_t import, struct str name, int64_t n_bytes)
{
	auto_free char *folder = spool_folder(dir, import);
	auto_free char *path = xasprintf("%s/" STR_FMT, folder, STR_ARG(name));
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= n_bytes;
}

/* ---- away ---- */

static void remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(folder);
}

void spool_remove(const char *dir, int64_t import)
{
	auto_free char *folder = spool_folder(dir, import);

	remove_folder(folder);
}

int spool_sweep(const char *dir, bool (*keep)(int64_t import, void *arg), void *arg)
{
	auto_free char *all = xasprintf("%s/" FOLDER, dir);
	DIR *folders = opendir(all);
	struct dirent *entry;
	int64_t import;
	int n = 0;

	while (folders != NULL && (entry = readdir(folders)) != NULL) {
		if (!id_parse(str_from(entry->d_name), "imp_", &import) || (keep != NULL && keep(import, arg)))
			continue;
		spool_remove(dir, import);
		n++;
	}
	if (folders != NULL)
		closedir(folders);
	return n;
}
