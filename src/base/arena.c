#include <daybook/arena.h>

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_CHUNK = 4096, LARGEST_CHUNK = 1 << 20 };

struct chunk {
	struct chunk *older;
	size_t size, used;
	alignas(max_align_t) char bytes[];
};

struct arena {
	struct chunk *newest;
	size_t max_bytes, used;
	bool is_exceeded;
};

struct arena *arena_create(size_t max_bytes)
{
	struct arena *arena = xnew(struct arena);

	arena->max_bytes = max_bytes;
	return arena;
}

void arena_destroy(struct arena *arena)
{
	if (arena == NULL)
		return;
	for (struct chunk *c = arena->newest, *older; c != NULL; c = older) {
		older = c->older;
		free(c);
	}
	free(arena);
}

static struct chunk *add_chunk(struct arena *arena, size_t at_least)
{
	size_t size = arena->newest ? arena->newest->size * 2 : FIRST_CHUNK;
	struct chunk *c;

	if (size > LARGEST_CHUNK)
		size = LARGEST_CHUNK;
	if (size < at_least)
		size = at_least;
	c = malloc(sizeof(*c) + size);
	if (c == NULL)
		return NULL;
	c->older = arena->newest;
	c->size = size;
	c->used = 0;
	arena->newest = c;
	return c;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct chunk *c = arena->newest;
	size_t rounded;
	void *ptr;

	if (size > arena->max_bytes || arena->used > arena->max_bytes - size) {
		arena->is_exceeded = true;
		return NULL;
	}
	rounded = (size + align - 1) & ~(align - 1);
	if (c == NULL || c->size - c->used < rounded)
		c = add_chunk(arena, rounded);
	if (c == NULL) {
		arena->is_exceeded = true;
		return NULL;
	}
	ptr = c->bytes + c->used;
	c->used += rounded;
	arena->used += size;
	return memset(ptr, 0, size);
}

struct str arena_str(struct arena *arena, struct str s)
{
	char *copy = arena_alloc(arena, s.len + 1);

	if (copy == NULL)
		return (struct str){ NULL, 0 };
	if (s.len > 0)
		memcpy(copy, s.ptr, s.len);
	return (struct str){ copy, s.len };
}

struct str arena_strf(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	text = n < 0 ? NULL : arena_alloc(arena, (size_t)n + 1);
	if (text == NULL)
		return (struct str){ NULL, 0 };
	va_start(args, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, args);
	va_end(args);
	return (struct str){ text, (size_t)n };
}

/* Grows at 0, 4, 8, 16 …: the powers of two are the moments when the array is full. */
void *arena_grow(struct arena *arena, void *items, size_t n_items, size_t item_size)
{
	size_t room = n_items < 4 ? 4 : n_items * 2;
	void *bigger;

	if (n_items != 0 && (n_items < 4 || (n_items & (n_items - 1)) != 0))
		return items;
	if (item_size != 0 && room > SIZE_MAX / item_size)
		room = 0;
	bigger = room ? arena_alloc(arena, room * item_size) : NULL;
	if (bigger != NULL && n_items > 0)
		memcpy(bigger, items, n_items * item_size);
	return bigger;
}

bool arena_is_exceeded(const struct arena *arena)
{
	return arena->is_exceeded;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
