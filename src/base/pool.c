#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/queue.h"

struct task {
	pool_fn fn;
	void *arg;
};

struct pool {
	struct queue *queue;
	pthread_t *threads;
	size_t n_threads;
	char name[16];
};

static void *thread_main(void *arg)
{
	struct pool *pool = arg;
	void *item;

	pthread_setname_np(pthread_self(), pool->name);
	while (queue_pop(pool->queue, &item, 1, -1) == 1) {
		struct task task = *(struct task *)item;

		free(item);
		task.fn(task.arg);
	}
	return NULL;
}

struct pool *pool_create(const char *name, size_t n_threads, size_t max_waiting, size_t stack_bytes)
{
	struct pool *pool = xnew(struct pool);
	sigset_t all, before;
	pthread_attr_t attr;

	strncpy(pool->name, name, sizeof(pool->name) - 1);
	pool->queue = queue_create(max_waiting, false);
	pool->threads = xcalloc(n_threads, sizeof(*pool->threads));
	pthread_attr_init(&attr);
	if (stack_bytes > 0)
		pthread_attr_setstacksize(&attr, stack_bytes);
	/* Signals belong to the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	for (; pool->n_threads < n_threads; pool->n_threads++)
		if (pthread_create(&pool->threads[pool->n_threads], &attr, thread_main, pool) != 0)
			break;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	assert(pool->n_threads > 0);
	return pool;
}

void pool_destroy(struct pool *pool)
{
	if (pool == NULL)
		return;
	queue_close(pool->queue);
	for (size_t i = 0; i < pool->n_threads; i++)
		pthread_join(pool->threads[i], NULL);
	queue_destroy(pool->queue);
	free(pool->threads);
	free(pool);
}

bool pool_run(struct pool *pool, pool_fn fn, void *arg)
{
	struct task *task = xnew(struct task);

	*task = (struct task){ fn, arg };
	if (queue_push(pool->queue, task))
		return true;
	free(task);
	return false;
}

size_t pool_waiting(struct pool *pool)
{
	return queue_length(pool->queue);
}
