/* Files from here to there, with their hash and down to the disk. */
#pragma once

#include <daybook/err.h>

#include <stdint.h>

struct file_sum {
	char sha256[65];
	int64_t size;
};

/* ERR_FULL, ERR_MISSING, ERR_DENIED or ERR_IO, each with the path. */
bool file_failed(const char *path, struct err *err);
bool file_sum(const char *path, struct file_sum *sum, struct err *err);
/* `to` is new, mode 0600, and on the disk. What was begun is removed again on failure. */
bool file_copy(const char *from, const char *to, struct file_sum *sum, struct err *err);
bool file_sync_folder(const char *path, struct err *err);
