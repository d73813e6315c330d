/* A Maildir with its folders: Maildir++ (".Sent", ".INBOX.Enviados") or one folder in another. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cli/import_files.h"
#include "cli/import_hint.h"

enum { MAX_DEPTH = 16 };

struct walk {
	struct files *files;
	const struct import_options *options;
	const char *root;
	size_t n_maildirs, n_drafts;
	struct err err;
};

/* ---- one Maildir ---- */

/* "1793714531.M204P88.host:2,FS": what comes before the flags stays the same for ever. */
static struct str key_of(const char *name)
{
	struct str all = str_from(name);
	size_t colon = str_chr(all, ':');

	return str_sub(all, 0, colon == STR_NONE ? all.len : colon);
}

static bool is_draft(const char *name)
{
	const char *flags = strstr(name, ":2,");

	return flags != NULL && strchr(flags + 3, 'D') != NULL;
}

static void add_mail(struct walk *w, size_t folder, const char *box, const char *name)
{
	auto_free char *path = xasprintf("%s/%s", box, name);

	if (is_draft(name) && !w->options->takes_all_folders)
		w->n_drafts++;
	else
		files_add(w->files, folder, path, key_of(path + strlen(box) + 1));
}

static void add_box(struct walk *w, size_t folder, const char *path, const char *box)
{
	auto_free char *full = xasprintf("%s/%s", path, box);
	DIR *dir = opendir(full);
	struct dirent *entry;

	if (dir == NULL) {
		if (errno != ENOENT && w->err.kind == ERR_NONE)
			err_setf(&w->err, ERR_INPUT, "%s: %s", full, strerror(errno));
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && entry->d_type != DT_DIR)
			add_mail(w, folder, box, entry->d_name);
	closedir(dir);
}

static char *find_in(const char *folder, const char *box, struct str key)
{
	auto_free char *path = xasprintf("%s/%s", folder, box);
	DIR *dir = opendir(path);
	char *found = NULL;
	struct dirent *entry;

	while (dir != NULL && found == NULL && (entry = readdir(dir)) != NULL)
		if (str_eq(key_of(entry->d_name), key))
			found = xasprintf("%s/%s", path, entry->d_name);
	if (dir != NULL)
		closedir(dir);
	return found;
}

/* A mail program has read it: from new to cur, or with other flags. */
static char *find_moved(const char *folder, const char *key)
{
	char *found = find_in(folder, "cur", str_from(key));

	return found ? found : find_in(folder, "new", str_from(key));
}

/* ---- all of them ---- */

static bool is_folder(const char *path, const char *name)
{
	auto_free char *full = xasprintf("%s/%s", path, name);
	struct stat st;

	return lstat(full, &st) == 0 && S_ISDIR(st.st_mode);
}

static void add_maildir(struct walk *w, const char *path, const char *relative)
{
	size_t folder;

	if (!is_folder(path, "cur") && !is_folder(path, "new"))
		return;
	w->n_maildirs++;
	if (!w->options->takes_all_folders && import_is_aside_path(str_from(relative))) {
		files_leave_out(w->files, relative);
		return;
	}
	folder = files_add_folder(w->files, relative, *relative ? import_hint_of_path(str_from(relative))
								: import_hint_of_root(w->root));
	add_box(w, folder, path, "cur");
	add_box(w, folder, path, "new");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int may_hold_mail(const struct dirent *entry)
{
	static const char *const others[] = { ".", "..", "cur", "new", "tmp" };

	for (size_t i = 0; i < countof(others); i++)
		if (strcmp(entry->d_name, others[i]) == 0)
			return 0;
	return entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
}

static void walk(struct walk *w, const char *relative, int depth)
{
	auto_free char *path = *relative ? xasprintf("%s/%s", w->root, relative) : xstrdup(w->root);
	struct dirent **entries = NULL;
	int n;

	add_maildir(w, path, relative);
	n = depth < MAX_DEPTH ? scandir(path, &entries, may_hold_mail, by_name) : 0;
	for (int i = 0; i < n; i++) {
		auto_free char *below = *relative ? xasprintf("%s/%s", relative, entries[i]->d_name)
						  : xstrdup(entries[i]->d_name);

		if (is_folder(path, entries[i]->d_name))
			walk(w, below, depth + 1);
		free(entries[i]);
	}
	free(entries);
}

static bool check(struct walk *w, const char **hint, struct err *err)
{
	struct stat st;

	if (stat(w->root, &st) != 0)
		return err_setf(err, errno == ENOENT ? ERR_MISSING : ERR_INPUT, "%s: %s", w->root, strerror(errno));
	if (!S_ISDIR(st.st_mode)) {
		*hint = "for a file: daybook import mbox PATH, or import eml PATH";
		return err_setf(err, ERR_INPUT, "%s is a file, not a Maildir", w->root);
	}
	walk(w, "", 0);
	if (w->err.kind != ERR_NONE) {
		*err = w->err;
		return false;
	}
	if (w->n_maildirs > 0)
		return true;
	*hint = "for a folder of .eml files: daybook import eml PATH";
	return err_setf(err, ERR_INPUT, "%s is not a Maildir: neither it nor a folder in it holds cur or new", w->root);
}

struct import_reader *import_open_maildir(const char *path, const struct import_options *options,
					  const char **hint, struct err *err)
{
	struct files *files = files_create(path, options, find_moved);
	struct walk w = { .files = files, .options = options, .root = path };
	char drafts[60];

	if (!check(&w, hint, err)) {
		import_close(files_reader(files));
		return NULL;
	}
	snprintf(drafts, sizeof(drafts), "%zu draft%s", w.n_drafts, w.n_drafts == 1 ? "" : "s");
	if (w.n_drafts > 0)
		files_leave_out(files, drafts);
	files_sort(files);
	return files_reader(files);
}
