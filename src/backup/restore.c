#include "backup/restore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/audit.h"
#include "store/blob.h"
#include "store/mark.h"
#include "store/store.h"

struct restore {
	const struct restore_parts *parts;
	struct restore_result *result;
	struct manifest head;
	struct file_sum database_sum;
	int lock_fd;
	char *name, *fresh, *real;	/* of the database: its new name for now, its path, the path it is to have */
	char log_before[AUDIT_HEAD_SIZE];	/* the head of the audit log that is replaced; empty: none */
	int64_t missing_bytes;
	struct err err;
};

/* ---- what is to be done ---- */

static char *in_store(const struct restore *r, const char *path)
{
	return xasprintf("%s/%s", r->parts->dir, path);
}

static bool is_there(const struct restore *r, const char *path, const struct file_sum *want)
{
	auto_free char *at = in_store(r, path);
	struct file_sum is;
	struct err ignored;

	return file_sum(at, &is, &ignored) && is.size == want->size && strcmp(is.sha256, want->sha256) == 0;
}

static bool count_file(const char *path, const struct file_sum *sum, void *arg)
{
	struct restore *r = arg;
	bool is_database = strcmp(path, "daybook.db") == 0;

	if (is_database)
		r->database_sum = *sum;
	if (is_database || !is_there(r, path, sum))
		r->missing_bytes += sum->size;
	return true;
}

static bool check_room(const struct restore *r, struct err *err)
{
	struct statvfs fs;
	int64_t has;

	if (statvfs(r->parts->dir, &fs) != 0)
		return file_failed(r->parts->dir, err);
	has = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	return has >= r->missing_bytes ||
	       err_setf(err, ERR_FULL, "%s has room for %lld MB, and %lld MB are wanted: the store that is there is kept",
			r->parts->dir, (long long)(has >> 20), (long long)(r->missing_bytes >> 20));
}

/* ---- files ---- */

static bool remove_damaged(const char *path, struct err *err)
{
	return unlink(path) == 0 || errno == ENOENT || file_failed(path, err);
}

/* Copied, never linked: the store and its backup must not rot together. */
static bool restore_file(const char *path, const struct file_sum *sum, void *arg)
{
	struct restore *r = arg;
	auto_free char *from = xasprintf("%s/%s", r->parts->path, path), *to = in_store(r, path),
		       *fresh = xasprintf("%s/blobs/tmp-restore-%s", r->parts->dir, sum->sha256);
	struct file_sum is;

	r->result->n_files++;
	if (r->parts->progress != NULL)
		r->parts->progress("files", r->result->n_files, r->head.n_files, r->parts->arg);
	if (strcmp(path, "daybook.db") == 0 || is_there(r, path, sum))
		return true;
	r->result->n_copied++;
	if (remove_damaged(fresh, &r->err) && file_copy(from, fresh, &is, &r->err)) {
		if (strcmp(is.sha256, sum->sha256) != 0)
			err_setf(&r->err, ERR_IO, "%s changed while it was copied", from);
		else if (rename(fresh, to) != 0)
			file_failed(to, &r->err);
	}
	return r->err.kind == ERR_NONE;
}

static bool sync_files(const struct restore *r, struct err *err)
{
	for (unsigned i = 0; i < 256; i++) {
		auto_free char *folder = xasprintf("%s/blobs/%02x", r->parts->dir, i);

		if (!file_sync_folder(folder, err))
			return false;
	}
	return true;
}

static bool restore_files(struct restore *r, struct err *err)
{
	struct manifest again;

	if (!blob_prepare(r->parts->dir, err) || !manifest_read(r->parts->path, &again, restore_file, r, err))
		return false;
	if (r->err.kind != ERR_NONE) {
		*err = r->err;
		return false;
	}
	return sync_files(r, err);
}

/* ---- the database ---- */

