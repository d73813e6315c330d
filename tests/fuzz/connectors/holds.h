/* What must hold of every interaction that any normalizer makes; a failure names its kind. */
#pragma once

#include <daybook/connector.h>

void assert_interactions_hold(const struct interactions *list, int64_t received_us);
/* The same bytes give the same dump: normalizers are pure. */
void assert_same(const struct interactions *a, const struct interactions *b);

/* What the reader of fields makes of it, where the record could be read: one item, and JSON. */
void assert_mapping(const struct connector *mapping, const void *conf, const struct raw *raw);
