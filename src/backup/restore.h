/* A backup put in the place of the store. The daemon is down; the backup has been checked (check.h). */
#pragma once

#include <daybook/err.h>

#include "backup/manifest.h"
#include "backup/take.h"

struct restore_parts {
	const char *path;		/* of the backup */
	const char *dir;		/* storage.path; made where it is not there */
	const char *by;			/* who restores, for the audit log */
	bool is_dry_run;		/* looks whether it could be done, changes nothing */
	backup_progress_fn progress;	/* may be NULL */
	void *arg;
};

struct restore_result {
	char *kept;			/* the database that was there, or NULL: there was none. The caller frees */
	int64_t n_files, n_copied;
};

/* ERR_AGAIN: a daemon, or another reader, has the store. Until the last step the old store is as it was; files are only
 * added to its own, which is why they serve the kept database too. */
bool restore_backup(const struct restore_parts *parts, struct restore_result *result, struct err *err);
