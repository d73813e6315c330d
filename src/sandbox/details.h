/* Is this text one JSON object by the letter of RFC 8259, and nothing else? Details from a parser are
 * written into answers as they are, and json-c forgives too much (single quotes, NaN) to vouch for them.
 * Reads once, allocates nothing, at most DETAILS_MAX_DEPTH deep. The text is UTF-8 already. */
#pragma once

#include <daybook/str.h>

enum { DETAILS_MAX_DEPTH = 32 };

bool details_is_valid(struct str text);
