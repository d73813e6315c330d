#include "cli/export_files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "backup/copy_file.h"
#include "base/mem.h"
#include "cli/tar.h"

struct export_files {
	char *out, *partial;
	char **names;			/* of what is in it, in the order of coming */
	size_t n_names;
	bool is_tar;
};

static bool is_tar(const char *out)
{
	size_t n = strlen(out);

	return n > 4 && strcmp(out + n - 4, ".tar") == 0;
}

bool export_files_begin(const char *out, struct export_files **files, struct err *err)
{
	struct export_files *f;
	struct stat st;

	if (lstat(out, &st) == 0)
		return err_setf(err, ERR_INPUT, "%s is there already; name a new folder, or a new file that ends with .tar", out);
	f = xnew(struct export_files);
	f->out = xstrdup(out);
	while (strlen(f->out) > 1 && f->out[strlen(f->out) - 1] == '/')
		f->out[strlen(f->out) - 1] = '\0';
	f->is_tar = is_tar(f->out);
	f->partial = xasprintf("%s.partial-%d", f->out, getpid());
	*files = f;
	if (mkdir(f->partial, 0700) == 0)
		return true;
	file_failed(f->partial, err);
	free(f->partial);
	f->partial = NULL;
	export_files_drop(f);
	*files = NULL;
	return false;
}

static bool make_folder_of(const char *path, struct err *err)
{
	auto_free char *folder = xstrndup(path, (size_t)(strrchr(path, '/') - path));

	return mkdir(folder, 0700) == 0 || errno == EEXIST || file_failed(folder, err);
}

FILE *export_files_open(struct export_files *files, const char *name, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", files->partial, name);
	FILE *file;
	int fd;

	if (!make_folder_of(path, err))
		return NULL;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (file == NULL)
		file_failed(path, err);
	return file;
}

bool export_files_close(struct export_files *files, const char *name, FILE *file, struct err *err)
{
	bool ok = fflush(file) == 0 && fsync(fileno(file)) == 0;

	if (!ok)
		file_failed(name, err);
	fclose(file);
	if (!ok)
		return false;
	files->names = xrealloc(files->names, files->n_names + 1, sizeof(*files->names));
	files->names[files->n_names++] = xstrdup(name);
	return true;
}

bool export_files_put(struct export_files *files, const char *name, struct str bytes, struct err *err)
{
	FILE *file = export_files_open(files, name, err);

	if (file == NULL)
		return false;
	fwrite(bytes.ptr, 1, bytes.len, file);
	return export_files_close(files, name, file, err);
}

/* ---- the end ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void remove_folder(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Beside the folder, and then in the place of its name. */
static bool pack(struct export_files *f, struct err *err)
{
	auto_free char *packed = xasprintf("%s.tar", f->partial);
	bool ok = tar_write(packed, f->partial, (const char *const *)f->names, f->n_names, err) &&
		  (rename(packed, f->out) == 0 || file_failed(f->out, err));

	if (!ok)
		unlink(packed);
	return ok;
}

static bool sync_beside(const char *out, struct err *err)
{
	const char *slash = strrchr(out, '/');
	auto_free char *folder = slash == NULL ? xstrdup(".") : xstrndup(out, (size_t)(slash - out) + (slash == out));

	return file_sync_folder(folder, err);
}

bool export_files_end(struct export_files *f, struct err *err)
{
	auto_free char *below = xasprintf("%s/attachments", f->partial);
	struct stat st;

	if (f->is_tar)
		return pack(f, err) && sync_beside(f->out, err);
	if ((stat(below, &st) == 0 && !file_sync_folder(below, err)) || !file_sync_folder(f->partial, err))
		return false;
	if (rename(f->partial, f->out) != 0)
		return file_failed(f->out, err);
	free(f->partial);
	f->partial = NULL;
	return sync_beside(f->out, err);
}

void export_files_drop(struct export_files *f)
{
	if (f == NULL)
		return;
	if (f->partial != NULL)
		remove_folder(f->partial);
	for (size_t i = 0; i < f->n_names; i++)
		free(f->names[i]);
	free(f->names);
	free(f->partial);
	free(f->out);
	free(f);
}
