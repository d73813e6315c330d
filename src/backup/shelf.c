#include "backup/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "backup/copy_file.h"
#include "backup/manifest.h"
#include "base/clock.h"
#include "base/mem.h"

#define PARTIAL ".partial-"
#define PREFIX "daybook-"

enum { MAX_OPEN = 16, MAX_TWINS = 100 };

/* ---- removing ---- */

static int remove_one(const char *path, const struct stat *st, int what, struct FTW *ftw)
{
	(void)st;
	(void)what;
	(void)ftw;
	remove(path);
	return 0;
}

void shelf_remove(const char *path)
{
	nftw(path, remove_one, MAX_OPEN, FTW_DEPTH | FTW_PHYS);
}

static void sweep(const char *path)
{
	DIR *list = opendir(path);
	struct dirent *entry;

	while (list != NULL && (entry = readdir(list)) != NULL) {
		auto_free char *at = xasprintf("%s/%s", path, entry->d_name);

		if (strncmp(entry->d_name, PARTIAL, strlen(PARTIAL)) == 0)
			shelf_remove(at);
	}
	if (list != NULL)
		closedir(list);
}

/* ---- what stands there ---- */

static bool may_be_backup(const char *name)
{
	return strncmp(name, PREFIX, strlen(PREFIX)) == 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool shelf_list(const char *path, char ***names, size_t *n, struct err *err)
{
	DIR *list = opendir(path);
	struct dirent *entry;

	*names = NULL;
	*n = 0;
	if (list == NULL)
		return file_failed(path, err);
	while ((entry = readdir(list)) != NULL) {
		if (!may_be_backup(entry->d_name))
			continue;
		*names = xrealloc(*names, *n + 1, sizeof(**names));
		(*names)[(*n)++] = xstrdup(entry->d_name);
	}
	closedir(list);
	if (*n > 0)
		qsort(*names, *n, sizeof(**names), compare);
	return true;
}

void shelf_free_names(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

/* ---- opening ---- */

static bool check_place(const char *path, const char *store_dir, struct err *err)
{
	auto_free char *real = realpath(path, NULL), *store = realpath(store_dir, NULL);
	size_t n = store ? strlen(store) : 0;

	if (real == NULL || store == NULL)
		return file_failed(real ? store_dir : path, err);
	if (strncmp(real, store, n) != 0 || (real[n] != '\0' && real[n] != '/'))
		return true;
	return err_setf(err, ERR_CONF, "%s lies inside of storage.path: it would be lost with what it is to replace", path);
}

static bool check_mode(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return file_failed(path, err);
	if (!S_ISDIR(st.st_mode))
		return err_setf(err, ERR_CONF, "%s is no folder", path);
	return (st.st_mode & 022) == 0 ||
	       err_setf(err, ERR_DENIED, "%s: others may write to it (mode %04o): chmod 700 it", path,
			(unsigned)st.st_mode & 07777);
}

static bool check_content(const char *path, struct err *err)
{
	DIR *list = opendir(path);
	struct dirent *entry;
	bool ok = list != NULL || file_failed(path, err);

	while (ok && (entry = readdir(list)) != NULL) {
		const char *name = entry->d_name;

		if (name[0] != '.' && !may_be_backup(name) && strcmp(name, "lost+found") != 0)
			ok = err_setf(err, ERR_CONF, "%s holds other things than backups (\"%.100s\"): name an empty folder",
				      path, name);
	}
	if (list != NULL)
		closedir(list);
	return ok;
}

static bool lock(struct shelf *s, struct err *err)
{
	auto_free char *path = xasprintf("%s/.lock", s->path);

	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return file_failed(path, err);
	return flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0 ||
	       err_setf(err, ERR_AGAIN, "another backup is being written to %s", s->path);
}

bool shelf_open(struct shelf *s, const char *path, const char *store_dir, struct err *err)
{
	*s = (struct shelf){ .path = xstrdup(path), .lock_fd = -1 };
	if ((mkdir(path, 0700) == 0 || errno == EEXIST || file_failed(path, err)) && check_place(path, store_dir, err) &&
	    check_mode(path, err) && check_content(path, err) && lock(s, err)) {
		sweep(path);
		return true;
	}
	shelf_close(s);
	return false;
}

void shelf_close(struct shelf *s)
{
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s->path);
	*s = (struct shelf){ .lock_fd = -1 };
}

/* ---- names ---- */

char *shelf_partial(const struct shelf *s)
{
	return xasprintf("%s/" PARTIAL "%d", s->path, (int)getpid());
}

char *shelf_name(const struct shelf *s, int64_t taken_us)
{
	time_t at = (time_t)(taken_us / US_PER_S);
	char text[32], *path;
	struct stat st;
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm);
	path = xasprintf("%s/" PREFIX "%s", s->path, text);
	for (int twin = 2; twin < MAX_TWINS && lstat(path, &st) == 0; twin++) {
		free(path);
		path = xasprintf("%s/" PREFIX "%s-%02d", s->path, text, twin);
	}
	return path;
}

/* ---- not for ever ---- */

static bool remove_backup(const struct shelf *s, const char *name, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", s->path, name), *aside = xasprintf("%s/" PARTIAL "%s", s->path, name);

	/* Under another name first: a removal cut short leaves no half of a backup. */
	if (rename(path, aside) != 0)
		return file_failed(path, err);
	shelf_remove(aside);
	return true;
}

bool shelf_prune(const struct shelf *s, size_t keep, size_t *n_removed, struct err *err)
{
	struct manifest head;
	struct err ignored;
	char **names;
	size_t n, n_kept = 0;
	bool ok = true;

	*n_removed = 0;
	if (!shelf_list(s->path, &names, &n, err))
		return false;
	for (size_t i = n; i-- > 0 && ok && keep > 0;) {
		auto_free char *path = xasprintf("%s/%s", s->path, names[i]);

		/* What is none, or of a version to come, is neither counted nor touched. */
		if (!manifest_read(path, &head, NULL, NULL, &ignored) || n_kept++ < keep)
			continue;
		ok = remove_backup(s, names[i], err);
		*n_removed += ok;
	}
	shelf_free_names(names, n);
	return ok;
}
