/* Names of folders as people write them, with stars for any characters. Pure. */
#pragma once

#include <daybook/str.h>

/* Is this text more than one name? */
bool folder_is_pattern(struct str text);
/* Does the pattern mean this folder? "*" is any run of characters, of any number of levels. Both are UTF-8; case and
 * composition do not count; levels may be written with "/" or with the server's own delimiter, and what lies below
 * INBOX may be named without it. */
bool folder_matches(struct str pattern, struct str label, char delimiter);
/* The same, or a folder above it. */
bool folder_matches_branch(struct str pattern, struct str label, char delimiter);
