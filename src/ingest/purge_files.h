/* Files that something named which is gone. */
#pragma once

struct ingest_parts;
struct store;

/* Any worker, with a reader: removes those that nothing names any more. What cannot be removed now is looked for again some
 * minutes later. */
void purge_remove_files(const struct ingest_parts *parts, struct store *reader);
