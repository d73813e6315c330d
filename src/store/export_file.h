/* The files of exports: exports/exp_… below the folder of the store, of nobody else's eyes. Blocks on the disk: workers only. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

char *export_file_path(const char *dir, int64_t id);		/* to be freed */
/* Empty, from the beginning; *fd is the caller's. */
bool export_file_begin(const char *dir, int64_t id, int *fd, struct err *err);
bool export_file_put(int fd, struct str bytes, struct err *err);		/* ERR_FULL; ERR_IO */
/* Durable; false with ERR_MISSING: somebody has taken the file away meanwhile. Closes fd. */
bool export_file_end(const char *dir, int64_t id, int fd, struct err *err);
/* n bytes from offset on, malloced. ERR_MISSING: it is not there, or shorter. */
bool export_file_read(const char *dir, int64_t id, int64_t offset, size_t n, char **bytes, struct err *err);
void export_file_remove(const char *dir, int64_t id);
/* All that keep() has no use for; keep NULL: all. */
void export_file_sweep(const char *dir, bool (*keep)(int64_t id, void *arg), void *arg);
