/* HTML of a mail → plain text, for reading and searching; never shown as HTML. One pass, no tree,
 * no recursion: linear in the input whatever is in it. */
#pragma once

#include "base/buf.h"

enum { HTML_INPUT_MAX = 2 << 20 };

/* Valid UTF-8 in and out. Reads at most HTML_INPUT_MAX bytes; true when that was all of it.
 * Scripts, styles, comments and hidden elements are left out; quoted blocks begin their lines
 * with "> "; a link whose text differs from its target is followed by " (target)"; cells of tables with data
 * have " | " between them; a picture of the mail itself stands as "[cid:…]", others are left out. */
bool html_to_text(struct str html, struct buf *out);

/* The charset that a <meta> in the first 1,024 bytes declares, or empty. For bytes of any charset. */
struct str html_meta_charset(struct str html);
