/* A private folder for what a converter writes: gone when the import is, also after a Ctrl-C. */
#pragma once

#include <daybook/err.h>

#include <stdint.h>

/* In $TMPDIR, else in /var/tmp, which outlasts memory; 0700. NULL: err. The caller frees the path. */
char *temp_folder_create(struct err *err);
/* With all that is in it. NULL is fine. */
void temp_folder_remove(const char *path);
/* Bytes that may still be written there; -1: nobody knows. */
int64_t temp_folder_room(const char *path);
