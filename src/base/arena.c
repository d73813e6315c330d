#include <daybook/arena.h>

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/perthread.h"

enum { FIRST_CHUNK = 8192, LARGEST_CHUNK = 1 << 20, MAX_SPARE = 256 };

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

/* First chunks that this thread has no use for at the moment: a message a chunk, made and dropped
 * thousands of times a second, is too large for malloc's own caches. */
struct spare {
	struct chunk *chunks;
	size_t n;
};

static void *make_spare(void)
{
	return xnew(struct spare);
}

static void destroy_spare(void *arg)
{
	struct spare *spare = arg;

	for (struct chunk *c = spare->chunks, *older; c != NULL; c = older) {
		older = c->older;
		free(c);
	}
	free(spare);
}

static struct perthread spares = PERTHREAD(make_spare, destroy_spare);

static struct chunk *first_chunk(void)
{
	struct spare *spare = perthread_get(&spares);
	struct chunk *c = spare->chunks;

	if (c == NULL) {
		c = xcalloc(1, sizeof(*c) + FIRST_CHUNK);
		c->size = FIRST_CHUNK;
		return c;
	}
	spare->chunks = c->older;
	spare->n--;
	return c;
}

static void drop_chunk(struct chunk *c)
{
	struct spare *spare = perthread_get(&spares);

	if (c->size != FIRST_CHUNK || spare->n >= MAX_SPARE) {
		free(c);
		return;
	}
	c->older = spare->chunks;
	spare->chunks = c;
	spare->n++;
}

/* The arena itself stands at the front of its first chunk. */
struct arena *arena_create(size_t max_bytes)
{
	const size_t rounded = (sizeof(struct arena) + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct chunk *c = first_chunk();
	struct arena *arena = (struct arena *)c->bytes;

	c->older = NULL;
	c->used = rounded;
	*arena = (struct arena){ .newest = c, .max_bytes = max_bytes };
	return arena;
}

void arena_destroy(struct arena *arena)
{
	if (arena == NULL)
		return;
	for (struct chunk *c = arena->newest, *older; c != NULL; c = older) {
		older = c->older;
		drop_chunk(c);
	}
}

static struct chunk *add_chunk(struct arena *arena, size_t at_least)
{
	size_t size = arena->newest->size * 2;
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

char *arena_bytes(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct chunk *c = arena->newest;
	size_t rounded;
	char *ptr;

	if (size > arena->max_bytes || arena->used > arena->max_bytes - size) {
		arena->is_exceeded = true;
		return NULL;
	}
	rounded = (size + align - 1) & ~(align - 1);
	if (c->size - c->used < rounded)
		c = add_chunk(arena, rounded);
	if (c == NULL) {
		arena->is_exceeded = true;
		return NULL;
	}
	ptr = c->bytes + c->used;
	c->used += rounded;
	arena->used += size;
	return ptr;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *ptr = arena_bytes(arena, size);

	return ptr == NULL ? NULL : memset(ptr, 0, size);
}

struct str arena_str(struct arena *arena, struct str s)
{
	char *copy = arena_bytes(arena, s.len + 1);

	if (copy == NULL)
		return (struct str){ NULL, 0 };
	if (s.len > 0)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
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
	text = n < 0 ? NULL : arena_bytes(arena, (size_t)n + 1);
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
