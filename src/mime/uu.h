/* Files that old programs put into the text itself: "begin 644 name", lines of uuencode, "end". */
#pragma once

#include <daybook/str.h>

struct uu_block {
	size_t start, end;	/* in the text; from the first line to behind the last */
	struct str name;	/* bytes as they stand */
};

/* The first whole block at or behind `from`, which is the beginning of a line. False when there is none: a block that
 * has no end, or lines that no encoder writes, is text. Over a whole text linear. */
bool uu_find(struct str text, size_t from, struct uu_block *out);
