/* Hashes and comparisons. OpenSSL 3 underneath; contexts are per thread, so every call is
 * thread-safe and none blocks. */
#pragma once

#include <daybook/str.h>

enum { SHA256_SIZE = 32, SHA256_HEX_SIZE = 65 };

void crypto_sha256(struct str data, unsigned char out[SHA256_SIZE]);
void crypto_hmac_sha256(struct str key, struct str data, unsigned char out[SHA256_SIZE]);
const char *crypto_hex(const unsigned char *bytes, size_t n, char *out);	/* 2n + 1 bytes */
/* Exactly 2n hex digits; false otherwise. */
bool crypto_unhex(struct str hex, unsigned char *out, size_t n);
bool crypto_equal(const void *a, const void *b, size_t n);	/* constant time */
void crypto_random(void *out, size_t n);			/* ends the process when it cannot */
/* Keyed 64-bit hash (SipHash-2-4). */
uint64_t crypto_siphash(const unsigned char key[16], const void *data, size_t n);

/* SHA-256 of what arrives in pieces. */
struct sha256;
struct sha256 *sha256_create(void);
void sha256_add(struct sha256 *h, struct str piece);
void sha256_end(struct sha256 *h, unsigned char out[SHA256_SIZE]);	/* may be called once */
void sha256_destroy(struct sha256 *h);
