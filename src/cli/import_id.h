/* The run of an import as the daemon knows it, so that it is listed and can be undone. */
#pragma once

#include "cli/cli.h"

enum { IMPORT_ID_SIZE = 40 };

/* Goes on with the run of the same command that was interrupted, or begins one. Empty: nobody is there to say; whoever sends the
 * first mail finds out, and tells it. */
void import_id_begin(struct cli *cli, const char *kind, const char *path, int n_more, char id[IMPORT_ID_SIZE]);
void import_id_end(struct cli *cli, const char *id);	/* nothing where it is empty */
