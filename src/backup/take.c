#include "backup/take.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "backup/names.h"
#include "backup/shelf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/copy.h"
#include "store/hold.h"
#include "store/mark.h"
#include "store/store.h"

struct take {
	const struct take_parts *parts;
	struct take_result *result;
	struct shelf shelf;
	int hold_fd;
	char *partial, *database;
	char *before;			/* the newest backup there is, or NULL */
	struct file_names names;
	struct file_sum database_sum;
};

static void tell(const struct take *t, const char *what, int64_t done, int64_t of)
{
	if (t->parts->progress != NULL)
		t->parts->progress(what, done, of, t->parts->arg);
}

/* ---- before ---- */

static int64_t size_of(const char *dir, const char *name)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

static bool check_room(const struct take *t, struct err *err)
{
	int64_t wanted = size_of(t->parts->dir, "daybook.db"), has;
	struct statvfs fs;

	if (statvfs(t->parts->folder, &fs) != 0)
		return file_failed(t->parts->folder, err);
	has = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	return has >= wanted ||
	       err_setf(err, ERR_FULL, "%s has room for %lld MB, and the database alone is %lld MB", t->parts->folder,
			(long long)(has >> 20), (long long)(wanted >> 20));
}

static bool find_before(struct take *t, struct err *err)
{
	char **names;
	size_t n;

	if (!shelf_list(t->shelf.path, &names, &n, err))
		return false;
	if (n > 0)
		t->before = xasprintf("%s/%s", t->shelf.path, names[n - 1]);
	shelf_free_names(names, n);
	return true;
}

/* ---- the database ---- */

static bool copy_database(struct take *t, struct err *err)
{
	struct store_copy *copy;
	int64_t done = 0, of = 1;
	bool ok;

	t->result->head.taken_us = clock_wall_us();
	if (!store_copy_begin(t->parts->dir, t->database, &copy, err))
		return false;
	do {
		ok = store_copy_step(copy, &done, &of, err);
		tell(t, "database", done, of);
	} while (ok && done < of);
	store_copy_end(copy);
	return ok;
}

static bool add_ledger(const struct ledger_row *row, void *arg)
{
	struct manifest *head = arg;

	head->received += row->received;
	head->stored += row->by_outcome[OUTCOME_STORED];
	head->duplicate += row->by_outcome[OUTCOME_DUPLICATE];
	head->filtered += row->by_outcome[OUTCOME_FILTERED];
	head->dead += row->by_outcome[OUTCOME_DEAD];
	head->pending += row->by_outcome[OUTCOME_PENDING];
	return true;
}

static bool look_at_copy(struct take *t, struct err *err)
{
	struct manifest *head = &t->result->head;
	struct store *st;
	bool ok;

	tell(t, "check", 0, 1);
	if (!store_open(t->partial, STORE_AT_REST, &st, err))
		return false;
	snprintf(head->version, sizeof(head->version), "%s", DAYBOOK_VERSION);
	head->last_id = store_last_id(st);
	ok = store_quick_check(st, err) && store_check_ledger(st, err) && store_schema(st, &head->schema, err) &&
	     store_each_ledger(st, add_ledger, head, err) && file_names_read(st, t->parts->dir, &t->names, err);
	store_close(st);
	return ok && file_sum(t->database, &t->database_sum, err);
}

/* ---- the files it names ---- */

static bool make_folders(const struct take *t, struct err *err)
{
	auto_free char *blobs = xasprintf("%s/blobs", t->partial);

	if (mkdir(blobs, 0700) != 0)
		return file_failed(blobs, err);
	for (size_t i = 0; i < t->names.n; i++) {
		auto_free char *folder = xasprintf("%s/%.2s", blobs, t->names.items[i]);

		if (mkdir(folder, 0700) != 0 && errno != EEXIST)
			return file_failed(folder, err);
	}
	return true;
}

/* Files never change once they have their name: what an earlier backup has is the same. Its hash is looked at all the
 * same, or one that rotted there would be in every backup to come. */
static bool take_over(struct take *t, const char *name, const char *to, struct file_sum *sum)
{
	auto_free char *old = t->before ? xasprintf("%s/blobs/%.2s/%s", t->before, name, name) : NULL;
	struct err ignored;

	if (old == NULL || !file_sum(old, sum, &ignored) || strcmp(sum->sha256, name) != 0 || link(old, to) != 0)
		return false;
	t->result->n_linked++;
	return true;
}

