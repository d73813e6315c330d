/* A body that nobody could read may be written in base64, in quoted-printable or with escapes: what it says then. Pure. */
#pragma once

#include <stdbool.h>

#include <daybook/str.h>

/* Is it so of the text as it stands, of the text with its escapes undone ("=40" and soft line breaks, RFC 2045 §6.7; "%40";
 * "\\u0040"), or of what stands in base64 in it (lines of mail, encoded words, strings of JSON)? Linear in the text; one base64 deep. */
typedef bool (*erase_text_fn)(struct str text, void *arg);
bool erase_decoded_any(struct str text, erase_text_fn is_so, void *arg);
