/* What every reader of a mail carries along: where memory comes from, how unlabelled bytes are
 * read, and the list of what was wrong with the mail but did not stop us. */
#pragma once

#include <daybook/arena.h>

enum { WARNINGS_MAX = 32 };

struct decode {
	struct arena *arena;
	struct str legacy;		/* charset of unlabelled bytes that are not UTF-8 */
	struct str warnings[WARNINGS_MAX];
	size_t n_warnings;
	size_t n_unlisted;		/* warnings beyond WARNINGS_MAX */
};

/* Says it once: a text that is already in the list is not added again. */
void decode_warn(struct decode *dec, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
