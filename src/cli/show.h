/* A stored interaction as JSON or as a line for people. */
#pragma once

#include "cli/cli.h"

struct buf;

/* One JSON object with its participants' contacts; appended without a line break. */
bool show_json(struct cli *cli, const struct interaction_row *row, struct buf *out, struct err *err);
/* The stub of a dead letter, as it stands in a timeline. */
void show_dead_json(const struct dead_row *row, struct buf *out);
/* Prints buf and a line break to stdout, clears it. False when stdout is gone. */
bool show_line(struct buf *out);
