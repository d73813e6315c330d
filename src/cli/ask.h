/* Before something goes that does not come back by itself. */
#pragma once

#include "cli/cli.h"

/* --yes: at once. On a terminal: asks, and takes y or yes. Else CLI_USAGE with the hint. CLI_FAILED: said no. */
int ask(const struct cli *cli, const char *question);