static bool restore_database(const struct restore *r, struct err *err)
{
	auto_free char *from = xasprintf("%s/daybook.db", r->parts->path);
	struct file_sum is;

	if (r->parts->progress != NULL)
		r->parts->progress("database", 0, 1, r->parts->arg);
	if (!file_copy(from, r->fresh, &is, err))
		return false;
	return strcmp(is.sha256, r->database_sum.sha256) == 0 ||
	       err_setf(err, ERR_IO, "%s changed while it was copied", from);
}

/* What was done since the backup stays in the database that is kept; the new log says where that one ended. */
static void note_head(struct restore *r, struct store *old)
{
	struct audit_head head;
	struct err ignored;
	bool has;

	if (audit_has(old, &has, &ignored) && has && audit_find_head(old, &head, &ignored) && head.id > 0)
		audit_head_text(&head, r->log_before);
}

/* A log beside the new database would be taken for its own. The old one's goes into the old database; where that is too
 * damaged for it, both parts are kept as they are. */
static bool put_log_away(struct restore *r, struct err *err)
{
	auto_free char *log = xasprintf("%s-wal", r->real), *index = xasprintf("%s-shm", r->real),
		       *kept = xasprintf("%s.before-%lld-wal", r->real, (long long)(clock_wall_us() / US_PER_S));
	struct store *old = NULL;
	bool ok = store_open(r->parts->dir, STORE_HELPER, &old, err) && store_checkpoint(old, true, NULL, NULL, err) &&
		  store_be_alone(old, err);

	if (ok)
		note_head(r, old);
	store_close(old);
	if (ok)
		return true;
	if (err->kind == ERR_AGAIN || err->kind == ERR_FULL || err->kind == ERR_DENIED)
		return false;
	if (rename(log, kept) != 0 && errno != ENOENT)
		return file_failed(log, err);
	return (unlink(index) == 0 || errno == ENOENT || file_failed(index, err)) &&
	       file_sync_folder(r->parts->dir, err);
}

/* Before the swap: a store that has come back is never without it. */
static bool put_mark(const struct restore *r, struct err *err)
{
	auto_free char *from = realpath(r->parts->path, NULL);
	char at[CLOCK_TEXT_SIZE];
	auto_free char *text = xasprintf("%s\t%s\t%s\t%s", r->parts->by, clock_format(r->head.taken_us, at),
					 r->log_before, from ? from : r->parts->path);

	return mark_put(r->parts->dir, MARK_RESTORED, clock_wall_us(), str_from(text), err);
}

static bool swap(struct restore *r, struct err *err)
{
	if (access(r->real, F_OK) == 0)
		return put_log_away(r, err) && put_mark(r, err) &&
		       store_swap_in(r->parts->dir, r->name, &r->result->kept, err);
	if (!put_mark(r, err))
		return false;
	if (rename(r->fresh, r->real) != 0)
		return file_failed(r->real, err);
	return file_sync_folder(r->parts->dir, err);
}

/* ---- the whole ---- */

static bool run(struct restore *r, struct err *err)
{
	if (!manifest_read(r->parts->path, &r->head, count_file, r, err))
		return false;
	if (r->parts->is_dry_run && access(r->parts->dir, F_OK) != 0)
		return true;
	if (mkdir(r->parts->dir, 0700) != 0 && errno != EEXIST)
		return file_failed(r->parts->dir, err);
	if (!store_take_lock(r->parts->dir, &r->lock_fd, err) || !check_room(r, err))
		return false;
	if (r->parts->is_dry_run)
		return true;
	if (restore_files(r, err) && restore_database(r, err) && swap(r, err))
		return true;
	unlink(r->fresh);
	return false;
}

bool restore_backup(const struct restore_parts *parts, struct restore_result *result, struct err *err)
{
	struct restore r = { .parts = parts, .result = result, .lock_fd = -1 };
	bool ok;

	*result = (struct restore_result){ 0 };
	r.name = xasprintf("restore-%d.db", (int)getpid());
	r.fresh = in_store(&r, r.name);
	r.real = in_store(&r, "daybook.db");
	ok = run(&r, err);
	if (r.lock_fd >= 0)
		close(r.lock_fd);
	free(r.name);
	free(r.fresh);
	free(r.real);
	return ok || err_prefixf(err, "restore");
}
