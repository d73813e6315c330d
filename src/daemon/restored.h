/* A store that came out of a backup, at the first start over it. */
#pragma once

#include <daybook/err.h>

struct store;

/* Before anything listens, pulls or is read. False: the start fails, and the next one tries again. */
bool restored_settle(struct store *st, struct err *err);
