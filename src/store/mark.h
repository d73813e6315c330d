/* A line in a small file beside the database: when something was done, and to what. Written whole or not at all. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#define MARK_BACKUP "last-backup"	/* when the last backup was taken, and where it lies */
#define MARK_RESTORED "restored"	/* when this store came out of a backup, and of which: until the daemon has seen it */
#define MARK_ERASING "erasing"	/* who was erased since that backup is to be erased again, before anything listens */

bool mark_put(const char *dir, const char *name, int64_t at_us, struct str text, struct err *err);
/* False: there is none that can be read. text may be NULL; the caller frees *text. */
bool mark_find(const char *dir, const char *name, int64_t *at_us, char **text);
bool mark_remove(const char *dir, const char *name, struct err *err);
