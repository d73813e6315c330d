/* The writer thread: the one owner of the read-write handle. It takes all that waits (up to 512),
 * applies each job in one transaction, commits, then completes each. There is no gathering timer: the
 * fsync is the gathering window, but for jobs that say they have time. Beside it a checkpoint helper with a
 * handle of its own. */
#pragma once

#include <stdatomic.h>

#include <daybook/err.h>

#include "store/store.h"

struct writer;

struct job {
	/* Writer thread. May be called more than once (a batch that fails is taken apart and each job
	 * tried alone), so it must not consume what it reads. ERR_AGAIN, ERR_FULL and ERR_IO are the store's to say: with
	 * them nothing more is taken from anybody for a while, whatever the job. */
	bool (*apply)(struct job *job, struct store *st, struct err *err);
	/* Writer thread; once. err NULL: durable. Else nothing of it was kept. Takes the job. */
	void (*done)(struct job *job, const struct err *err);
	/* Writer thread. apply failed by the job's own fault: change it into what can be kept (a dead
	 * letter) and return true to be applied again at once, in the same place of the order. May be NULL. */
	bool (*condemn)(struct job *job, const struct err *err);
	/* One of many that nobody waits for singly: while only such are there, the commit waits up to 20 ms for
	 * 16 of them, which is half the work a job. */
	bool is_patient;
	size_t bytes;			/* about what it holds in memory */
	int64_t queued_us;		/* set by writer_submit */
};

struct writer_limits {
	size_t max_jobs, max_bytes;	/* beyond: refused */
	int64_t max_wait_us;		/* the oldest waits longer than this: refused */
	int64_t min_free_bytes;		/* of the file system: refused */
};

/* Takes st (STORE_WRITER), closes it in writer_destroy. on_fatal runs on the writer thread, once, when
 * the storage has failed: stop accepting and exit 74. */
struct writer *writer_create(struct store *st, const struct writer_limits *limits,
			     void (*on_fatal)(const struct err *err, void *arg), void *arg);
/* Commits what waits, feeds the search index, checkpoints, ends. Whoever submits after it is refused. */
void writer_stop(struct writer *w);
void writer_destroy(struct writer *w);		/* stops it first; nobody may know it any more; NULL is fine */

/* False: saturated or locked by another program (ERR_AGAIN), no room (ERR_FULL), failed (ERR_IO) or ending
 * (ERR_CANCELED); the job is still yours. Any thread; never blocks. */
bool writer_submit(struct writer *w, struct job *job, struct err *why);
/* Blocks while saturated, and only then: the back-pressure of pulls. Never on the loop. */
bool writer_submit_wait(struct writer *w, struct job *job, struct err *why);

/* Blocks until nothing of what was taken away before stands in the log of the database or in the writer's memory (scrub.h), or
 * until_us (clock_mono_us()) has come: ERR_AGAIN. ERR_CANCELED; why nothing is taken at present. Any thread but the loop. */
bool writer_empty_log(struct writer *w, int64_t until_us, const atomic_bool *is_canceled, struct err *why);

/* The number of the last change that is committed (change.h). Any thread. */
int64_t writer_last_change(struct writer *w);
/* An eventfd that turns readable after commits with changes, while tells. The writer's; one listener. */
int writer_change_fd(struct writer *w, bool tells);

enum { WRITER_BUCKETS = 12 };
struct writer_stats {
	uint64_t heartbeats;		/* rises while the thread makes progress, also when idle */
	size_t queue_jobs, queue_bytes;
	int64_t oldest_us;		/* age of the oldest waiting job */
	uint64_t commits, jobs, failures;
	/* Commit latency: counts per bucket, upper bounds in writer_bucket_us[]. */
	uint64_t buckets[WRITER_BUCKETS];
	int64_t commit_us_sum;
	int wal_pages;
	const char *refusal;		/* why nothing can be written now, and the cure; lasts; NULL: it can */
	bool is_full, is_locked, is_failed;
	int64_t free_bytes;
};
extern const int64_t writer_bucket_us[WRITER_BUCKETS];
void writer_get_stats(struct writer *w, struct writer_stats *stats);
