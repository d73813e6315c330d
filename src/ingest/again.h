/* A journal row as an intake once more: for what is pending, for a retry, for a rebuild. */
#pragma once

#include "ingest/intake.h"
#include "store/skeleton.h"

/* The body is decoded, and read from the blob store of `dir` if it lies there. NULL: ERR_IO or ERR_MISSING.
 * Its encoded form is not remade. */
struct intake *again_load(struct source *source, const struct journal_row *row, const char *dir,
			  struct err *err);
/* The bytes alone, row->size of them; the caller frees *plain. */
bool again_load_body(const struct journal_row *row, const char *dir, char **plain, struct err *err);
/* The files of `dir` that it is put together from, beside its own. */
bool again_each_blob(const struct journal_row *row, const char *dir, skeleton_blob_fn fn, void *arg, struct err *err);
