/* Opening a store: one owner, no file system that lies. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/blob.h"
#include "store/forget.h"
#include "store/inside.h"
#include "store/log_file.h"

static bool check_file_system(struct store *st, struct err *err)
{
	struct statfs fs;

	if (statfs(st->dir, &fs) != 0)
		return err_setf(err, ERR_CONF, "store: %s: %s", st->dir, strerror(errno));
	switch ((unsigned long)fs.f_type) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case AFS_SUPER_MAGIC:
		return err_setf(err, ERR_CONF,
				"store: %s is on a network file system, whose locks and syncs cannot be trusted; "
				"set storage.path to a local disk", st->dir);
	case TMPFS_MAGIC:
	case RAMFS_MAGIC:
		st->warning = xasprintf("%s is in memory: everything is gone after a restart of the machine",
					st->dir);
		break;
	case OVERLAYFS_SUPER_MAGIC:
		st->warning = xasprintf("%s is on an overlay: use a volume, or it goes with the container",
					st->dir);
		break;
	}
	return true;
}

bool store_take_lock(const char *dir, int *fd, struct err *err)
{
	auto_free char *path = xasprintf("%s/lock", dir);

	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0)
		return err_setf(err, ERR_CONF, "store: %s: %s", path, strerror(errno));
	if (flock(*fd, LOCK_EX | LOCK_NB) != 0)
		return err_setf(err, ERR_AGAIN,
				"store: another daybookd (or a rebuild) is using %s; stop it first, or give this one "
				"another storage.path", dir);
	return true;
}

static bool make_dir(const char *dir, struct err *err)
{
	if (mkdir(dir, 0700) == 0 || errno == EEXIST)
		return true;
	return err_setf(err, ERR_CONF, "store: cannot make %s: %s", dir, strerror(errno));
}

/* Its own bookkeeping of memory takes a lock at each allocation, and nobody reads it. */
static void configure_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* A folder that we may not write into, with no log and no index of one that we could read: nobody writes there (a
 * backup, a read-only disk), and SQLite needs to be told, or it wants to make them. */
static bool is_at_rest(const struct store *st, const char *path)
{
	auto_free char *log = xasprintf("%s-wal", path);
	auto_free char *index = xasprintf("%s-shm", path);
	struct stat log_st;

	if (st->mode == STORE_AT_REST)
		return true;
	if (st->mode != STORE_READER || access(st->dir, W_OK) == 0 || access(index, R_OK) == 0)
		return false;
	return stat(log, &log_st) == 0 ? log_st.st_size == 0 : errno == ENOENT;
}

static char *immutable_uri(const char *path)
{
	struct buf uri;

	buf_init(&uri, 3 * PATH_MAX + 32);
	buf_add(&uri, STR("file:"));
	for (; *path != '\0'; path++) {
		if (strchr("%?#", *path) != NULL)
			buf_addf(&uri, "%%%02x", (unsigned char)*path);
		else
			buf_addc(&uri, *path);
	}
	buf_add(&uri, STR("?immutable=1"));
	return buf_steal(&uri);
}

static bool reads_only(const struct store *st)
{
	return st->mode == STORE_READER || st->mode == STORE_AT_REST;
}

static bool cannot_open(const struct store *st, const char *path, struct err *err)
{
	if (reads_only(st) && access(path, R_OK) != 0 && errno == EACCES)
		return err_setf(err, ERR_DENIED, "store: %s may not be read by this user", path);
	if (st->mode == STORE_READER && access(path, F_OK) != 0)
		return err_setf(err, ERR_MISSING,
				"store: there is none at %s yet; it is made when daybookd first starts", path);
	return err_setf(err, ERR_CONF, "store: cannot open %s: %s", path,
			st->db ? sqlite3_errmsg(st->db) : "out of memory");
}

static bool open_database(struct store *st, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", st->dir, st->file);
	auto_free char *uri = is_at_rest(st, path) ? immutable_uri(path) : NULL;
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	mode_t mask = umask(0077);
	int rc;

	pthread_once(&once, configure_library);
	if (uri != NULL)
		flags |= SQLITE_OPEN_URI;
	if (reads_only(st))
		flags |= SQLITE_OPEN_READONLY;
	else
		flags |= SQLITE_OPEN_READWRITE;
	if (st->mode == STORE_WRITER || st->mode == STORE_REBUILD)
		flags |= SQLITE_OPEN_CREATE;
	rc = sqlite3_open_v2(uri ? uri : path, &st->db, flags, reads_only(st) ? NULL : log_file_vfs());
	umask(mask);
	return rc == SQLITE_OK || cannot_open(st, path, err);
}

