/* Outlook's .pst and .ost files. readpst makes mails of the whole file before the first is read: into a private folder,
 * which goes when the reader is closed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/converter.h"
#include "cli/import_files.h"
#include "cli/import_hint.h"
#include "cli/import_steady.h"
#include "cli/temp_folder.h"

enum {
	MAX_DEPTH = 64, MAX_LOG = 4 << 20, MAX_CPU_S = 120, MB = 1 << 20, MB_PER_CPU_S = 2,
	KEEP_FREE = 64 * MB, MORE_THAN_A_MAIL = 16 * MB,
};
static const uint64_t max_memory = UINT64_C(4) << 30;

struct pst {
	struct import_reader reader;
	struct import_reader *mails;	/* of what readpst wrote */
	const struct import_options *options;
	char *path, *folder;
	int64_t size, changed_us;	/* of the file: a mark is for this one */
	struct buf log;
	struct err trouble;		/* readpst did not come to its end: told after the mails there are */
};

/* ---- is it one, and is there room ---- */

static bool read_start(const char *path, char start[4], struct stat *st, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	memset(start, 0, 4);
	if (fd < 0 || fstat(fd, st) != 0 || (S_ISREG(st->st_mode) && read(fd, start, 4) < 0))
		return err_setf(err, errno == ENOENT ? ERR_MISSING : ERR_INPUT, "%s: %s", path, strerror(errno));
	return true;
}

static bool check_file(struct pst *p, const char **hint, struct err *err)
{
	struct stat st;
	char start[4];

	if (!read_start(p->path, start, &st, err))
		return false;
	if (S_ISDIR(st.st_mode)) {
		*hint = "name the .pst file in it";
		return err_setf(err, ERR_INPUT, "%s is a folder, not a .pst file", p->path);
	}
	if (memcmp(start, "!BDN", 4) != 0) {
		if (memcmp(start, "\xd0\xcf\x11\xe0", 4) == 0)
			*hint = "it looks like a single mail of Outlook's: daybook import msg PATH";
		return err_setf(err, ERR_INPUT, "%s: this is not a .pst or .ost file of Outlook's", p->path);
	}
	p->size = st.st_size;
	p->changed_us = st.st_mtim.tv_sec * US_PER_S + st.st_mtim.tv_nsec / 1000;
	return true;
}

static bool has_room(const struct pst *p, int64_t wanted, struct err *err)
{
	int64_t room = temp_folder_room(p->folder);

	return room < 0 || room >= wanted ||
	       err_setf(err, ERR_FULL, "%s: there is no room for its mails beside %s: about %" PRId64 " MB are needed, %"
				       PRId64 " MB are free", p->path, p->folder, wanted / MB, room / MB);
}

/* ---- readpst ---- */

/* What it printed last tells which folder it is in. */
static bool watch(void *arg, struct err *err)
{
	struct pst *p = arg;
	struct str rest = buf_str(&p->log), line, name = STR("");
	auto_free char *text = NULL;

	while (str_next(&rest, '\n', &line))
		if (str_starts(line, STR("Processing Folder \"")))
			name = str_trim(str_sub(line, 19, line.len));
	text = xasprintf("converting %s  folder \"" STR_FMT, p->path, STR_ARG(name));
	if (p->options->working != NULL)
		p->options->working(p->options->working_arg, text);
	return has_room(p, KEEP_FREE, err);
}

/* Mails alone, deleted ones too, each in a file, in UTF-8, without a copy of the text as RTF, in this one process. */
static bool run(struct pst *p, const char *program, const char *real, struct err *err)
{
	char *const argv[] = { (char *)"readpst", (char *)"-e", (char *)"-D", (char *)"-8", (char *)"-b", (char *)"-j",
			       (char *)"0", (char *)"-t", (char *)"e", (char *)"-o", p->folder, (char *)real, NULL };
	const struct converter_run run = {
		.converter = &converter_pst, .argv = argv, .out = &p->log, .watch = watch, .arg = p,
		.max_idle_s = CONVERTER_IDLE_S,
		.confine = { .program = program, .source = real, .folder = p->folder, .max_memory = max_memory,
			     .max_file = p->options->max_message + MORE_THAN_A_MAIL,
			     .max_cpu_s = MAX_CPU_S + (unsigned)(p->size / MB / MB_PER_CPU_S) },
	};

	return converter_run(&run, err);
}

