/* The bytes of files that were sent to be imported, until they are: imports/imp_…/NAME below the folder of the store, of nobody
 * else's eyes. NAME is what the sender calls it, which says of some files what they are, and is told with each message. Blocks on the
 * disk: workers only. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

enum { SPOOL_NAME_MAX = 200 };

/* Is it one name, not a path, and not hidden? */
bool spool_is_name(struct str name);
/* Durable, also the file itself, once it returns true. What stands there already is overwritten. ERR_FULL; ERR_IO. */
bool spool_write(const char *dir, int64_t import, struct str name, int64_t offset, struct str bytes, struct err *err);
char *spool_folder(const char *dir, int64_t import);		/* to be freed */
bool spool_has(const char *dir, int64_t import, struct str name, int64_t n_bytes);	/* so many at least */
void spool_remove(const char *dir, int64_t import);
/* All of them that keep() has no use for; keep NULL: all. How many. */
int spool_sweep(const char *dir, bool (*keep)(int64_t import, void *arg), void *arg);
