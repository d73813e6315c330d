/* What is new in a mail: the text without the quoted mail and the signature. A view: the caller
 * keeps the whole. */
#pragma once

#include <daybook/str.h>

/* The new text, a slice of text without white space at its ends. Cuts only where nothing but
 * quoted lines follow (or where an Outlook block of headers stands, which marks all that follows);
 * answers between quoted lines, and forwarded mail, are left whole; never cuts to nothing. */
struct str quote_new_text(struct str text, bool is_forward);

/* Does the subject say that this passes another mail on (Fwd:, FW:, ENC:, RV:, WG:, TR: …)? */
bool quote_is_forward(struct str subject);
