/* What must hold of every interaction that any normalizer makes; a failure names its kind. */
#pragma once

#include <daybook/interaction.h>

void assert_interactions_hold(const struct interactions *list, int64_t received_us);
/* The same bytes give the same dump: normalizers are pure. */
void assert_same(const struct interactions *a, const struct interactions *b);
