/* Encryption of small things at rest: AES-256-GCM. What is opened is what was sealed, under the same key and the
 * same name, or nothing. */
#pragma once

#include <daybook/str.h>

struct buf;

enum { SEAL_KEY_SIZE = 32, SEAL_NONCE_SIZE = 12, SEAL_TAG_SIZE = 16 };

/* Appends nonce, ciphertext and tag. The name is authenticated, not hidden. */
void seal_close(const unsigned char key[SEAL_KEY_SIZE], struct str name, struct str plain, struct buf *out);
/* Appends what was sealed; false, with nothing appended, when key, name or bytes are others. */
bool seal_open(const unsigned char key[SEAL_KEY_SIZE], struct str name, struct str sealed, struct buf *out);
