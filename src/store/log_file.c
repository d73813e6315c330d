#include "store/log_file.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/scrub.h"

enum { GATHERED_MAX = 64 << 10 };
_Static_assert(GATHERED_MAX <= 0x1ffff, "os_unix.c, seekAndWriteFd(): a call writes no more");

struct log_file {
	sqlite3_file base;
	unsigned char *gathered;	/* GATHERED_MAX; NULL until the first write */
	int n;
	sqlite3_int64 at;		/* where the first of them belongs */
	sqlite3_file *file;		/* of the default VFS; lies behind this */
};

static struct log_file *log_of(sqlite3_file *file)
{
	return (struct log_file *)file;
}

/* What failed is gone: the commit fails, and the next one begins where it began. */
static int flush(struct log_file *f)
{
	int n = f->n;

	if (n == 0)
		return SQLITE_OK;
	f->n = 0;
	return f->file->pMethods->xWrite(f->file, f->gathered, n, f->at);
}

static int log_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
	struct log_file *f = log_of(file);
	int rc = SQLITE_OK;

	if (f->n > 0 && (at != f->at + f->n || f->n + n > GATHERED_MAX))
		rc = flush(f);
	if (rc != SQLITE_OK)
		return rc;
	if (f->gathered == NULL)
		f->gathered = malloc(GATHERED_MAX);
	if (f->gathered == NULL || n > GATHERED_MAX)
		return f->file->pMethods->xWrite(f->file, bytes, n, at);
	if (f->n == 0)
		f->at = at;
	memcpy(f->gathered + f->n, bytes, (size_t)n);
	f->n += n;
	return SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at)
{
	struct log_file *f = log_of(file);
	int rc = flush(f);

	return rc == SQLITE_OK ? f->file->pMethods->xRead(f->file, bytes, n, at) : rc;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct log_file *f = log_of(file);
	int rc = flush(f);

	return rc == SQLITE_OK ? f->file->pMethods->xTruncate(f->file, size) : rc;
}

static int log_sync(sqlite3_file *file, int flags)
{
	struct log_file *f = log_of(file);
	int rc = flush(f);

	return rc == SQLITE_OK ? f->file->pMethods->xSync(f->file, flags) : rc;
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size)
{
	struct log_file *f = log_of(file);
	int rc = flush(f);

	return rc == SQLITE_OK ? f->file->pMethods->xFileSize(f->file, size) : rc;
}

/* Of a commit that did not come to its sync. */
static int log_close(sqlite3_file *file)
{
	struct log_file *f = log_of(file);

	free(f->gathered);
	return f->file->pMethods->xClose(f->file);
}

/* ---- handed on ---- */

static int log_lock(sqlite3_file *file, int level)
{
	struct log_file *f = log_of(file);

	return f->file->pMethods->xLock(f->file, level);
}

static int log_unlock(sqlite3_file *file, int level)
{
	struct log_file *f = log_of(file);

	return f->file->pMethods->xUnlock(f->file, level);
}

static int log_check_lock(sqlite3_file *file, int *is_locked)
{
	struct log_file *f = log_of(file);

	return f->file->pMethods->xCheckReservedLock(f->file, is_locked);
}

static int log_control(sqlite3_file *file, int what, void *arg)
{
	struct log_file *f = log_of(file);

	return f->file->pMethods->xFileControl(f->file, what, arg);
}

static int log_sector_size(sqlite3_file *file)
{
	struct log_file *f = log_of(file);

	return f->file->pMethods->xSectorSize(f->file);
}

static int log_characteristics(sqlite3_file *file)
{
	struct log_file *f = log_of(file);

	return f->file->pMethods->xDeviceCharacteristics(f->file);
}

/* ---- opening ---- */

static const sqlite3_io_methods methods = {
	.iVersion = 1, .xClose = log_close, .xRead = log_read, .xWrite = log_write, .xTruncate = log_truncate,
	.xSync = log_sync, .xFileSize = log_size, .xLock = log_lock, .xUnlock = log_unlock,
	.xCheckReservedLock = log_check_lock, .xFileControl = log_control, .xSectorSize = log_sector_size,
	.xDeviceCharacteristics = log_characteristics,
};

static sqlite3_vfs vfs;
static const char *vfs_name;

static int open_file(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	sqlite3_vfs *base = self->pAppData;
	struct log_file *f = log_of(file);
	int rc;

	if (flags & SQLITE_OPEN_MAIN_DB)
		return scrub_open(base, name, file, flags, out_flags);
	if (!(flags & SQLITE_OPEN_WAL))
		return base->xOpen(base, name, file, flags, out_flags);
	*f = (struct log_file){ .file = (sqlite3_file *)(f + 1) };
	rc = base->xOpen(base, name, f->file, flags, out_flags);
	if (f->file->pMethods != NULL)		/* to be closed, whatever came of it */
		f->base.pMethods = &methods;
	return rc;
}

static void register_vfs(void)
{
	sqlite3_vfs *base = sqlite3_vfs_find(NULL);

	if (base == NULL)
		return;
	vfs = *base;
	vfs.pNext = NULL;
	vfs.zName = "daybook-log";
	vfs.pAppData = base;
	vfs.szOsFile += (int)sizeof(struct log_file) > scrub_room() ? (int)sizeof(struct log_file) : scrub_room();
	vfs.xOpen = open_file;
	if (sqlite3_vfs_register(&vfs, 0) == SQLITE_OK)
		vfs_name = vfs.zName;
}

const char *log_file_vfs(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, register_vfs);
	return vfs_name;
}
