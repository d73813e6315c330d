/* A mail without what is kept beside it anyway: where its attachments stood there are references to their blobs,
 * from which it is put together again byte for byte. docs/decisions/raw-once.md */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#include "base/base64_lines.h"

/* len bytes of the plain body from `at` on are this blob: as it is, or as base64 of this shape. Who makes one has
 * compared: the blob's bytes give the same text again. */
struct skeleton_ref {
	size_t at, len, n_bytes;	/* n_bytes: of the blob */
	bool is_base64;
	struct base64_shape shape;
	char sha256[65];
};

/* Below this a reference saves nothing worth a file to read. */
enum { SKELETON_LEAST = 512 };

/* The refs in the order of `at`; those that overlap or are too small are not used. *encoded is malloced. False: no
 * reference is worth it. */
bool skeleton_encode(struct str plain, const struct skeleton_ref *refs, size_t n_refs, char **encoded, size_t *n);

/* *plain is malloced, with a terminator behind it. ERR_MISSING or ERR_IO of a blob, which the text names; ERR_IO when
 * the bytes are no skeleton of that size. */
bool skeleton_decode(const char *dir, struct str encoded, int64_t size, char **plain, struct err *err);

/* The blobs that one refers to, until fn says false. */
typedef bool (*skeleton_blob_fn)(const char sha256[65], void *arg);
bool skeleton_each_blob(struct str encoded, int64_t size, skeleton_blob_fn fn, void *arg, struct err *err);
