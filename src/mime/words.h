/* RFC 2047: header text with encoded words → UTF-8, one line, NFC. */
#pragma once

#include "mime/decode.h"

/* Neighbouring words of one charset are joined before they are converted (a character may be cut in
 * two), padded B words do not end the text, raw 8-bit is UTF-8 or legacy. In dec->arena. */
struct str words_decode(struct decode *dec, struct str value);
