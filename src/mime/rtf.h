/* The text of a mail in Outlook's rich text: PR_RTF_COMPRESSED (MS-OXRTFCP) and RTF, which may hold HTML
 * (MS-OXRTFEX). Linear; no table, picture or object is looked into. */
#pragma once

#include "base/buf.h"
#include "mime/decode.h"

/* What of it can be undone, until out is full. False when it is no compressed RTF. */
bool rtf_decompress(struct str in, struct buf *out);

/* UTF-8 as far as out goes. *is_html: it is HTML, else plain text. False when it is no RTF. */
bool rtf_read(struct decode *dec, struct str rtf, struct buf *out, bool *is_html);
