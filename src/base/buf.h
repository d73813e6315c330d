/* A growing byte buffer, born with its maximum. Once an append would pass it, the buffer is spoilt:
 * later appends do nothing and buf_is_exceeded() says so. Always terminated (not counted). */
#pragma once

#include <daybook/str.h>

struct buf {
	char *ptr;
	size_t len, room, max;
	bool is_exceeded;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_finish(struct buf *b);
void buf_clear(struct buf *b);			/* empties, keeps the memory */
void buf_add(struct buf *b, struct str s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_truncate(struct buf *b, size_t len);
struct str buf_str(const struct buf *b);	/* borrowed */
char *buf_steal(struct buf *b);			/* the caller frees; the buffer is empty again */
bool buf_is_exceeded(const struct buf *b);
