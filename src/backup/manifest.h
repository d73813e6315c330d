/* What a backup holds: the file "manifest" in it. A line of JSON with what the whole is, one for each file, and a last
 * one with the hash of all before it, so that one cut short or edited is none. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#include <stdio.h>

#include "backup/copy_file.h"

#define MANIFEST_NAME "manifest"

enum { MANIFEST_VERSION = 1, MANIFEST_MAX_PATH = 128 };

struct manifest {
	int64_t format;			/* MANIFEST_VERSION */
	int64_t schema, taken_us, last_id;
	int64_t received, stored, duplicate, filtered, dead, pending;	/* of all connectors */
	int64_t n_files, bytes;		/* of the last line */
	char version[32];		/* of the daybook that took it */
};

/* A path in the backup; relative, and of nothing but what a backup may hold. */
typedef bool (*manifest_fn)(const char *path, const struct file_sum *sum, void *arg);

struct manifest_out {
	FILE *file;
	char *path;
	struct sha256 *hash;
	int64_t n_files, bytes;
	bool is_failed;
};

bool manifest_begin(struct manifest_out *out, const char *folder, const struct manifest *head, struct err *err);
void manifest_add(struct manifest_out *out, const char *path, const struct file_sum *sum);
/* On the disk once it returns; closes and frees, also on failure. */
bool manifest_end(struct manifest_out *out, struct err *err);
void manifest_drop(struct manifest_out *out);

/* ERR_MISSING: there is none, so it is no backup. ERR_INPUT: not as it was written. fn may be NULL; what it is called for
 * is known to be good only when this returns true. */
bool manifest_read(const char *folder, struct manifest *head, manifest_fn fn, void *arg, struct err *err);
