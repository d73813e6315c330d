/* What hangs together: journal rows that brought the same entries, and these entries. Taking one row away concerns all
 * of them, as the entry is another row's then. */
#pragma once

#include "store/store.h"

struct kin {
	int64_t *rows, *entries;	/* in ascending order */
	size_t n_rows, n_entries;
};

/* Of these rows, themselves included. In the arena. */
bool kin_find(struct store *st, const int64_t *some, size_t n, struct arena *arena, struct kin *kin, struct err *err);
bool kin_is_same(const struct kin *a, const struct kin *b);
