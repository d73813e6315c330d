/* What became of the mails of an import. */
#pragma once

#include "store/store.h"

enum { IMPORT_WORDS = 600 };

struct import_count {
	int64_t read;			/* all that were found, readable or not */
	int64_t by_outcome[OUTCOME_COUNT];
	int64_t failed_to_read;
	char first_failed[IMPORT_WORDS];	/* where the first of these is, and why; empty: none */
	int64_t gone;			/* vanished between listing and reading; not in read */
	int64_t us;			/* how long it took */
};
