/* A message whose parts were not all fetched is completed by a later delivery of it that has them. Writer thread. */
#pragma once

#include "store/store.h"

/* existing: the interaction that `it` is a duplicate of. Its attachments that were left out get the bytes of the same
 * ones in `it`, if those are beyond doubt the same. */
bool complete_attachments(struct store *st, int64_t existing, const struct interaction *it, struct arena *arena,
			  struct err *err);
