/* What a person typed → an FTS5 expression that cannot be wrong: every word quoted, at most 16 of
 * them, 256 bytes in. Pure. */
#pragma once

#include <daybook/err.h>

#include "base/buf.h"

/* "phrases" stay together, other words must all occur; a trailing * finds beginnings. Nothing to look
 * for gives an empty text. */
bool search_text(struct str typed, struct buf *out, struct err *err);
