/* Small allocations that end the process when memory is out (the store is crash-safe, the service
 * manager restarts us), and scope-bound cleanup. Never for sizes that input decides: those use
 * arenas and capped buffers. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *xcalloc(size_t n, size_t size) __attribute__((returns_nonnull));
void *xrealloc(void *ptr, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s);			/* NULL gives NULL */
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define xnew(type) ((type *)xcalloc(1, sizeof(type)))

static inline void mem_free_ptr(void *p) { free(*(void **)p); }
static inline void mem_close_fd(const int *fd) { if (*fd >= 0) close(*fd); }
static inline void mem_close_file(FILE **f) { if (*f) fclose(*f); }

#define auto_free __attribute__((cleanup(mem_free_ptr)))
#define auto_close __attribute__((cleanup(mem_close_fd)))
#define auto_file __attribute__((cleanup(mem_close_file)))

#define countof(array) (sizeof(array) / sizeof(*(array)))
