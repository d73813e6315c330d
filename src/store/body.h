/* Raw bodies as the journal keeps them: zstd, JSON with a shipped dictionary (4 : 1 instead of 1.4 : 1).
 * Any thread. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

/* Of journal rows. A skeleton is a mail whose attachments stand in the blob store alone: store/skeleton.h. */
enum { BODY_PLAIN, BODY_ZSTD, BODY_ZSTD_JSON_1, BODY_SKELETON };

/* Bodies above this go to the blob store instead of the database. */
enum { BODY_INLINE_MAX = 256 << 10 };

/* *encoded is malloced, NULL with BODY_PLAIN: keep the bytes as they are. Returns the encoding. */
int body_encode(struct str plain, bool is_json, char **encoded, size_t *n);
/* *plain is malloced. ERR_IO when the bytes are not what encoding and size say. Not of a skeleton. */
bool body_decode(int64_t encoding, struct str bytes, int64_t size, char **plain, struct err *err);

/* For the skeleton: zstd whatever comes of it, and back into at most max bytes. Both malloced; false: no memory, or
 * not such bytes. */
bool body_compress(struct str plain, char **encoded, size_t *n);
bool body_decompress(struct str encoded, size_t max, char **plain, size_t *n);
