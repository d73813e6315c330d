/* Mails that are a file each, in folders: what Maildirs and folders of .eml files have in common. Names are
 * kept in two growing arrays, about 70 bytes a mail. */
#pragma once

#include "cli/import_mail.h"

struct files;

/* Where a file is now that is not where it was listed (it was moved by a mail program); NULL: gone. malloc'ed. */
typedef char *(*files_find_fn)(const char *folder, const char *name);

/* Reads files in the order of folders (as added) and keys, once files_sort() was called. */
struct files *files_create(const char *root, const struct import_options *options, files_find_fn find);
struct import_reader *files_reader(struct files *f);

/* path is relative to the root, "" for itself; in the order in which they are to be read. */
size_t files_add_folder(struct files *f, const char *path, enum import_hint hint);
/* name is relative to the folder; key (a part of name) is what stays when a mail program renames it. */
void files_add(struct files *f, size_t folder, const char *name, struct str key);
void files_sort(struct files *f);
size_t files_count(const struct files *f);
void files_leave_out(struct files *f, const char *what);
/* Nothing comes or moves while it is read: where an earlier run stopped, this one goes on by the names alone. */
void files_freeze(struct files *f);

/* A file, whatever its name, or those of a folder (and of its folders) whose names end so; sorted. */
struct import_reader *files_open(const char *path, const char *ending, const struct import_options *options,
				 const char **hint, struct err *err);
