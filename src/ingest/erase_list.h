/* The ledger of erasures beside the store: a restore leaves it where it is. */
#pragma once

#include "store/store.h"

struct config;
struct ingest_parts;

/* Whoever was erased after the backup was taken that `st` came out of is to be erased again: begun, not ended. Writer handle; a
 * transaction of its own. */
bool erase_list_again(struct store *st, struct err *err);
/* Then, in a transaction of the caller's on the writer thread, before any of them goes on: a backup from before a handle changed
 * hands has it with somebody else, who is not to be erased for it. Who has handles of an erased person beside others loses these
 * to a contact of their own; what was one person and is two is two again. Decisions, as if a person had made them. A second run
 * finds nothing to do. */
bool erase_list_untangle(struct store *st, const struct config *config, const struct ingest_parts *parts, struct err *err);
