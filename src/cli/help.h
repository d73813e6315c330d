/* What the commands table says, for people. */
#pragma once

#include "cli/cli.h"

/* "Is there no such command?": names the nearest. Returns CLI_USAGE. */
int help_unknown(struct cli *cli);
