#include "cli/setup_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "conf/paths.h"

enum { OPTIONS_MODE = 0644, SECRET_MODE = 0600, OPTIONS_FOLDER_MODE = 0755, SECRETS_FOLDER_MODE = 0700 };

static bool may_write(const char *base, const char *folder, struct err *err)
{
	const char *where = access(folder, F_OK) == 0 ? folder : base;

	if (access(where, W_OK | X_OK) == 0)
		return true;
	return err_setf(err, errno == EACCES || errno == EROFS ? ERR_DENIED : ERR_MISSING, "cannot write into %.300s: %s",
			where, strerror(errno));
}

bool setup_files_look(struct setup_files *f, const char *config_path, const char *name, struct err *err)
{
	auto_free char *options = NULL, *secrets = NULL;

	*f = (struct setup_files){ .folder = path_folder(config_path) };
	options = xasprintf("%s/connectors.d", f->folder);
	secrets = xasprintf("%s/secrets", f->folder);
	f->options = xasprintf("%s/%s.yaml", options, name);
	f->secret = xasprintf("%s/%s", secrets, name);
	f->has_options = access(f->options, F_OK) == 0;
	f->has_secret = access(f->secret, F_OK) == 0;
	return may_write(f->folder, options, err) && may_write(f->folder, secrets, err);
}

void setup_files_finish(struct setup_files *f)
{
	free(f->folder);
	free(f->options);
	free(f->secret);
	*f = (struct setup_files){ .folder = NULL };
}

/* ---- writing ---- */

struct owner {
	bool is_known;
	uid_t uid;
	gid_t gid;
};

/* Root makes them for the daemon, which owns its secrets, or at least its store. */
static struct owner owner_of(const char *secrets, const char *store)
{
	struct stat st;

	if (geteuid() != 0 || (stat(secrets, &st) != 0 && stat(store, &st) != 0))
		return (struct owner){ .is_known = false };
	return (struct owner){ true, st.st_uid, st.st_gid };
}

static bool give(int fd, const struct owner *owner)
{
	return !owner->is_known || fchown(fd, owner->uid, owner->gid) == 0;
}

static bool make_folder(const char *path, mode_t mode, const struct owner *owner, struct err *err)
{
	auto_close int fd = -1;

	if (mkdir(path, mode) != 0 && errno == EEXIST)
		return true;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return (fd >= 0 && give(fd, owner)) ||
	       err_setf(err, ERR_DENIED, "cannot make %.300s: %s", path, strerror(errno));
}

static bool put(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.ptr, text.len);

		if (n < 0)
			return false;
		text = str_sub(text, (size_t)n, SIZE_MAX);
	}
	return fsync(fd) == 0;
}

/* Beside its place, then into it: nobody ever reads half of it, or a secret before its mode is set. */
static bool write_file(const char *path, mode_t mode, struct str text, const struct owner *owner, struct err *err)
{
	auto_free char *fresh = xasprintf("%s.new", path);
	auto_close int fd = -1;

	unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, SECRET_MODE);
	if (fd >= 0 && give(fd, owner) && fchmod(fd, mode) == 0 && put(fd, text) && rename(fresh, path) == 0)
		return true;
	err_setf(err, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_DENIED, "cannot write %.300s: %s", path,
		 strerror(errno));
	unlink(fresh);
	return false;
}

bool setup_files_write(const struct setup_files *f, struct str options, struct str secret, const char *store,
		       struct err *err)
{
	auto_free char *options_folder = path_folder(f->options), *secrets_folder = path_folder(f->secret);
	const struct owner owner = owner_of(secrets_folder, store), us = { .is_known = false };

	return make_folder(secrets_folder, SECRETS_FOLDER_MODE, &owner, err) &&
	       make_folder(options_folder, OPTIONS_FOLDER_MODE, &us, err) &&
	       write_file(f->secret, SECRET_MODE, secret, &owner, err) &&
	       write_file(f->options, OPTIONS_MODE, options, &us, err);
}
