/* How far an import came: kept by the daemon as a cursor of the connector "import", while it is not finished. */
#pragma once

#include "cli/cli.h"

/* "import:mbox:/home/ana/sales.mbox"; malloc'ed. The path must exist. */
char *import_mark_key(const char *kind, const char *path);
/* What an unfinished import left; malloc'ed, NULL when there is none. */
char *import_mark_load(struct cli *cli, const char *key);
