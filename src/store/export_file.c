#include "store/export_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/mem.h"

#define FOLDER "exports"

static bool failed(const char *path, struct err *err)
{
	enum err_kind kind = errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERR_FULL : errno == ENOENT ? ERR_MISSING : ERR_IO;

	return err_setf(err, kind, "%s: %s", path, strerror(errno));
}

char *export_file_path(const char *dir, int64_t id)
{
	char text[ID_TEXT_SIZE];

	return xasprintf("%s/" FOLDER "/%s", dir, id_format(id, "exp_", text));
}

bool export_file_begin(const char *dir, int64_t id, int *fd, struct err *err)
{
	auto_free char *folder = xasprintf("%s/" FOLDER, dir), *path = export_file_path(dir, id);

	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return failed(folder, err);
	unlink(path);
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return *fd >= 0 || failed(path, err);
}

bool export_file_put(int fd, struct str bytes, struct err *err)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failed("the export", err);
		bytes = str_sub(bytes, (size_t)n, STR_NONE);
	}
	return true;
}

static bool sync_folder(const char *dir, struct err *err)
{
	auto_free char *folder = xasprintf("%s/" FOLDER, dir);
	auto_close int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return (fd >= 0 && fsync(fd) == 0) || failed(folder, err);
}

bool export_file_end(const char *dir, int64_t id, int fd, struct err *err)
{
	auto_free char *path = export_file_path(dir, id);
	bool ok = (fsync(fd) == 0 || failed(path, err)) && sync_folder(dir, err);

	close(fd);
	return ok && (access(path, F_OK) == 0 || failed(path, err));
}

bool export_file_read(const char *dir, int64_t id, int64_t offset, size_t n, char **bytes, struct err *err)
{
	auto_free char *path = export_file_path(dir, id);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *room = fd >= 0 ? malloc(n + 1) : NULL;
	size_t got = 0;

	while (room != NULL && got < n) {
		ssize_t more = pread(fd, room + got, n - got, offset + (int64_t)got);

		if (more <= 0 && !(more < 0 && errno == EINTR))
			break;
		got += more > 0 ? (size_t)more : 0;
	}
	if (fd >= 0)
		close(fd);
	if (room != NULL && got == n) {
		*bytes = room;
		return true;
	}
	free(room);
	return err_setf(err, ERR_MISSING, "the file of this export is not there any more");
}

void export_file_remove(const char *dir, int64_t id)
{
	auto_free char *path = export_file_path(dir, id);

	unlink(path);
}

void export_file_sweep(const char *dir, bool (*keep)(int64_t id, void *arg), void *arg)
{
	auto_free char *folder = xasprintf("%s/" FOLDER, dir);
	DIR *all = opendir(folder);
	struct dirent *entry;
	int64_t id;

	while (all != NULL && (entry = readdir(all)) != NULL)
		if (id_parse(str_from(entry->d_name), "exp_", &id) && (keep == NULL || !keep(id, arg)))
			export_file_remove(dir, id);
	if (all != NULL)
		closedir(all);
}
