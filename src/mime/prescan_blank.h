/* Blanks in place what GMime must not see. Lengths never change. */
#pragma once

#include <stddef.h>

enum { BLANK_TYPE_MAX = 512 };	/* a media type that is longer is none */

void blank_nuls(char *s, size_t n);

/* A Content-Type as GMime may have it: attached messages and digests are opaque, no charset or word
 * is left to convert, and the parameters are countable. */
void blank_content_type(char *s, size_t n);
