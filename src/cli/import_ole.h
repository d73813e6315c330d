/* Compound files (MS-CFB), of which .msg files are one. Pure. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

/* Is it one, and does it reach as far as its own table of sectors says? A copy that was cut off is read by msgconvert
 * without a word, as a mail that lacks what is missing. */
bool import_ole_is_whole(struct str file, struct err *err);
