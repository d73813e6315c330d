#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/mem.h"
#include "store/inside.h"

enum {
	STEP_PAGES = 4096,		/* 16 MiB, then to the disk: one long flush at the end would hold up the commits of others */
};

struct store_copy {
	struct store *from;
	sqlite3 *to;
	sqlite3_backup *backup;
	char *path;
	int fd;
};

/* Nobody reads it before it is complete, and we sync it ourselves. */
static bool make_target(struct store_copy *c, struct err *err)
{
	c->fd = open(c->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (c->fd < 0)
		return err_setf(err, errno == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", c->path, strerror(errno));
	if (sqlite3_open_v2(c->path, &c->to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
			    NULL) == SQLITE_OK &&
	    sqlite3_exec(c->to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL) == SQLITE_OK)
		return true;
	return err_setf(err, ERR_IO, "%s: %s", c->path, sqlite3_errmsg(c->to));
}

bool store_copy_begin(const char *dir, const char *to, struct store_copy **out, struct err *err)
{
	struct store_copy *c = xnew(struct store_copy);
	bool ok;

	c->path = xstrdup(to);
	c->fd = -1;
	ok = store_open(dir, STORE_READER, &c->from, err) && store_begin_snapshot(c->from, err) && make_target(c, err);
	if (ok) {
		c->backup = sqlite3_backup_init(c->to, "main", c->from->db, "main");
		ok = c->backup != NULL || err_setf(err, ERR_IO, "%s: %s", to, sqlite3_errmsg(c->to));
	}
	if (!ok) {
		store_copy_end(c);
		return false;
	}
	*out = c;
	return true;
}

static bool is_no_room(int rc, int os_error)
{
	return (rc & 0xff) == SQLITE_FULL || os_error == ENOSPC || os_error == EDQUOT || os_error == EFBIG;
}

static bool failed(struct store_copy *c, int rc, struct err *err)
{
	int os_error = 0;

	sqlite3_file_control(c->to, "main", SQLITE_FCNTL_LAST_ERRNO, &os_error);
	if (is_no_room(rc, os_error))
		return err_setf(err, ERR_FULL, "%s: %s", c->path, strerror(os_error ? os_error : ENOSPC));
	return err_setf(err, ERR_IO, "%s: %s", c->path, sqlite3_errstr(rc));
}

bool store_copy_step(struct store_copy *c, int64_t *done, int64_t *of, struct err *err)
{
	int rc = sqlite3_backup_step(c->backup, STEP_PAGES);

	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		return failed(c, rc, err);
	*of = sqlite3_backup_pagecount(c->backup);
	*done = *of - sqlite3_backup_remaining(c->backup);
	if (rc == SQLITE_DONE) {	/* what is still in the cache is written here */
		rc = sqlite3_backup_finish(c->backup);
		c->backup = NULL;
	}
	if (rc != SQLITE_OK)
		return failed(c, rc, err);
	return fsync(c->fd) == 0 || err_setf(err, ERR_IO, "%s: %s", c->path, strerror(errno));
}

void store_copy_end(struct store_copy *c)
{
	if (c == NULL)
		return;
	if (c->backup != NULL)
		sqlite3_backup_finish(c->backup);
	sqlite3_close(c->to);
	store_close(c->from);
	if (c->fd >= 0)
		close(c->fd);
	free(c->path);
	free(c);
}