/* "	"Inbox" - 10 items done, 13 items skipped." */
static int64_t count_skipped(const struct pst *p)
{
	struct str rest = buf_str(&p->log), line;
	int64_t n, all = 0;

	while (str_next(&rest, '\n', &line)) {
		size_t end = str_find(line, STR(" items skipped.")), comma = str_rchr(line, ',');

		if (end != STR_NONE && comma != STR_NONE && comma + 2 < end &&
		    str_int64(str_sub(line, comma + 2, end - comma - 2), &n) && n > 0 && n < INT32_MAX)
			all += n;
	}
	return all;
}

/* ---- what it wrote ---- */

static bool is_left_out(const struct pst *p, const char *relative)
{
	/* What Outlook writes to itself. */
	static const char *const own[] = { "Sync Issues", "Problemas de sincronização", "Problemas de sincronización",
					   "RSS Feeds", "Conversation Action Settings", "Quick Step Settings" };
	const char *slash = strrchr(relative, '/');

	if (p->options->takes_all_folders)
		return false;
	for (size_t i = 0; i < countof(own); i++)
		if (strcmp(slash ? slash + 1 : relative, own[i]) == 0)
			return true;
	return import_is_aside_path(str_from(relative));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_no_dot(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void walk(const struct pst *p, struct files *files, const char *relative, int depth)
{
	auto_free char *path = xasprintf("%s/%s", p->folder, relative);
	struct dirent **entries = NULL;
	int n = depth < MAX_DEPTH ? scandir(path, &entries, is_no_dot, by_name) : 0;
	size_t folder = files_add_folder(files, relative, import_hint_of_file(relative));

	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		auto_free char *below = *relative ? xasprintf("%s/%s", relative, name) : xstrdup(name);

		if (entries[i]->d_type != DT_DIR)
			files_add(files, folder, name, str_from(name));
		else if (is_left_out(p, below))
			files_leave_out(files, below);
		else
			walk(p, files, below, depth + 1);
		free(entries[i]);
	}
	free(entries);
}

static void list(struct pst *p)
{
	struct files *files = files_create(p->folder, p->options, NULL);
	int64_t skipped = count_skipped(p);

	walk(p, files, "", 0);
	files_sort(files);
	files_freeze(files);
	p->mails = files_reader(files);
	p->reader.total = p->mails->total + (p->trouble.kind != ERR_NONE);
	p->reader.left_out = xstrdup(p->mails->left_out);
	if (skipped > 0)
		p->reader.remark = xasprintf("%" PRId64 " of its items are no mails (appointments, contacts), or readpst "
					     "could not read them", skipped);
}

/* ---- reading ---- */

/* "archive.pst: Personal folders/Inbox/12.eml" */
static void name_after_pst(const struct pst *p, struct import_mail *mail)
{
	char *inside = mail->origin, *mark = mail->mark;

	mail->origin = xasprintf("%s: %s", p->path, inside + strlen(p->folder) + 1);
	mail->mark = xasprintf("%" PRId64 " %" PRId64 " %s", p->size, p->changed_us, mark);
	free(inside);
	free(mark);
}

/* It ends each mail like this, and looks at no write: an end that is missing is a disk that was full, or a crash. */
static void check_end(struct import_mail *mail)
{
	if (str_ends((struct str){ mail->bytes, mail->n_bytes }, STR("--\n\n")))
		return;
	err_setf(&mail->problem, ERR_INPUT, "readpst did not write it to its end");
	free(mail->bytes);
	mail->bytes = NULL;
	mail->n_bytes = 0;
}

static enum import_step tell_trouble(struct pst *p, struct import_mail *mail)
{
	mail->problem = p->trouble;
	mail->origin = xstrdup(p->path);
	mail->mark = xstrdup("");
	p->trouble.kind = ERR_NONE;
	return IMPORT_MAIL;
}

static enum import_step next_mail(struct import_reader *r, struct import_mail *mail, struct err *err)
{
	struct pst *p = (struct pst *)r;
	enum import_step step = p->mails->next(p->mails, mail, err);

	r->done = p->mails->done;
	if (step == IMPORT_END && p->trouble.kind != ERR_NONE)
		return tell_trouble(p, mail);
	if (step != IMPORT_MAIL)
		return step;
	name_after_pst(p, mail);
	if (mail->problem.kind == ERR_NONE)
		check_end(mail);
	mail->internaldate_us = import_mail_has_date(mail) ? 0 : p->changed_us;
	if (mail->problem.kind == ERR_NONE)
		import_steady_pst(&mail->bytes, &mail->n_bytes);
	return step;
}

/* A file that has changed is another: its mails may bear other numbers. */
static bool resume(struct import_reader *r, struct str mark)
{
	struct pst *p = (struct pst *)r;
	int64_t size, changed_us;
	struct str word;

	return str_next(&mark, ' ', &word) && str_int64(word, &size) && size == p->size &&
	       str_next(&mark, ' ', &word) && str_int64(word, &changed_us) && changed_us == p->changed_us &&
	       p->mails->resume(p->mails, mark);
}

static void close_pst(struct import_reader *r)
{
	struct pst *p = (struct pst *)r;

	import_close(p->mails);
	temp_folder_remove(p->folder);
	buf_finish(&p->log);
	free(p->folder);
	free(p->path);
	free(r->left_out);
	free(r->remark);
	free(p);
}

/* ---- opening ---- */

static bool convert(struct pst *p, const char *program, struct err *err)
{
	auto_free char *real = realpath(p->path, NULL);

	if (real == NULL)
		return err_setf(err, ERR_INPUT, "%s: %s", p->path, strerror(errno));
	if (!run(p, program, real, &p->trouble) && (p->trouble.kind == ERR_CANCELED || p->trouble.kind == ERR_FULL)) {
		*err = p->trouble;
		return false;
	}
	list(p);
	if (p->trouble.kind == ERR_NONE)
		return true;
	if (p->mails->total > 0)
		return err_prefixf(&p->trouble, "only a part of it could be converted") || true;
	*err = p->trouble;
	return err_prefixf(err, "%s", p->path);
}

static bool prepare(struct pst *p, const char **hint, struct err *err)
{
	auto_free char *program = NULL;

	if (!check_file(p, hint, err))
		return false;
	program = converter_find(&converter_pst, err);
	if (program == NULL) {
		*hint = converter_pst.hint;
		return false;
	}
	*hint = "TMPDIR=FOLDER daybook import pst PATH uses another folder";
	p->folder = temp_folder_create(err);
	if (p->folder == NULL || !has_room(p, p->size + p->size / 2 + KEEP_FREE, err))
		return false;
	*hint = NULL;
	return convert(p, program, err);
}

struct import_reader *import_open_pst(const char *path, const struct import_options *options,
				      const char **hint, struct err *err)
{
	struct pst *p = xnew(struct pst);

	p->reader = (struct import_reader){ .next = next_mail, .resume = resume, .close = close_pst,
					    .counts_mails = true };
	p->path = xstrdup(path);
	p->options = options;
	buf_init(&p->log, MAX_LOG);
	if (prepare(p, hint, err))
		return &p->reader;
	close_pst(&p->reader);
	return NULL;
}
