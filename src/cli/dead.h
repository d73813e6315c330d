/* Dead letters named on the command line. */
#pragma once

#include "cli/cli.h"

/* "dl_…". Reports with CLI_MISSING what is no id of one: there is none of that name. */
int dead_id(const char *text, int64_t *id);
/* The number of --connector NAME, and the store open; 0 without the option. Returns an exit code. */
int dead_connector(struct cli *cli, int64_t *connector);
