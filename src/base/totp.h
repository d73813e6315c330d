/* Codes that change every 30 s (RFC 6238: SHA-1, 6 digits), as the apps on telephones know them. Pure. */
#pragma once

#include <daybook/str.h>

enum { TOTP_KEY_SIZE = 20, TOTP_DIGITS = 6, BASE32_TOTP_SIZE = 33 };

uint32_t totp_code(struct str key, int64_t step);
int64_t totp_step(int64_t wall_us);
/* The step of a code that is good now, give or take one step for clocks that differ; 0: it is not. */
int64_t totp_match(struct str key, struct str code, int64_t wall_us);
/* RFC 4648, upper case, without padding: 8 characters for 5 bytes; n is a multiple of 5. */
const char *base32(const unsigned char *bytes, size_t n, char *out);
