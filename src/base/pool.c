#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/queue.h"

struct task {
	pool_fn fn;
	void *arg;
};

struct pool {
	struct queue *queue;
	pthread_mutex_t lock;
	pthread_attr_t attr;
	pthread_t *threads;
	size_t n_threads, max_threads;
	size_t n_open;			/* tasks that wait or run */
	char name[16];
	int nice;
};

static void end_task(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->n_open--;
	pthread_mutex_unlock(&pool->lock);
}

static void *thread_main(void *arg)
{
	struct pool *pool = arg;
	void *item;

	pthread_setname_np(pthread_self(), pool->name);
	if (pool->nice != 0)
		setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + pool->nice);	/* 0: this thread, on Linux; where it is forbidden it is as before */
	while (queue_pop(pool->queue, &item, 1, -1) == 1) {
		struct task task = *(struct task *)item;

		free(item);
		task.fn(task.arg);
		end_task(pool);
	}
	return NULL;
}

struct pool *pool_create(const char *name, size_t n_threads, size_t max_waiting, size_t stack_bytes)
{
	struct pool *pool = xnew(struct pool);

	assert(n_threads > 0);
	strncpy(pool->name, name, sizeof(pool->name) - 1);
	pool->queue = queue_create(max_waiting, false);
	pool->threads = xcalloc(n_threads, sizeof(*pool->threads));
	pool->max_threads = n_threads;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_attr_init(&pool->attr);
	if (stack_bytes > 0)
		pthread_attr_setstacksize(&pool->attr, stack_bytes);
	return pool;
}

void pool_give_way(struct pool *pool, int nice)
{
	pool->nice = nice;
}

void pool_destroy(struct pool *pool)
{
	if (pool == NULL)
		return;
	queue_close(pool->queue);
	for (size_t i = 0; i < pool->n_threads; i++)
		pthread_join(pool->threads[i], NULL);
	queue_destroy(pool->queue);
	pthread_attr_destroy(&pool->attr);
	pthread_mutex_destroy(&pool->lock);
	free(pool->threads);
	free(pool);
}

/* One more, if there are fewer than tasks. False when nobody would run them. */
static bool hire(struct pool *pool)
{
	sigset_t all, before;

	if (pool->n_open < pool->n_threads || pool->n_threads == pool->max_threads)
		return true;
	/* Signals belong to the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	if (pthread_create(&pool->threads[pool->n_threads], &pool->attr, thread_main, pool) == 0)
		pool->n_threads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pool->n_threads > 0;
}

bool pool_run(struct pool *pool, pool_fn fn, void *arg)
{
	struct task *task = xnew(struct task);
	bool ok;

	*task = (struct task){ fn, arg };
	pthread_mutex_lock(&pool->lock);
	ok = hire(pool) && queue_push(pool->queue, task);
	pool->n_open += ok;
	pthread_mutex_unlock(&pool->lock);
	if (!ok)
		free(task);
	return ok;
}

size_t pool_waiting(struct pool *pool)
{
	return queue_length(pool->queue);
}
