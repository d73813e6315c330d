/* One arena a message: everything a normalizer makes lives in it and dies with it.
 * Not thread-safe; moves between threads with its message. */
#pragma once

#include <daybook/str.h>

struct arena;

/* max_bytes is the cap on all that is ever taken from it. */
struct arena *arena_create(size_t max_bytes);
void arena_destroy(struct arena *arena);	/* NULL is fine */

/* Zeroed, aligned for anything. NULL once the cap is reached; the arena remembers, so that
 * the pipeline asks arena_is_exceeded() once at the end instead of everyone at each step. */
void *arena_alloc(struct arena *arena, size_t size);
/* The same, not zeroed: for bytes that are written at once. */
char *arena_bytes(struct arena *arena, size_t size);
#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

/* A copy with a terminator behind it (not counted). Empty slice once the cap is reached. */
struct str arena_str(struct arena *arena, struct str s);
struct str arena_strf(struct arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Grows an array of n items by one, doubling; NULL once the cap is reached (old one intact). */
void *arena_grow(struct arena *arena, void *items, size_t n_items, size_t item_size);

bool arena_is_exceeded(const struct arena *arena);
size_t arena_used(const struct arena *arena);
