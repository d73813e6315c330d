/* A piece of input as it may stand in an error text: short, printable, valid UTF-8. */
#pragma once

#include <daybook/str.h>

enum { QUOTE_SIZE = 96 };

/* Cut after 60 bytes with "…"; control characters and what is not UTF-8 become "?". Returns out. */
const char *quote(struct str s, char out[QUOTE_SIZE]);
