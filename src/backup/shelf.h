/* The folder in which backups stand side by side. What is being written there has a name that no backup has, so that a
 * half-done one is never taken for one. */
#pragma once

#include <daybook/err.h>

#include <stddef.h>
#include <stdint.h>

struct shelf {
	char *path;
	int lock_fd;
};

/* Made with mode 0700 where it is not there. Refused: inside of the store, a folder that holds other things, one that
 * others may write to, one that another backup is being written to (ERR_AGAIN). What a killed run left is removed. */
bool shelf_open(struct shelf *s, const char *path, const char *store_dir, struct err *err);
void shelf_close(struct shelf *s);

/* Folders that may be backups, oldest first; the caller frees with shelf_free_names(). ERR_MISSING: no such folder. */
bool shelf_list(const char *path, char ***names, size_t *n, struct err *err);
void shelf_free_names(char **names, size_t n);

/* Both the caller frees: where the next one is written, and what it is called when it is done. */
char *shelf_partial(const struct shelf *s);
char *shelf_name(const struct shelf *s, int64_t taken_us);

/* All but the newest `keep` go; keep 0: none does. *n_removed tells how many did. */
bool shelf_prune(const struct shelf *s, size_t keep, size_t *n_removed, struct err *err);
void shelf_remove(const char *path);		/* with all that is in it */
