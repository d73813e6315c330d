/* The writer's share of a purge, for a worker that waits for it. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#include <stdatomic.h>

struct store;
struct unlearn;
struct writer;

/* One transaction of the caller's. */
bool purge_run(struct writer *writer, bool (*apply)(struct store *st, void *arg, struct err *err), void *arg, struct err *err);
bool purge_run_unlearn(struct writer *writer, struct unlearn *u, struct err *err);
/* Squeezes what was deleted out of the search index. */
bool purge_squeeze(struct writer *writer, const atomic_bool *is_canceled, struct err *err);
/* Whoever is not in the store any more goes out of what is left of rows, and the position is kept. */
bool purge_end(struct writer *writer, int64_t connector, struct str key, struct str position, struct err *err);
/* These are gone, or named again. */
bool purge_forget_files(struct writer *writer, const char *const *names, size_t n, struct err *err);
