#include "cli/import_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/import_escape.h"

enum { CLOCK_LAG_US = 20000 };		/* files get the time of the kernel's last tick */

struct folder {
	char *path;			/* relative to the root */
	enum import_hint hint;
};

struct file {
	size_t name;			/* where in names; with its terminator */
	unsigned short key_at, key_len;	/* within the name */
	unsigned folder;
};

struct files {
	struct import_reader reader;
	char *root;
	struct folder *folders;
	size_t n_folders;
	char *names;
	size_t n_names, room_names;
	struct file *items;
	size_t n_items, room_items;
	size_t at;
	size_t max_message;
	int64_t start_us, now_us;	/* when this import began, perhaps in an earlier run; now */
	files_find_fn find;
	bool is_frozen;
	/* Of an earlier run: up to this one all are done, unless they came (or moved) since. */
	size_t n_done;
};

/* ---- the list ---- */

size_t files_add_folder(struct files *f, const char *path, enum import_hint hint)
{
	f->folders = xrealloc(f->folders, f->n_folders + 1, sizeof(*f->folders));
	f->folders[f->n_folders] = (struct folder){ xstrdup(path), hint };
	return f->n_folders++;
}

static size_t keep_name(struct files *f, const char *name)
{
	size_t n = strlen(name) + 1, at = f->n_names;

	if (f->n_names + n > f->room_names) {
		f->room_names = f->room_names * 2 + n + 4096;
		f->names = xrealloc(f->names, f->room_names, 1);
	}
	memcpy(f->names + at, name, n);
	f->n_names += n;
	return at;
}

void files_add(struct files *f, size_t folder, const char *name, struct str key)
{
	if (f->n_items == f->room_items) {
		f->room_items = f->room_items * 2 + 256;
		f->items = xrealloc(f->items, f->room_items, sizeof(*f->items));
	}
	f->items[f->n_items++] = (struct file){
		.name = keep_name(f, name), .key_at = (unsigned short)(key.ptr - name),
		.key_len = (unsigned short)key.len, .folder = (unsigned)folder,
	};
	f->reader.total = (int64_t)f->n_items;
}

static struct str key_of(const struct files *f, const struct file *file)
{
	return (struct str){ f->names + file->name + file->key_at, file->key_len };
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct file *x = a, *y = b;
	const struct files *f = arg;

	if (x->folder != y->folder)
		return x->folder < y->folder ? -1 : 1;
	return str_cmp(key_of(f, x), key_of(f, y));
}

void files_sort(struct files *f)
{
	if (f->n_items > 0)
		qsort_r(f->items, f->n_items, sizeof(*f->items), compare, f);
}

size_t files_count(const struct files *f)
{
	return f->n_items;
}

void files_leave_out(struct files *f, const char *what)
{
	char *before = f->reader.left_out;

	f->reader.left_out = before ? xasprintf("%s, %s", before, what) : xstrdup(what);
	free(before);
}

void files_freeze(struct files *f)
{
	f->is_frozen = true;
}

/* ---- one file ---- */

static char *folder_path(const struct files *f, const struct file *file)
{
	const char *path = f->folders[file->folder].path;

	return *path ? xasprintf("%s/%s", f->root, path) : xstrdup(f->root);
}

/* "1793714531.M204P88.host": when it was delivered, which copying does not change, as it does the time of
 * the file. */
static int64_t delivered_us(struct str key, int64_t now_us)
{
	const int64_t year_1990 = INT64_C(631152000);
	size_t dot = str_chr(key, '.');
	int64_t s;

	if (dot == STR_NONE || dot < 9 || dot > 10 || !str_int64(str_sub(key, 0, dot), &s) ||
	    s < year_1990 || s * US_PER_S > now_us + 86400 * US_PER_S)
		return 0;
	return s * US_PER_S;
}

