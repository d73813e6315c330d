/* Duplicates found in the background: whoever is new or has changed is compared with the others, a few contacts a
 * transaction, by keys that an index finds. What is alike is proposed to people, and nothing is linked by it. */
#pragma once

#include <stddef.h>

#include <daybook/err.h>

struct ingest_parts;
struct store;

/* At most so many of those that wait. Writer thread, in a transaction. */
bool lookalike_compare(struct store *st, size_t limit, struct err *err);
/* Some hundreds of those that wait, in transactions of a few each; the rest at the next look. A worker; blocks while the writer
 * is behind. */
bool lookalike_look(const struct ingest_parts *parts, struct store *reader, struct err *err);
