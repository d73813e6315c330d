/* What came in, made fit for a terminal: no control character, escape sequence, invisible mark or mark that
 * turns the direction of writing gets through. Pure. */
#pragma once

#include <daybook/str.h>

#include "base/buf.h"

/* One line: blanks and control characters become one space, invisible marks go, bad bytes become U+FFFD. */
void plain_line(struct buf *out, struct str s);
/* The front of it, at most max_chars characters, with an ellipsis where something is left out. */
void plain_preview(struct buf *out, struct str s, size_t max_chars);
/* Lines stay; what a terminal must not see is spelled out: \x1b, \u202e, \xff. */
void plain_bytes(struct buf *out, struct str s);
/* JSON that is JSON already: the same characters inside its strings as \u escapes. */
void plain_json(struct buf *out, struct str json);
