/* An import as the API shows it. */
#pragma once

#include <stdint.h>

#include <daybook/err.h>

struct call;

bool import_put(struct call *c, int64_t id, struct err *err);
