/* Is a backup whole? Its manifest, every file's size and hash, the database's pages, indexes and books, and whether every
 * file that it names is there. */
#pragma once

#include <daybook/err.h>

#include "backup/manifest.h"
#include "backup/take.h"

struct check_parts {
	const char *path;
	void (*fault)(const char *text, void *arg);	/* each thing that is wrong */
	backup_progress_fn progress;			/* may be NULL */
	void *arg;
};

/* False: err sums it up, or says why it could not be looked at. */
bool check_backup(const struct check_parts *parts, struct manifest *head, struct err *err);
