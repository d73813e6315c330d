/* One entry of a timeline for people: when, which way, by which channel, who, what. */
#pragma once

#include "cli/cli.h"

bool entry_print(struct cli *cli, const struct interaction_row *row);	/* false: stdout is gone */
bool entry_print_dead(struct cli *cli, const struct dead_row *row);
