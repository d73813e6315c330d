/* Where tokens are kept: <storage.path>/oauth/NAME.token, AES-256-GCM. The key comes from the option storage.key, or
 * is made once, in <storage.path>/oauth/key. Blocks on files: workers only. Names are those of connectors. */
#pragma once

#include <daybook/conf.h>

struct buf;
struct vault;

/* Touches no file. secret NULL: the key file. */
struct vault *vault_create(const char *dir, const struct secret *secret);
struct vault *vault_ref(struct vault *vault);
void vault_unref(struct vault *vault);		/* any thread; NULL is fine */

/* Durable and whole once it returns true: a temporary file, fsync, rename, fsync of the folder. */
bool vault_put(struct vault *vault, const char *name, struct str plain, struct err *err);
/* ERR_MISSING: there is none. ERR_LOGIN: it cannot be opened with this key. */
bool vault_get(struct vault *vault, const char *name, struct buf *plain, struct err *err);
bool vault_remove(struct vault *vault, const char *name, struct err *err);	/* none is fine */
