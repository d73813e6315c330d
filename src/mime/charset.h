/* Bytes of any charset → UTF-8. Only charsets of a fixed list, through iconv handles that
 * mime_warm_up() opened: nothing is loaded afterwards, and the converters that had holes
 * (ISO-2022-CN-EXT, IBM1390, IBM1399, ISO-2022-JP-3) are never asked for. Without the warm-up UTF-8,
 * US-ASCII, ISO-8859-1 and windows-1252 work, and everything else counts as unknown. */
#pragma once

#include "base/buf.h"
#include "mime/decode.h"

/* Opens the handles of this thread; may be called again. To be called before a sandbox closes. */
void charset_warm_up(void);

/* Is it a name that this table knows (whether or not its handle is open)? */
bool charset_is_known(struct str name);

/* The name of a code page of Windows; empty when this table does not know it. */
struct str charset_of_code_page(unsigned page);

/* What was declared is believed if the bytes allow it. Else, or when nothing was declared: UTF-8
 * if the bytes are valid UTF-8, else dec->legacy; and a warning. Appends valid UTF-8 without NUL. */
void charset_decode(struct decode *dec, struct str bytes, struct str declared, struct buf *out);
