/* The files of a store while somebody copies them: none is removed meanwhile. A lock of the file system, so that it goes
 * with a process that is killed. */
#pragma once

#include <daybook/err.h>

/* For whoever copies; waits for a removal that is going on. To be closed. */
bool hold_files(const char *dir, int *fd, struct err *err);
/* For whoever removes: -1 while a copy is being made. To be closed. */
int hold_for_removal(const char *dir);
