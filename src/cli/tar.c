#include "cli/tar.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "backup/copy_file.h"
#include "base/mem.h"

enum { BLOCK = 512, PIECE = 64 << 10 };

struct head {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100], magic[6], version[2];
	char user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};

_Static_assert(sizeof(struct head) == BLOCK, "a block of tar");

static void put_head(struct head *h, const char *name, long long size)
{
	unsigned sum = 0;

	*h = (struct head){ .type = '0', .magic = "ustar", .version = { '0', '0' } };
	snprintf(h->name, sizeof(h->name), "%s", name);
	snprintf(h->mode, sizeof(h->mode), "%07o", 0600);
	snprintf(h->uid, sizeof(h->uid), "%07o", 0);
	snprintf(h->gid, sizeof(h->gid), "%07o", 0);
	snprintf(h->size, sizeof(h->size), "%011llo", size);
	snprintf(h->mtime, sizeof(h->mtime), "%011llo", (long long)time(NULL));
	memset(h->sum, ' ', sizeof(h->sum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += ((unsigned char *)h)[i];
	snprintf(h->sum, sizeof(h->sum), "%06o", sum);
}

static bool add(FILE *out, const char *folder, const char *name, struct err *err)
{
	static const char zeros[BLOCK];
	auto_free char *path = xasprintf("%s/%s", folder, name), *piece = xcalloc(1, PIECE);
	auto_file FILE *in = fopen(path, "re");
	struct head head;
	struct stat st;
	size_t n;

	if (in == NULL || fstat(fileno(in), &st) != 0)
		return file_failed(path, err);
	put_head(&head, name, (long long)st.st_size);
	fwrite(&head, 1, sizeof(head), out);
	while ((n = fread(piece, 1, PIECE, in)) > 0)
		fwrite(piece, 1, n, out);
	fwrite(zeros, 1, (size_t)(-st.st_size & (BLOCK - 1)), out);
	return !ferror(in) || file_failed(path, err);
}

static bool finish(FILE *out)
{
	static const char end[2 * BLOCK];

	fwrite(end, 1, sizeof(end), out);
	return fflush(out) == 0 && !ferror(out) && fsync(fileno(out)) == 0;
}

bool tar_write(const char *path, const char *folder, const char *const *names, size_t n, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	auto_file FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (out == NULL)
		return file_failed(path, err);
	for (size_t i = 0; i < n; i++)
		if (!add(out, folder, names[i], err))
			return false;
	return finish(out) || file_failed(path, err);
}
