/* What requests with an Idempotency-Key were answered. Kept for a day. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct arena;
struct store;

enum { ANSWER_HASH_SIZE = 32 };

struct answer_row {
	int64_t scope;			/* whose key it is */
	struct str key;
	struct str asked;		/* ANSWER_HASH_SIZE bytes, of what was asked for */
	int64_t status;
	struct str location, body;
	int64_t made_us;
};

/* *has false: nothing was kept under this key, or longer ago than a day. Texts in arena. Any handle. */
bool store_find_answer(struct store *st, int64_t scope, struct str key, int64_t now_us, struct arena *arena,
		       struct answer_row *row, bool *has, struct err *err);
typedef bool (*answer_fn)(const struct answer_row *row, void *arg);	/* false ends it */
bool store_each_answer(struct store *st, answer_fn fn, void *arg, struct err *err);
/* Of the answer nothing is left but that it was given, of the key its keyed hash. Writer handle. */
bool store_erase_answer(struct store *st, int64_t scope, struct str key, struct err *err);
/* Writer handle, in the transaction of the deed. What is older than a day goes. */
bool store_put_answer(struct store *st, const struct answer_row *row, struct err *err);
