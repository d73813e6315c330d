/* An interaction as indented JSON, for golden files. */
#pragma once

#include <daybook/interaction.h>

#include "base/buf.h"

void dump_interaction(const struct interaction *it, struct buf *out);
