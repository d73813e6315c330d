/* What a person typed into the search box → words for the index and filters of rows. Pure. */
#pragma once

#include <daybook/err.h>

#include "base/buf.h"
#include "store/view.h"

/* from: to: channel: direction: has:attachment after: before:, values in quotes where they hold blanks; all else are words
 * and "phrases". What looks like an operator and is none is a word. Fills everything but position and limit; texts live in
 * arena. ERR_INPUT or ERR_LIMIT says what is wrong. At most 256 bytes and 16 words. */
bool query_text(struct str typed, struct arena *arena, struct view_search *out, struct err *err);
/* A day, or RFC 3339; a day is its beginning in UTC. */
bool query_time(struct str text, int64_t *time_us);
