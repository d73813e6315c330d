/* A tar archive as every program reads it (POSIX ustar), of plain files. */
#pragma once

#include <daybook/err.h>

#include <stddef.h>

/* path: a new file, 0600, down to the disk. names: below folder, at most 99 bytes each. */
bool tar_write(const char *path, const char *folder, const char *const *names, size_t n, struct err *err);
