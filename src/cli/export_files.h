/* The folder of an export: it grows under a name of its own, and has its name only when all of it is on the disk. Every file is
 * 0600, every folder 0700. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#include <stdio.h>

struct export_files;

/* out: a folder that is not there yet, or a file that ends with .tar. ERR_INPUT when something is there already. */
bool export_files_begin(const char *out, struct export_files **files, struct err *err);
/* A file below the folder; its folder is made when it is not there. NULL: err. */
FILE *export_files_open(struct export_files *files, const char *name, struct err *err);
/* Down to the disk; closes. */
bool export_files_close(struct export_files *files, const char *name, FILE *file, struct err *err);
bool export_files_put(struct export_files *files, const char *name, struct str bytes, struct err *err);
/* Gives it its name. */
bool export_files_end(struct export_files *files, struct err *err);
void export_files_drop(struct export_files *files);	/* also after the end; what has no name yet is removed; NULL is fine */
