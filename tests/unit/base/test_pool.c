/* A pool has a thread when there is something to do for it, and no more of them than were agreed. */
#include <dirent.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/pool.h"

#include "../check_main.h"

static atomic_int running, most, done;
static sem_t go, begun;

static void setup(void)
{
	atomic_store(&running, 0);
	atomic_store(&most, 0);
	atomic_store(&done, 0);
	sem_init(&go, 0, 0);
	sem_init(&begun, 0, 0);
}

static void wait_for_go(void *arg)
{
	int now = atomic_fetch_add(&running, 1) + 1;

	(void)arg;
	if (now > atomic_load(&most))
		atomic_store(&most, now);
	sem_post(&begun);
	sem_wait(&go);
	atomic_fetch_sub(&running, 1);
	atomic_fetch_add(&done, 1);
}

START_TEST(tasks_run_side_by_side_by_no_more_threads_than_agreed)
{
	struct pool *pool;

	setup();
	pool = pool_create("pool", 3, 8, 0);
	for (int i = 0; i < 7; i++)
		ck_assert(pool_run(pool, wait_for_go, NULL));
	for (int i = 0; i < 3; i++)
		sem_wait(&begun);
	ck_assert_uint_eq(pool_waiting(pool), 4);
	for (int i = 0; i < 7; i++)
		sem_post(&go);
	pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&done), 7);
	ck_assert_int_eq(atomic_load(&most), 3);
}
END_TEST

START_TEST(a_full_pool_leaves_the_task_to_whoever_has_it)
{
	struct pool *pool;

	setup();
	pool = pool_create("pool", 1, 1, 0);
	ck_assert(pool_run(pool, wait_for_go, NULL));
	sem_wait(&begun);
	ck_assert(pool_run(pool, wait_for_go, NULL));
	ck_assert(!pool_run(pool, wait_for_go, NULL));
	sem_post(&go);
	sem_post(&go);
	pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&done), 2);
}
END_TEST

static int count_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	int n = 0;

	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

START_TEST(a_thread_is_there_once_there_is_something_to_do)
{
	int before = count_threads();
	struct pool *pool;

	setup();
	pool = pool_create("pool", 4, 8, 0);
	ck_assert_int_eq(count_threads(), before);
	ck_assert(pool_run(pool, wait_for_go, NULL));
	sem_wait(&begun);
	ck_assert_int_eq(count_threads(), before + 1);
	sem_post(&go);
	pool_destroy(pool);
}
END_TEST

START_TEST(a_pool_that_nobody_uses_ends)
{
	pool_destroy(pool_create("pool", 4, 8, 0));
	pool_destroy(NULL);
}
END_TEST

RUN("pool", tasks_run_side_by_side_by_no_more_threads_than_agreed, a_full_pool_leaves_the_task_to_whoever_has_it,
    a_thread_is_there_once_there_is_something_to_do, a_pool_that_nobody_uses_ends)
