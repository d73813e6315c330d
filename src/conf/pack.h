/* Filled blocks as bytes: to travel to the parser process, and to be compared. */
#pragma once

#include <daybook/conf.h>

#include "base/buf.h"
#include "base/crypto.h"

enum { PACK_MAX_BYTES = 1 << 20 };

/* The rows with CONF_NORMALIZE, appended to out; never a secret. False when out's maximum is passed
 * or a secret has the flag. */
bool conf_pack(const struct conf_key *keys, const void *conf, struct buf *out);

/* A fresh block of `size` bytes with those rows set and all others zero; hostile bytes are refused
 * with ERR_INPUT. conf_free_unpacked() frees it. */
void *conf_unpack(const struct conf_key *keys, size_t size, struct str packed, struct err *err);
void conf_free_unpacked(const struct conf_key *keys, void *conf);

/* SHA-256 over all values, secrets too. Never leaves the process. */
void conf_fingerprint(const struct conf_key *keys, const void *conf, struct sha256 *into);
/* Do two blocks say the same in this row? */
bool conf_is_same(const struct conf_key *key, const void *a, const void *b);
