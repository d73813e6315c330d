#include "store/checkpoint.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/queue.h"

enum { SOFT_PAGES = 4000, HARD_PAGES = 16000 };

enum phase { IDLE, HELPER_WORKS, WRITER_FINISHES };

struct checkpoint {
	char *dir;
	struct queue *wake;
	pthread_t thread;
	_Atomic enum phase phase;
};

static void *thread_main(void *arg)
{
	struct checkpoint *c = arg;
	struct store *st = NULL;
	struct err err;
	void *item;

	pthread_setname_np(pthread_self(), "daybook-ckpt");
	while (queue_pop(c->wake, &item, 1, -1) == 1) {
		/* What fails here is done again, and reported, by the writer. */
		if (st != NULL || store_open(c->dir, STORE_HELPER, &st, &err))
			store_checkpoint(st, false, NULL, NULL, &err);
		atomic_store(&c->phase, WRITER_FINISHES);
	}
	store_close(st);
	return NULL;
}

struct checkpoint *checkpoint_create(const char *dir)
{
	struct checkpoint *c = xnew(struct checkpoint);
	sigset_t all, before;

	c->dir = xstrdup(dir);
	c->wake = queue_create(1, false);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	if (pthread_create(&c->thread, NULL, thread_main, c) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return c;
}

void checkpoint_destroy(struct checkpoint *c)
{
	if (c == NULL)
		return;
	queue_close(c->wake);
	pthread_join(c->thread, NULL);
	queue_destroy(c->wake);
	free(c->dir);
	free(c);
}

bool checkpoint_step(struct checkpoint *c, struct store *writer, int wal_pages, struct err *err)
{
	if (wal_pages < SOFT_PAGES)
		return true;
	if (atomic_load(&c->phase) == WRITER_FINISHES || wal_pages >= HARD_PAGES) {
		if (atomic_load(&c->phase) == WRITER_FINISHES)
			atomic_store(&c->phase, IDLE);
		return store_checkpoint(writer, false, NULL, NULL, err);
	}
	if (atomic_load(&c->phase) == IDLE) {
		atomic_store(&c->phase, HELPER_WORKS);
		if (!queue_push(c->wake, c))
			atomic_store(&c->phase, IDLE);
	}
	return true;
}
