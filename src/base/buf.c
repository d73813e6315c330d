#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf){ .max = max_bytes };
}

void buf_finish(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){ 0 };
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->is_exceeded = false;
}

static bool make_room(struct buf *b, size_t more)
{
	size_t need, room;

	if (b->is_exceeded || more > b->max || b->len > b->max - more) {
		b->is_exceeded = true;
		return false;
	}
	need = b->len + more + 1;
	if (need <= b->room)
		return true;
	room = b->room ? b->room * 2 : 256;
	if (room < need)
		room = need;
	b->ptr = xrealloc(b->ptr, room, 1);
	b->room = room;
	return true;
}

void buf_add(struct buf *b, struct str s)
{
	if (!make_room(b, s.len))
		return;
	if (s.len > 0)
		memcpy(b->ptr + b->len, s.ptr, s.len);
	b->len += s.len;
	b->ptr[b->len] = '\0';
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, (struct str){ &c, 1 });
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0 || !make_room(b, (size_t)n))
		return;
	va_start(args, fmt);
	vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, args);
	va_end(args);
	b->len += (size_t)n;
}

void buf_truncate(struct buf *b, size_t len)
{
	if (len < b->len) {
		b->len = len;
		b->ptr[len] = '\0';
	}
}

struct str buf_str(const struct buf *b)
{
	return (struct str){ b->ptr, b->len };
}

char *buf_steal(struct buf *b)
{
	char *ptr = b->ptr ? b->ptr : xstrdup("");

	*b = (struct buf){ .max = b->max };
	return ptr;
}

bool buf_is_exceeded(const struct buf *b)
{
	return b->is_exceeded;
}
