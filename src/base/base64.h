/* Base64 (RFC 4648): the ordinary alphabet with padding, and the one for URLs without. */
#pragma once

#include <daybook/str.h>

struct buf;

void base64_put(struct buf *out, struct str bytes);
void base64url_put(struct buf *out, struct str bytes);
/* The ordinary alphabet; padding may be missing. False when it is no base64. */
bool base64_read(struct buf *out, struct str text);
