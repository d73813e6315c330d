/* Mails as files, .eml or what is made into one: one, or all of a folder, or of its folders too. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cli/import_files.h"
#include "cli/import_hint.h"

enum { MAX_DEPTH = 64 };

struct walk {
	struct files *files;
	const char *root, *ending;	/* of names: ".eml" */
	bool is_recursive;
	size_t n_folders_unread;
	struct err err;
};

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool is_folder(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void walk(struct walk *w, const char *relative, int depth);

static void look_at(struct walk *w, size_t folder, const char *path, const char *relative, const char *name,
		    int depth)
{
	auto_free char *full = xasprintf("%s/%s", path, name);
	auto_free char *below = *relative ? xasprintf("%s/%s", relative, name) : xstrdup(name);

	if (!is_folder(full)) {
		if (str_iends(str_from(name), str_from(w->ending)))
			files_add(w->files, folder, name, str_from(name));
	} else if (w->is_recursive && depth < MAX_DEPTH) {
		walk(w, below, depth + 1);
	} else {
		w->n_folders_unread++;
	}
}

static void walk(struct walk *w, const char *relative, int depth)
{
	auto_free char *path = *relative ? xasprintf("%s/%s", w->root, relative) : xstrdup(w->root);
	struct dirent **entries = NULL;
	size_t folder;
	int n = scandir(path, &entries, is_visible, by_name);

	if (n < 0 && w->err.kind == ERR_NONE)
		err_setf(&w->err, ERR_INPUT, "%s: %s", path, strerror(errno));
	folder = files_add_folder(w->files, relative, import_hint_of_file(path));
	for (int i = 0; i < n; i++) {
		look_at(w, folder, path, relative, entries[i]->d_name, depth);
		free(entries[i]);
	}
	free(entries);
}

static bool add_folder(struct walk *w, const char **hint, struct err *err)
{
	walk(w, "", 0);
	if (w->err.kind != ERR_NONE) {
		*err = w->err;
		return false;
	}
	if (files_count(w->files) > 0)
		return true;
	if (w->n_folders_unread > 0)
		*hint = "--recursive looks into its folders too";
	return err_setf(err, ERR_INPUT, "%s: there is no %s file in it", w->root, w->ending);
}

static struct import_reader *open_file(const char *path, const struct import_options *options)
{
	const char *slash = strrchr(path, '/');
	auto_free char *folder = slash ? xstrndup(path, slash > path ? (size_t)(slash - path) : 1) : xstrdup(".");
	const char *name = slash ? slash + 1 : path;
	struct files *files = files_create(folder, options, NULL);

	files_add(files, files_add_folder(files, "", import_hint_of_file(folder)), name, str_from(name));
	return files_reader(files);
}

struct import_reader *files_open(const char *path, const char *ending, const struct import_options *options,
				 const char **hint, struct err *err)
{
	struct walk w = { .root = path, .ending = ending, .is_recursive = options->is_recursive };
	struct stat st;

	if (stat(path, &st) != 0) {
		err_setf(err, errno == ENOENT ? ERR_MISSING : ERR_INPUT, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (!S_ISDIR(st.st_mode))
		return open_file(path, options);
	w.files = files_create(path, options, NULL);
	if (add_folder(&w, hint, err)) {
		files_sort(w.files);
		return files_reader(w.files);
	}
	import_close(files_reader(w.files));
	return NULL;
}

struct import_reader *import_open_eml(const char *path, const struct import_options *options,
				      const char **hint, struct err *err)
{
	return files_open(path, ".eml", options, hint, err);
}
