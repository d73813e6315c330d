#include "backup/copy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"

enum { PIECE = 256 << 10 };

bool file_failed(const char *path, struct err *err)
{
	enum err_kind kind = errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ERR_FULL
			     : errno == ENOENT				  ? ERR_MISSING
			     : errno == EACCES || errno == EPERM		  ? ERR_DENIED
										  : ERR_IO;

	return err_setf(err, kind, "%s: %s", path, strerror(errno));
}

static bool write_all(int fd, struct str piece)
{
	while (piece.len > 0) {
		ssize_t n = write(fd, piece.ptr, piece.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		piece = str_sub(piece, (size_t)n, piece.len);
	}
	return true;
}

/* to: -1, it is only read. */
static bool read_through(int from, int to, struct sha256 *hash, struct file_sum *sum, bool *is_target)
{
	auto_free char *piece = xcalloc(1, PIECE);
	ssize_t n;

	*is_target = false;
	sum->size = 0;
	while ((n = read(from, piece, PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		sha256_add(hash, (struct str){ piece, (size_t)n });
		sum->size += n;
		*is_target = to >= 0 && !write_all(to, (struct str){ piece, (size_t)n });
		if (*is_target)
			return false;
	}
	return true;
}

static bool sum_up(const char *from, const char *to, int to_fd, struct file_sum *sum, struct err *err)
{
	auto_close int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct sha256 *hash = sha256_create();
	unsigned char md[SHA256_SIZE];
	bool is_target = false, ok = fd >= 0 && read_through(fd, to_fd, hash, sum, &is_target);

	if (!ok)
		file_failed(is_target ? to : from, err);
	sha256_end(hash, md);
	crypto_hex(md, sizeof(md), sum->sha256);
	sha256_destroy(hash);
	return ok;
}

bool file_sum(const char *path, struct file_sum *sum, struct err *err)
{
	return sum_up(path, NULL, -1, sum, err);
}

bool file_copy(const char *from, const char *to, struct file_sum *sum, struct err *err)
{
	auto_close int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return file_failed(to, err);
	if (sum_up(from, to, fd, sum, err) && (fsync(fd) == 0 || file_failed(to, err)))
		return true;
	unlink(to);
	return false;
}

bool file_sync_folder(const char *path, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return (fd >= 0 && fsync(fd) == 0) || file_failed(path, err);
}
