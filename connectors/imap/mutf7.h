/* Modified UTF-7 (RFC 3501 §5.1.3): how IMAP spells folder names. Pure. */
#pragma once

#include "base/buf.h"

/* Appends UTF-8. What is not well-formed is appended as it stands, so that a name is never lost;
 * false then. */
bool mutf7_decode(struct str name, struct buf *out);
/* Appends the server's spelling; false when it is not UTF-8. */
bool mutf7_encode(struct str utf8, struct buf *out);
