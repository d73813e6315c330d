#include "ingest/chain.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/queue.h"
#include "ingest/ingest.h"
#include "ingest/intake.h"
#include "ingest/parse.h"

enum {
	MAX_LINKS = 64,			/* read or waiting for it */
	MAX_BYTES = 6 << 20,		/* of them, but one may be larger */
	MAX_AT_ONCE = 4,		/* in the pool, which is for everybody */
	MAX_WRITING = 64,
};

struct link {
	struct chain *chain;
	struct intake *in;
	size_t bytes;
	bool is_read;			/* the owner's view of it */
	bool is_good;
	struct err why;
};

struct chain {
	const struct ingest_parts *parts;
	struct pool *pool;
	void (*committed)(const struct intake *in, void *arg);
	void *arg;

	/* A ring in the order of arrival; its owner adds at the end and takes from the front, workers read what lies
	 * between n_begun and n. */
	pthread_mutex_t lock;
	struct link links[MAX_LINKS];
	size_t first, n, n_begun, n_workers;
	bool is_orphaned;		/* the last worker frees it */

	struct queue *read;		/* links that a worker is done with */
	struct queue *back;		/* intakes that the writer is done with */
	size_t bytes, n_writing;
	bool is_broken;			/* the writer's */
	struct err error;		/* the first failure */
};

struct chain *chain_create(const struct ingest_parts *parts, struct pool *parse_pool,
			   void (*committed)(const struct intake *in, void *arg), void *arg)
{
	struct chain *c = xnew(struct chain);

	c->parts = parts;
	c->pool = parse_pool;
	c->committed = committed;
	c->arg = arg;
	pthread_mutex_init(&c->lock, NULL);
	c->read = queue_create(MAX_LINKS, false);
	c->back = queue_create(MAX_WRITING, false);
	return c;
}

static void free_chain(struct chain *c)
{
	queue_destroy(c->read);
	queue_destroy(c->back);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* A worker may still be on its way back from the pool: then it is the last. */
void chain_destroy(struct chain *c)
{
	bool is_last;

	pthread_mutex_lock(&c->lock);
	c->is_orphaned = true;
	is_last = c->n_workers == 0;
	pthread_mutex_unlock(&c->lock);
	if (is_last)
		free_chain(c);
}

/* ---- reading, on workers ---- */

/* The next that nobody has begun. A worker that gets NULL has left. */
static struct link *begin_next(struct chain *c)
{
	struct link *next = NULL;
	bool is_last;

	pthread_mutex_lock(&c->lock);
	while (next == NULL && c->n_begun < c->n) {
		struct link *link = &c->links[(c->first + c->n_begun++) % MAX_LINKS];

		if (!link->is_read)
			next = link;
	}
	is_last = next == NULL && --c->n_workers == 0 && c->is_orphaned;
	pthread_mutex_unlock(&c->lock);
	if (is_last)
		free_chain(c);
	return next;
}

/* One message, then to the end of the pool's queue: a large mailbox must not keep others waiting. */
static void read_one(void *arg)
{
	struct chain *c = arg;
	struct link *link;

	while ((link = begin_next(c)) != NULL) {
		link->is_good = intake_parse(link->in, c->parts->parsers, c->parts->dir, &link->why);
		if (link->is_good)
			intake_forget_body(link->in);
		queue_push(c->read, link);
		if (pool_run(c->pool, read_one, c))
			return;
	}
}

static bool may_hire(struct chain *c)
{
	bool may;

	pthread_mutex_lock(&c->lock);
	may = c->n_workers < MAX_AT_ONCE && c->n_begun < c->n;
	c->n_workers += may;
	pthread_mutex_unlock(&c->lock);
	return may;
}

/* A pool that is full has nobody to spare: then it is read here. */
static void hire(struct chain *c)
{
	if (may_hire(c) && !pool_run(c->pool, read_one, c))
		read_one(c);
}

/* ---- writing ---- */

/* Writer thread: never blocks, there is room for all of ours. */
static void on_finished(struct intake *in, const struct err *err)
{
	struct chain *c = in->arg;

	in->verdict = err ? *err : (struct err){ .kind = ERR_NONE };
	queue_push(c->back, in);
}

static void fail(struct chain *c, const struct err *err)
{
	if (c->error.kind == ERR_NONE)
		c->error = *err;
}

static void take_one_back(struct chain *c)
{
	void *item;
	struct intake *in;

	if (queue_pop(c->back, &item, 1, -1) != 1)
		return;
	in = item;
	c->n_writing--;
	if (in->verdict.kind == ERR_NONE)
		c->committed(in, c->arg);
	else
		fail(c, &in->verdict);
	intake_destroy(in);
}

static void submit(struct chain *c, struct intake *in)
{
	struct err err;

	while (c->n_writing >= MAX_WRITING)
		take_one_back(c);
	if (c->error.kind == ERR_NONE) {
		if (writer_submit_wait(c->parts->writer, &in->job, &err)) {
			c->n_writing++;
			return;
		}
		fail(c, &err);
	}
	intake_destroy(in);
}

/* ---- the ring, its owner's side ---- */

static struct link *front(struct chain *c)
{
	return &c->links[c->first % MAX_LINKS];
}

/* Hears of what has been read; waits for one when `wait`. */
static void hear(struct chain *c, bool wait)
{
	void *items[MAX_LINKS];
	size_t n = wait ? queue_pop(c->read, items, MAX_LINKS, -1) : queue_pop_now(c->read, items, MAX_LINKS);

	for (size_t i = 0; i < n; i++)
		((struct link *)items[i])->is_read = true;
}

/* The first of the ring to the writer, once it is read. */
static void pass_on_front(struct chain *c)
{
	struct link *link = front(c);
	struct intake *in = link->in;

	while (!link->is_read)
		hear(c, true);
	if (!link->is_good)
		fail(c, &link->why);
	c->bytes -= link->bytes;
	pthread_mutex_lock(&c->lock);
	c->first = (c->first + 1) % MAX_LINKS;
	c->n--;
	c->n_begun -= c->n_begun > 0;
	pthread_mutex_unlock(&c->lock);
	submit(c, in);
}

static void append(struct chain *c, struct intake *in, enum chain_kind kind)
{
	const size_t bytes = in->raw.body.len;	/* a worker may drop the body as soon as it stands in the ring */

	pthread_mutex_lock(&c->lock);
	c->links[(c->first + c->n) % MAX_LINKS] = (struct link){
		.chain = c, .in = in, .bytes = bytes, .is_read = kind == CHAIN_READY, .is_good = true,
	};
	c->n++;
	pthread_mutex_unlock(&c->lock);
	c->bytes += bytes;
}

bool chain_add(struct chain *c, struct intake *in, enum chain_kind kind, struct err *err)
{
	in->finished = on_finished;
	in->arg = c;
	in->is_chain_broken = &c->is_broken;
	while (c->n > 0 && (c->n == MAX_LINKS || c->bytes + in->raw.body.len > MAX_BYTES))
		pass_on_front(c);
	append(c, in, kind);
	hire(c);
	hear(c, false);
	while (c->n > 0 && front(c)->is_read)
		pass_on_front(c);
	if (c->error.kind == ERR_NONE)
		return true;
	*err = c->error;
	return false;
}

bool chain_flush(struct chain *c, struct err *err)
{
	while (c->n > 0)
		pass_on_front(c);
	while (c->n_writing > 0)
		take_one_back(c);
	if (c->error.kind == ERR_NONE)
		return true;
	*err = c->error;
	return false;
}
