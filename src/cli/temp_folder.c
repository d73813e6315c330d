#include "cli/temp_folder.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"

char *temp_folder_create(struct err *err)
{
	const char *base = getenv("TMPDIR");
	char *path;

	if (base == NULL || base[0] != '/')
		base = "/var/tmp";
	path = xasprintf("%s/daybook-import-XXXXXX", base);
	if (mkdtemp(path) != NULL)
		return path;
	err_setf(err, ERR_INPUT, "%s: %s", base, strerror(errno));
	free(path);
	return NULL;
}

static void remove_one(FTSENT *entry)
{
	switch (entry->fts_info) {
	case FTS_D:
		break;
	case FTS_DP:
	case FTS_DNR:
		rmdir(entry->fts_accpath);
		break;
	default:
		unlink(entry->fts_accpath);
	}
}

void temp_folder_remove(const char *path)
{
	char *const paths[] = { (char *)path, NULL };
	FTS *tree = path != NULL ? fts_open(paths, FTS_PHYSICAL | FTS_NOSTAT, NULL) : NULL;
	FTSENT *entry;

	if (tree == NULL)
		return;
	while ((entry = fts_read(tree)) != NULL)
		remove_one(entry);
	fts_close(tree);
}

int64_t temp_folder_room(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 ? (int64_t)fs.f_bavail * (int64_t)fs.f_frsize : -1;
}
