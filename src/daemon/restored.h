/* A store that came out of a backup, at the first start over it. */
#pragma once

#include <daybook/err.h>

struct config;
struct ingest_parts;
struct store;

/* Before anything listens, pulls or is read. False: the start fails, and the next one tries again. */
bool restored_settle(struct store *st, struct err *err);
/* The rest of it, which needs the writer and the parsers: who was erased since the backup is erased again. */
bool restored_finish(const struct ingest_parts *parts, const struct config *config, struct err *err);
