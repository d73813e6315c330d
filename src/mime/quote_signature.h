/* Where the signature begins. Private to quote.c. */
#pragma once

#include <daybook/str.h>

/* The offset of "-- ", of "Sent from my …" or of "Best regards" at the end of a text; text.len when there is
 * none. The text has no quote below. */
size_t quote_signature_start(struct str text);
