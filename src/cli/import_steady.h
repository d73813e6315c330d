/* Two conversions of one Outlook mail differ in what the converter made up on the way: MIME boundaries, the names and
 * the stamp of a calendar. A mail without a Message-ID is known by its bytes, and must not become two. Pure. */
#pragma once

#include <stddef.h>

/* Each made-up word becomes a number, in the order of their coming. *bytes is replaced (malloc'ed), *n with it. */
void import_steady_pst(char **bytes, size_t *n);
void import_steady_msg(char **bytes, size_t *n);
