/* Between which ids the entries of a stretch of time lie. Ids rise as entries are recorded, searches go down them, and what occurred long ago was
 * mostly recorded long ago as well: a search by date need not walk past everything since. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <daybook/err.h>

struct store;

struct span {
	int64_t first, past;		/* ids from first on, up to but without past; equal: there are none */
};

/* Writer handle: of each new entry. */
bool span_note(struct store *st, int64_t occurred_us, int64_t id, struct err *err);
/* Of what occurred from from_us on and before to_us, 0: without end. Never too narrow, mostly too wide. */
bool span_find(struct store *st, int64_t from_us, int64_t to_us, struct span *span, struct err *err);
