/* Where imported mails lay: the name of their file, in what the journal keeps beside the bytes, and in the marks from which an
 * interrupted import goes on. A file may be named after anybody. */
#pragma once

#include "store/store.h"

typedef bool (*origin_fn)(int64_t journal_id, struct str meta, void *arg);
/* Rows of imports after that one, in their order, with what is kept beside them; reads the whole journal. */
bool store_each_origin(struct store *st, int64_t after, origin_fn fn, void *arg, struct err *err);	/* fn must not write */

/* Writer handle, in a transaction. */
bool store_forget_origin(struct store *st, int64_t journal_id, struct err *err);
/* Marks of files whose names hold the word. An import without its mark begins at the beginning, which does no harm. */
bool store_forget_marks(struct store *st, struct str word, struct err *err);
