/* Base64 (RFC 4648): the ordinary alphabet with padding, and the one for URLs without. */
#pragma once

#include <daybook/str.h>

struct buf;

/* What each character stands for, 0 to 63; BASE64_NONE: it is none of the ordinary alphabet (nor is "="). */
enum { BASE64_NONE = 0xff };
extern const unsigned char base64_values[256];
extern const char base64_alphabet[65];

void base64_put(struct buf *out, struct str bytes);
void base64url_put(struct buf *out, struct str bytes);
/* The ordinary alphabet; padding may be missing. False when it is no base64. */
bool base64_read(struct buf *out, struct str text);
/* The one for URLs, without padding. */
bool base64url_read(struct buf *out, struct str text);
