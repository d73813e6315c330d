/* A copy of the database as of one moment. Whoever writes goes on writing: a snapshot is read, which is why the copy
 * never begins again; only the log cannot begin anew until it is done. Any process; one thread. */
#pragma once

#include <daybook/err.h>

#include <stdint.h>

struct store_copy;

/* The snapshot is taken here. `to` must not be there yet. */
bool store_copy_begin(const char *dir, const char *to, struct store_copy **out, struct err *err);
/* Some of it. *done of *of pages are copied; they are equal when that was all, and the file is on the disk then. */
bool store_copy_step(struct store_copy *c, int64_t *done, int64_t *of, struct err *err);
void store_copy_end(struct store_copy *c);		/* NULL is fine */
