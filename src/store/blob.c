#include "store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/crypto.h"
#include "base/mem.h"

struct blob {
	struct sha256 *hash;
	char *dir, *temp;		/* temp empty: it has its own name now */
	int fd;
};

static bool failed(const char *path, struct err *err)
{
	enum err_kind kind = errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERR_FULL : ERR_IO;

	return err_setf(err, kind, "store: %s: %s", path, strerror(errno));
}

void blob_drop(struct blob *b)
{
	if (b == NULL)
		return;
	if (b->fd >= 0) {
		close(b->fd);
		if (b->temp[0] != '\0')
			unlink(b->temp);
	}
	sha256_destroy(b->hash);
	free(b->dir);
	free(b->temp);
	free(b);
}

bool blob_open(const char *dir, struct blob **out, struct err *err)
{
	static atomic_ulong serial;
	struct blob *b = xnew(struct blob);

	b->dir = xasprintf("%s/blobs", dir);
	b->temp = xasprintf("%s/tmp-%d-%lu", b->dir, (int)getpid(), atomic_fetch_add(&serial, 1));
	b->hash = sha256_create();
	b->fd = open(b->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (b->fd < 0 && errno == ENOENT && mkdir(b->dir, 0700) == 0)	/* nobody has prepared it */
		b->fd = open(b->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (b->fd < 0) {
		failed(b->temp, err);
		blob_drop(b);
		return false;
	}
	*out = b;
	return true;
}

bool blob_add(struct blob *b, struct str piece, struct err *err)
{
	sha256_add(b->hash, piece);
	while (piece.len > 0) {
		ssize_t n = write(b->fd, piece.ptr, piece.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(b->temp, err);
		piece = str_sub(piece, (size_t)n, piece.len);
	}
	return true;
}

static bool sync_dir(const char *path, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return (fd >= 0 && fsync(fd) == 0) || failed(path, err);
}

/* Its folder is there since blob_prepare(), unless somebody removed it meanwhile. */
static bool move_in(struct blob *b, const char *folder, const char *path, struct err *err)
{
	if (rename(b->temp, path) != 0) {
		if (errno != ENOENT || (mkdir(folder, 0700) != 0 && errno != EEXIST))
			return failed(path, err);
		if (!sync_dir(b->dir, err))
			return false;
		if (rename(b->temp, path) != 0)
			return failed(path, err);
	}
	b->temp[0] = '\0';
	return true;
}

/* blobs/ab/abcdef…: 256 folders keep each one short. */
static bool settle(struct blob *b, const char *hex, struct err *err)
{
	auto_free char *folder = xasprintf("%s/%.2s", b->dir, hex);
	auto_free char *path = xasprintf("%s/%s", folder, hex);

	/* Touched, so that it is not removed while we count on it. Its rename may be another's, and not durable yet. */
	if (utimensat(AT_FDCWD, path, NULL, 0) == 0)
		return sync_dir(folder, err);
	if (fsync(b->fd) != 0)
		return failed(b->temp, err);
	return move_in(b, folder, path, err) && sync_dir(folder, err);
}

bool blob_keep(struct blob *b, char hex[65], struct err *err)
{
	unsigned char md[SHA256_SIZE];
	bool ok;

	sha256_end(b->hash, md);
	crypto_hex(md, sizeof(md), hex);
	ok = settle(b, hex, err);
	blob_drop(b);		/* the temporary name is gone, or a leftover to remove */
	return ok;
}

/* All of them now, so that no thread builds on a folder that another has made and not yet synced. */
static bool make_folders(const char *blobs, struct err *err)
{
	for (unsigned i = 0; i < 256; i++) {
		auto_free char *folder = xasprintf("%s/%02x", blobs, i);

		if (mkdir(folder, 0700) != 0 && errno != EEXIST)
			return failed(folder, err);
	}
	return sync_dir(blobs, err);
}

bool blob_prepare(const char *dir, struct err *err)
{
	auto_free char *folder = xasprintf("%s/blobs", dir);
	struct dirent *entry;
	DIR *list;

	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return failed(folder, err);
	if (!make_folders(folder, err) || !sync_dir(dir, err))
		return false;
	list = opendir(folder);
	while (list != NULL && (entry = readdir(list)) != NULL) {
		if (strncmp(entry->d_name, "tmp-", 4) == 0)
			unlinkat(dirfd(list), entry->d_name, 0);
	}
	if (list != NULL)
		closedir(list);
	return true;
}

static bool read_all(int fd, char *bytes, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = read(fd, bytes + at, n - at);

		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

bool blob_read(const char *dir, struct str hex, char **bytes, size_t *n, struct err *err)
{
	auto_free char *path = xasprintf("%s/blobs/%.2s/" STR_FMT, dir, hex.ptr, STR_ARG(hex));
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char md[SHA256_SIZE];
	char again[SHA256_HEX_SIZE];
	struct stat st;

	if (hex.len != 64 || fd < 0 || fstat(fd, &st) != 0)
		return err_setf(err, ERR_MISSING, "store: %s is not there", path);
	*n = (size_t)st.st_size;
	*bytes = malloc(*n + 1);
	if (*bytes == NULL || !read_all(fd, *bytes, *n)) {
		free(*bytes);
		*bytes = NULL;
		return err_setf(err, ERR_IO, "store: cannot read %s", path);
	}
	(*bytes)[*n] = '\0';
	crypto_sha256((struct str){ *bytes, *n }, md);
	if (str_eq(str_from(crypto_hex(md, sizeof(md), again)), hex))
		return true;
	free(*bytes);
	*bytes = NULL;
	return err_setf(err, ERR_IO, "store: %s does not hold what its name says", path);
}

bool blob_remove(const char *dir, struct str hex, int rest_s, bool *is_gone, struct err *err)
{
	auto_free char *path = xasprintf("%s/blobs/%.2s/" STR_FMT, dir, hex.ptr, STR_ARG(hex));
	auto_free char *aside = xasprintf("%s/blobs/tmp-" STR_FMT, dir, STR_ARG(hex));
	struct stat st;

	*is_gone = stat(path, &st) != 0 && errno == ENOENT;
	if (*is_gone)
		return true;
	if (time(NULL) - st.st_mtime < rest_s)
		return true;
	/* Whoever meets it between the look and the end would count on it: under another name nobody does. */
	if (rename(path, aside) != 0)
		return failed(path, err);
	*is_gone = stat(aside, &st) != 0 || time(NULL) - st.st_mtime >= rest_s;
	if (*is_gone ? unlink(aside) == 0 : rename(aside, path) == 0)
		return true;
	return failed(aside, err);
}