/* The opened file, also when it was moved since it was listed; *path follows it. */
static int open_file(const struct files *f, const struct file *file, char **path)
{
	int fd = open(*path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT && f->find != NULL) {
		auto_free char *folder = folder_path(f, file);
		auto_free char *key = xstrndup(key_of(f, file).ptr, file->key_len);
		char *now = f->find(folder, key);

		if (now == NULL) {
			errno = ENOENT;
			return -1;
		}
		free(*path);
		*path = now;
		fd = open(now, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	}
	return fd;
}

static bool read_whole(int fd, size_t size, struct import_mail *mail)
{
	mail->bytes = malloc(size + 1);
	if (mail->bytes == NULL)
		return err_setf(&mail->problem, ERR_LIMIT, "there is no memory for its %zu bytes", size);
	while (mail->n_bytes < size) {
		ssize_t got = read(fd, mail->bytes + mail->n_bytes, size - mail->n_bytes);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_setf(&mail->problem, ERR_INPUT, "%s", strerror(errno));
		if (got == 0)
			break;
		mail->n_bytes += (size_t)got;
	}
	return mail->n_bytes > 0 || err_setf(&mail->problem, ERR_INPUT, "it is empty");
}

static int64_t time_us(const struct timespec *t)
{
	return t->tv_sec * US_PER_S + t->tv_nsec / 1000;
}

static void read_file(const struct files *f, int fd, struct import_mail *mail)
{
	struct stat st = { 0 };

	if (fstat(fd, &st) != 0)
		err_setf(&mail->problem, ERR_INPUT, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		err_setf(&mail->problem, ERR_INPUT, "it is not a regular file");
	else if ((uint64_t)st.st_size > f->max_message)
		err_setf(&mail->problem, ERR_LIMIT, "it has %" PRIu64 " bytes, ingest.max_message is %zu",
			 (uint64_t)st.st_size, f->max_message);
	else if (read_whole(fd, (size_t)st.st_size, mail) && str_starts(
			 (struct str){ mail->bytes, mail->n_bytes }, STR("\x1f\x8b")))
		err_setf(&mail->problem, ERR_INPUT, "it is compressed: unpack it first");
	if (mail->internaldate_us == 0)
		mail->internaldate_us = time_us(&st.st_mtim);
	if (mail->problem.kind == ERR_NONE)
		return;
	free(mail->bytes);
	mail->bytes = NULL;
	mail->n_bytes = 0;
}

/* ---- marks: "START_US FOLDER KEY", the latter two escaped ---- */

static char *mark_of(const struct files *f, const struct file *file)
{
	auto_free char *folder = import_escape(str_from(f->folders[file->folder].path), IMPORT_ESCAPE_BLANKS);
	auto_free char *key = import_escape(key_of(f, file), IMPORT_ESCAPE_BLANKS);

	return xasprintf("%" PRId64 " %s/ %s", f->start_us, folder, key);
}

/* Files that came into their place after the import began are read even if they sort before the mark. */
static bool is_done_before(const struct files *f, size_t i)
{
	auto_free char *folder = NULL;
	auto_free char *path = NULL;
	struct stat st;

	if (i >= f->n_done || f->is_frozen)
		return i < f->n_done;
	folder = folder_path(f, &f->items[i]);
	path = xasprintf("%s/%s", folder, f->names + f->items[i].name);
	return stat(path, &st) == 0 && time_us(&st.st_ctim) < f->start_us - CLOCK_LAG_US;
}

static bool resume(struct import_reader *r, struct str mark)
{
	struct files *f = (struct files *)r;
	struct str start;
	int64_t start_us;

	if (!str_next(&mark, ' ', &start) || !str_int64(start, &start_us))
		return false;
	for (size_t i = 0; i < f->n_items; i++) {
		auto_free char *text = mark_of(f, &f->items[i]);
		struct str here = str_from(text), ignored;

		str_next(&here, ' ', &ignored);
		if (str_eq(here, mark)) {
			f->n_done = i + 1;
			f->start_us = start_us;
			return true;
		}
	}
	return false;
}

/* ---- reading ---- */

static enum import_step next_mail(struct import_reader *r, struct import_mail *mail, struct err *err)
{
	struct files *f = (struct files *)r;
	const struct file *file;
	auto_free char *folder = NULL;
	auto_close int fd = -1;

	(void)err;
	while (f->at < f->n_items && is_done_before(f, f->at))
		f->at++;
	r->done = (int64_t)f->at;
	if (f->at == f->n_items)
		return IMPORT_END;
	file = &f->items[f->at++];
	r->done++;
	folder = folder_path(f, file);
	mail->origin = xasprintf("%s/%s", folder, f->names + file->name);
	mail->mark = mark_of(f, file);
	mail->hint = f->folders[file->folder].hint;
	mail->internaldate_us = delivered_us(key_of(f, file), f->now_us);
	fd = open_file(f, file, &mail->origin);
	if (fd < 0 && errno == ENOENT)
		return IMPORT_GONE;
	if (fd < 0)
		err_setf(&mail->problem, ERR_INPUT, "%s", strerror(errno));
	else
		read_file(f, fd, mail);
	return IMPORT_MAIL;
}

static void close_files(struct import_reader *r)
{
	struct files *f = (struct files *)r;

	for (size_t i = 0; i < f->n_folders; i++)
		free(f->folders[i].path);
	free(f->folders);
	free(f->names);
	free(f->items);
	free(f->root);
	free(f->reader.left_out);
	free(f->reader.remark);
	free(f);
}

struct files *files_create(const char *root, const struct import_options *options, files_find_fn find)
{
	struct files *f = xnew(struct files);

	f->reader = (struct import_reader){ .next = next_mail, .resume = resume, .close = close_files,
					    .counts_mails = true };
	f->root = xstrdup(root);
	f->max_message = options->max_message;
	f->now_us = f->start_us = options->now_us;
	f->find = find;
	return f;
}

struct import_reader *files_reader(struct files *f)
{
	return &f->reader;
}
