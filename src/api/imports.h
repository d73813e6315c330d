/* An import as the API shows it. */
#pragma once

#include <stdint.h>

#include <daybook/err.h>

struct call;

/* False: the problem is the answer, as these eyes do not see everybody. */
bool import_is_for(struct call *c);
bool import_put(struct call *c, int64_t id, struct err *err);
