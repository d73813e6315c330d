/* Two-step checkpoints: past 4,000 pages the helper copies and fsyncs the bulk on a handle
 * of its own while the writer goes on; then the writer finishes the few frames written since, and its
 * next commit restarts the WAL at the front. At 64 MiB the writer does it all itself. */
#pragma once

#include "store/store.h"

struct checkpoint;

struct checkpoint *checkpoint_create(const char *dir);
void checkpoint_destroy(struct checkpoint *c);
/* Writer thread, between batches. */
bool checkpoint_step(struct checkpoint *c, struct store *writer, int wal_pages, struct err *err);
