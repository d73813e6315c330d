/* What servers and programs said last, as it is shown to operators: errors, answers, notes. It may quote anybody's address. */
#pragma once

#include "store/store.h"

typedef bool (*told_fn)(struct str text, void *arg);
bool store_each_told(struct store *st, told_fn fn, void *arg, struct err *err);	/* fn must not write */
/* Writer handle, in a transaction. Wherever it stands. */
bool store_replace_told(struct store *st, struct str text, struct str instead, struct err *err);
