/* Taking a backup, with the daemon up or down: the database as of one moment, every file that it names, the manifest;
 * checked, on the disk, and only then under its name. */
#pragma once

#include <daybook/err.h>

#include "backup/manifest.h"

typedef void (*backup_progress_fn)(const char *what, int64_t done, int64_t of, void *arg);

struct take_parts {
	const char *dir;		/* storage.path */
	const char *folder;		/* where backups stand */
	size_t keep;			/* 0: all */
	backup_progress_fn progress;	/* may be NULL */
	void *arg;
};

struct take_result {
	char *path;			/* the caller frees */
	struct manifest head;
	size_t n_linked;		/* files that an earlier backup had */
	size_t n_removed;		/* old backups */
};

/* Nothing is left behind on failure. */
bool take_backup(const struct take_parts *parts, struct take_result *result, struct err *err);
