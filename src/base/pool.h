/* A few threads that run jobs from one bounded queue. Each is started when there is first something for it to do: a pool
 * that nobody uses costs none. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct pool;
typedef void (*pool_fn)(void *arg);

/* n_threads: at most. stack_bytes 0: the system's default. name: at most 15 characters, for ps and gdb. */
struct pool *pool_create(const char *name, size_t n_threads, size_t max_waiting, size_t stack_bytes);
/* Before the first job: its threads give way to the others of this process by so much (setpriority(2)). Threads inherit that: their jobs
 * run nothing on another pool. */
void pool_give_way(struct pool *pool, int nice);
/* Runs what waits, then ends the threads. */
void pool_destroy(struct pool *pool);
bool pool_run(struct pool *pool, pool_fn fn, void *arg);	/* false when full, or without a thread: arg is still yours */
size_t pool_waiting(struct pool *pool);
