/* Bodies and attachments as files named by their SHA-256, under <storage.path>/blobs. Written and
 * fsynced by workers before the commit that names them; never by the loop or the writer thread. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct blob;

bool blob_open(const char *dir, struct blob **out, struct err *err);
bool blob_add(struct blob *b, struct str piece, struct err *err);
/* Durable once it returns: file and folder synced. A file that is there already is left. Frees b, also
 * on failure. hex gets 64 digits and a terminator. */
bool blob_keep(struct blob *b, char hex[65], struct err *err);
void blob_drop(struct blob *b);			/* NULL is fine */

/* Once, by the store's owner: the folder is there, durably, and what a killed run left half-written is gone. */
bool blob_prepare(const char *dir, struct err *err);

/* The whole of one; the caller frees *bytes. ERR_MISSING, or ERR_IO when its hash does not agree. */
bool blob_read(const char *dir, struct str hex, char **bytes, size_t *n, struct err *err);
/* Removes a file that was neither written nor kept again within so many seconds; *is_gone also when it was not there. */
bool blob_remove(const char *dir, struct str hex, int rest_s, bool *is_gone, struct err *err);
