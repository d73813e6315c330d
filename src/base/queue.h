/* A bounded queue of pointers between threads. It takes: after a successful push the pointer is not
 * the pusher's any more. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

/* with_eventfd: queue_fd() turns readable while something waits, for a consumer that is a loop. */
struct queue *queue_create(size_t max_items, bool with_eventfd);
void queue_destroy(struct queue *q);		/* must be empty; NULL is fine */
int queue_fd(const struct queue *q);

bool queue_push(struct queue *q, void *item);		/* false when full or closed: still yours */
bool queue_push_wait(struct queue *q, void *item);	/* blocks while full; false only when closed */

/* Up to max items in order. Blocks until there is one, the deadline (monotonic µs, < 0: none) has
 * passed, or the queue is closed and empty; 0 in the latter two. */
size_t queue_pop(struct queue *q, void **items, size_t max, int64_t deadline_us);
/* The same without blocking; clears the eventfd when it empties the queue. */
size_t queue_pop_now(struct queue *q, void **items, size_t max);

void queue_close(struct queue *q);		/* no more pushes; poppers drain and then get 0 */
bool queue_is_closed(struct queue *q);
size_t queue_length(struct queue *q);