static bool copy_one(struct take *t, const char *name, struct file_sum *sum, struct err *err)
{
	auto_free char *from = xasprintf("%s/blobs/%.2s/%s", t->parts->dir, name, name);
	auto_free char *to = xasprintf("%s/blobs/%.2s/%s", t->partial, name, name);

	if (take_over(t, name, to, sum))
		return true;
	if (!file_copy(from, to, sum, err))
		return err->kind != ERR_MISSING ? false : err_prefixf(err, "the database names a file that is not there");
	return strcmp(sum->sha256, name) == 0 || err_setf(err, ERR_IO, "%s does not hold what its name says", from);
}

static bool sync_folders(const struct take *t, struct err *err)
{
	auto_free char *blobs = xasprintf("%s/blobs", t->partial);

	for (size_t i = 0; i < t->names.n; i++) {
		auto_free char *folder = xasprintf("%s/%.2s", blobs, t->names.items[i]);

		if ((i == 0 || strncmp(t->names.items[i], t->names.items[i - 1], 2) != 0) && !file_sync_folder(folder, err))
			return false;
	}
	return file_sync_folder(blobs, err);
}

static bool copy_files(struct take *t, struct manifest_out *out, struct err *err)
{
	for (size_t i = 0; i < t->names.n; i++) {
		auto_free char *path = xasprintf("blobs/%.2s/%s", t->names.items[i], t->names.items[i]);
		struct file_sum sum;

		if (!copy_one(t, t->names.items[i], &sum, err))
			return false;
		manifest_add(out, path, &sum);
		tell(t, "files", (int64_t)i + 1, (int64_t)t->names.n);
	}
	return sync_folders(t, err);
}

/* ---- the whole ---- */

static bool fill(struct take *t, struct err *err)
{
	struct manifest_out out;

	if (mkdir(t->partial, 0700) != 0)
		return file_failed(t->partial, err);
	if (!copy_database(t, err) || !look_at_copy(t, err) || !make_folders(t, err) ||
	    !manifest_begin(&out, t->partial, &t->result->head, err))
		return false;
	manifest_add(&out, "daybook.db", &t->database_sum);
	if (!copy_files(t, &out, err)) {
		manifest_drop(&out);
		return false;
	}
	t->result->head.n_files = out.n_files;
	t->result->head.bytes = out.bytes;
	return manifest_end(&out, err) && file_sync_folder(t->partial, err);
}

/* From here on it is one. */
static bool give_name(struct take *t, struct err *err)
{
	auto_free char *path = shelf_name(&t->shelf, t->result->head.taken_us);

	if (rename(t->partial, path) != 0)
		return file_failed(path, err);
	if (!file_sync_folder(t->shelf.path, err))
		return false;
	t->result->path = path;
	path = NULL;
	return true;
}

static bool note(struct take *t, struct err *err)
{
	const struct take_parts *parts = t->parts;
	auto_free char *path = realpath(t->result->path, NULL);

	return (mark_put(parts->dir, MARK_BACKUP, t->result->head.taken_us, str_from(path), err) &&
		shelf_prune(&t->shelf, parts->keep, &t->result->n_removed, err)) ||
	       err_prefixf(err, "%s is complete, but", t->result->path);
}

static bool take(struct take *t, struct err *err)
{
	if (!check_room(t, err) || !find_before(t, err))
		return false;
	t->partial = shelf_partial(&t->shelf);
	t->database = xasprintf("%s/daybook.db", t->partial);
	if (fill(t, err) && give_name(t, err))
		return note(t, err);
	shelf_remove(t->partial);
	return false;
}

bool take_backup(const struct take_parts *parts, struct take_result *result, struct err *err)
{
	struct take t = { .parts = parts, .result = result, .hold_fd = -1 };
	bool ok;

	*result = (struct take_result){ 0 };
	if (!shelf_open(&t.shelf, parts->folder, parts->dir, err))
		return err_prefixf(err, "backup");
	/* Before the snapshot: what it names is there until we are done. */
	ok = hold_files(parts->dir, &t.hold_fd, err) && take(&t, err);
	if (t.hold_fd >= 0)
		close(t.hold_fd);
	file_names_free(&t.names);
	shelf_close(&t.shelf);
	free(t.before);
	free(t.database);
	free(t.partial);
	return ok || err_prefixf(err, "backup");
}