static bool check_sectors(struct store *st, struct err *err)
{
	int is_kept = -1;

	sqlite3_file_control(st->db, "main", SQLITE_FCNTL_POWERSAFE_OVERWRITE, &is_kept);
	return is_kept == 1 || err_setf(err, ERR_CONF, "store: this SQLite was built for disks that lose the rest of a sector "
					"(SQLITE_POWERSAFE_OVERWRITE=0), which Daybook cannot use; install the "
					"distribution's");
}

static int on_wal(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct store *st = arg;

	(void)db;
	(void)name;
	st->wal_pages = pages;
	return SQLITE_OK;
}

/* Before anything else is read: what a failed fsync left in the page cache goes to the disk, and a store that failed is
 * looked over. */
static bool settle(struct store *st, struct err *err)
{
	if (!store_checkpoint(st, true, NULL, NULL, err))
		return err_prefixf(err, "checkpoint at start");
	if (!store_is_suspect(st->dir))
		return true;
	if (!store_quick_check(st, err))
		return err_prefixf(err, "the last run ended with a storage failure; restore a backup, or run "
				   "daybook rebuild");
	return store_mark_suspect(st->dir, false) ||
	       err_setf(err, ERR_IO, "store: cannot remove %s/suspect", st->dir);
}

static bool open_writer(struct store *st, struct err *err)
{
	if (st->mode == STORE_WRITER && (!store_take_lock(st->dir, &st->lock_fd, err) || !check_file_system(st, err)))
		return false;
	if (!open_database(st, err) || !check_sectors(st, err) || !store_assert_settings(st, err))
		return false;
	sqlite3_wal_hook(st->db, on_wal, st);
	if (st->mode == STORE_WRITER && !settle(st, err))
		return false;
	if (st->mode == STORE_WRITER && !blob_prepare(st->dir, err))
		return false;
	return store_migrate(st, err) && (st->mode != STORE_WRITER || store_level_search(st, err)) && store_load_keys(st, err) &&
	       changes_load(st, err);
}

bool store_open_file(const char *dir, const char *file, enum store_mode mode, struct store **out,
		     struct err *err)
{
	struct store *st = xnew(struct store);
	bool ok;

	st->dir = xstrdup(dir);
	st->file = xstrdup(file);
	st->mode = mode;
	st->lock_fd = -1;
	if (mode == STORE_WRITER || mode == STORE_REBUILD)
		ok = make_dir(dir, err) && open_writer(st, err);
	else
		ok = open_database(st, err) && store_assert_settings(st, err) && store_load_keys(st, err);
	if (!ok) {
		store_close(st);
		return false;
	}
	*out = st;
	return true;
}

bool store_open(const char *dir, enum store_mode mode, struct store **out, struct err *err)
{
	return store_open_file(dir, "daybook.db", mode, out, err);
}

void store_close(struct store *st)
{
	if (st == NULL)
		return;
	for (size_t i = 0; i < STATEMENT_SLOTS; i++)
		sqlite3_finalize(st->statements[i].stmt);
	sqlite3_close(st->db);
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	free(st->deltas);
	changes_drop(&st->changes);
	free(st->changes.notes);
	free(st->warning);
	free(st->dir);
	free(st->file);
	free(st);
}

const char *store_dir(const struct store *st)
{
	return st->dir;
}

const char *store_warning(const struct store *st)
{
	return st->warning;
}

static bool read_verdict(struct query *q, struct err *err)
{
	struct str answer;
	bool has, ok;

	if (!query_step(q, &has, err))
		return false;
	answer = column_str(q);
	ok = has && str_eq(answer, STR("ok"));
	if (!ok)
		err_setf(err, ERR_IO, "store: damaged: " STR_FMT, STR_ARG(str_sub(answer, 0, 200)));
	query_close(q);
	return ok;
}

bool store_quick_check(struct store *st, struct err *err)
{
	struct query q;

	return query_open(&q, st, "PRAGMA quick_check(1)", err) && read_verdict(&q, err);
}

bool store_integrity_check(struct store *st, struct err *err)
{
	struct query q;

	return query_open(&q, st, "PRAGMA integrity_check(1)", err) && read_verdict(&q, err);
}

bool store_mark_suspect(const char *dir, bool is_suspect)
{
	auto_free char *path = xasprintf("%s/suspect", dir);
	auto_close int fd = -1;

	if (!is_suspect)
		return unlink(path) == 0 || errno == ENOENT;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd >= 0 && fsync(fd) == 0;
}

bool store_is_suspect(const char *dir)
{
	auto_free char *path = xasprintf("%s/suspect", dir);

	return access(path, F_OK) == 0;
}
