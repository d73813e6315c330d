/* Content-Type and Content-Disposition: a value and parameters, RFC 2231 and what mailers make of
 * it, taken apart by GMime. */
#pragma once

#include "mime/decode.h"

/* The part before the first ";", lower case, without comments: "text/plain", "attachment". */
struct str param_value(struct str field, struct arena *arena);

/* One parameter, unquoted and put together from its continuations, its bytes as they stand (for
 * tokens: charset, format). Empty when absent. */
struct str param_get(struct str field, struct str name, struct arena *arena);

/* The same for people's eyes: percent and RFC 2047 encodings and charsets undone. The extended
 * form (name*) wins over the plain one. */
struct str param_text(struct decode *dec, struct str field, struct str name);
