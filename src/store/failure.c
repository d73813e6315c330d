/* SQLite's errors in our kinds. */
#include <errno.h>
#include <string.h>

#include "store/inside.h"

static bool is_no_room(int errnum)
{
	return errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG;
}

/* Of the last failed call on that file. sqlite3_system_errno() says 0 when it was COMMIT that failed (3.40). */
static int errno_of(sqlite3 *db, int which)
{
	sqlite3_file *file = NULL;
	int errnum = 0;

	sqlite3_file_control(db, "main", which, &file);
	if (file != NULL && file->pMethods != NULL)
		file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &errnum);
	return errnum;
}

/* SQLite takes ENOSPC alone for a full disk; a quota and a file size limit are an I/O error to it. The numbers stay
 * until the next failure of the same file, so both must be harmless. A failed fsync never is: what it should
 * have saved may be gone. */
static int errno_of_write(sqlite3 *db)
{
	int database = errno_of(db, SQLITE_FCNTL_FILE_POINTER);
	int log = errno_of(db, SQLITE_FCNTL_JOURNAL_POINTER);

	if (database != 0 && !is_no_room(database))
		return database;
	return log != 0 ? log : database;
}

static int full_errno(sqlite3 *db, int rc)
{
	int errnum = 0;

	if ((rc & 0xff) == SQLITE_FULL)
		return ENOSPC;
	if (rc == SQLITE_IOERR_WRITE)
		errnum = errno_of_write(db);
	else if (rc == SQLITE_IOERR_SHMSIZE)	/* the index of the log, which is only scratch */
		errnum = errno;
	return is_no_room(errnum) ? errnum : 0;
}

static enum err_kind kind_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return ERR_AGAIN;
	case SQLITE_IOERR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN: return ERR_IO;
	case SQLITE_INTERRUPT: return ERR_LIMIT;
	default: return ERR_BUG;
	}
}

bool query_failed(struct store *st, const char *what, struct err *err)
{
	int rc = sqlite3_extended_errcode(st->db);
	int errnum = full_errno(st->db, rc);

	st->is_damaged = (rc & 0xff) == SQLITE_CORRUPT;
	if (kind_of(rc) == ERR_AGAIN)
		return err_setf(err, ERR_AGAIN, "store: %s: another program has locked %s/%s; end it (fuser -v names it)",
				what, st->dir, st->file);
	if (errnum == 0)
		return err_setf(err, kind_of(rc), "store: %s: %s (%d)", what, sqlite3_errmsg(st->db), rc);
	st->full_errno = errnum;
	return err_setf(err, ERR_FULL, "store: %s: %s", what, strerror(errnum));
}

bool store_is_damaged(const struct store *st)
{
	return st->is_damaged;
}

int store_full_errno(const struct store *st)
{
	return st->full_errno;
}
