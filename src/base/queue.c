#include "base/queue.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t has_items, has_room;
	void **ring;
	size_t max, head, n;
	int fd;
	bool is_closed;
};

struct queue *queue_create(size_t max_items, bool with_eventfd)
{
	struct queue *q = xnew(struct queue);
	pthread_condattr_t attr;

	q->ring = xcalloc(max_items, sizeof(*q->ring));
	q->max = max_items;
	q->fd = with_eventfd ? eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) : -1;
	assert(!with_eventfd || q->fd >= 0);
	pthread_mutex_init(&q->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&q->has_items, &attr);
	pthread_cond_init(&q->has_room, &attr);
	pthread_condattr_destroy(&attr);
	return q;
}

void queue_destroy(struct queue *q)
{
	if (q == NULL)
		return;
	assert(q->n == 0);
	if (q->fd >= 0)
		close(q->fd);
	pthread_cond_destroy(&q->has_items);
	pthread_cond_destroy(&q->has_room);
	pthread_mutex_destroy(&q->lock);
	free(q->ring);
	free(q);
}

int queue_fd(const struct queue *q)
{
	return q->fd;
}

static bool push_locked(struct queue *q, void *item)
{
	const uint64_t one = 1;

	if (q->is_closed || q->n == q->max)
		return false;
	q->ring[(q->head + q->n) % q->max] = item;
	if (q->n++ == 0) {
		pthread_cond_signal(&q->has_items);
		if (q->fd >= 0 && write(q->fd, &one, sizeof(one)) < 0)
			return true;	/* the counter is full: it is readable already */
	}
	return true;
}

bool queue_push(struct queue *q, void *item)
{
	bool ok;

	pthread_mutex_lock(&q->lock);
	ok = push_locked(q, item);
	pthread_mutex_unlock(&q->lock);
	return ok;
}

bool queue_push_wait(struct queue *q, void *item)
{
	bool ok;

	pthread_mutex_lock(&q->lock);
	while (q->n == q->max && !q->is_closed)
		pthread_cond_wait(&q->has_room, &q->lock);
	ok = push_locked(q, item);
	pthread_mutex_unlock(&q->lock);
	return ok;
}

static size_t pop_locked(struct queue *q, void **items, size_t max)
{
	size_t n = q->n < max ? q->n : max;
	uint64_t count;

	for (size_t i = 0; i < n; i++)
		items[i] = q->ring[(q->head + i) % q->max];
	q->head = (q->head + n) % q->max;
	q->n -= n;
	if (n > 0)
		pthread_cond_broadcast(&q->has_room);
	if (q->n > 0)
		pthread_cond_signal(&q->has_items);
	else if (q->fd >= 0 && read(q->fd, &count, sizeof(count)) < 0)
		return n;		/* nothing to clear */
	return n;
}

size_t queue_pop(struct queue *q, void **items, size_t max, int64_t deadline_us)
{
	struct timespec until = { .tv_sec = deadline_us / US_PER_S,
				  .tv_nsec = deadline_us % US_PER_S * 1000 };
	size_t n;

	pthread_mutex_lock(&q->lock);
	while (q->n == 0 && !q->is_closed) {
		if (deadline_us < 0)
			pthread_cond_wait(&q->has_items, &q->lock);
		else if (pthread_cond_timedwait(&q->has_items, &q->lock, &until) != 0)
			break;
	}
	n = pop_locked(q, items, max);
	pthread_mutex_unlock(&q->lock);
	return n;
}

size_t queue_pop_now(struct queue *q, void **items, size_t max)
{
	size_t n;

	pthread_mutex_lock(&q->lock);
	n = pop_locked(q, items, max);
	pthread_mutex_unlock(&q->lock);
	return n;
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->is_closed = true;
	pthread_cond_broadcast(&q->has_items);
	pthread_cond_broadcast(&q->has_room);
	pthread_mutex_unlock(&q->lock);
}

bool queue_is_closed(struct queue *q)
{
	bool is_closed;

	pthread_mutex_lock(&q->lock);
	is_closed = q->is_closed;
	pthread_mutex_unlock(&q->lock);
	return is_closed;
}

size_t queue_length(struct queue *q)
{
	size_t n;

	pthread_mutex_lock(&q->lock);
	n = q->n;
	pthread_mutex_unlock(&q->lock);
	return n;
}
