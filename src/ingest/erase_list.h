/* The ledger of erasures beside the store: a restore leaves it where it is. */
#pragma once

#include "store/store.h"

/* Whoever was erased after the backup was taken that `st` came out of is to be erased again: begun, not ended. Writer handle; a
 * transaction of its own. */
bool erase_list_again(struct store *st, struct err *err);
