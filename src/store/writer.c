#include "store/writer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/queue.h"
#include "store/change.h"
#include "store/checkpoint.h"
#include "store/obstacle.h"
#include "store/room.h"

enum {
	MAX_BATCH = 512,
	GATHER_JOBS = 16, GATHER_US = 20000,	/* of those that are patient */
	SEARCH_SLICE = 1024,
	IDLE_US = 200000,		/* how long a quiet writer sleeps */
	SEARCH_WAIT_US = 300000,	/* the index lags at most this and one commit */
	LISTED_SAID = 250000,
	EMPTY_EVERY_US = 50000,		/* while somebody reads */
	TRIM_EVERY_US = 10000000, TRIM_ROWS = 5000,	/* of the log of changes; while more waits, at each turn */
};

const int64_t writer_bucket_us[WRITER_BUCKETS] = {
	500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000,
};

struct writer {
	struct store *st;
	struct writer_limits limits;
	void (*on_fatal)(const struct err *err, void *arg);
	void *on_fatal_arg;
	struct queue *queue;
	struct checkpoint *checkpoint;
	struct room *room;
	struct obstacle obstacle;
	pthread_t thread;

	/* Written by the thread, read by anybody. */
	atomic_uint_fast64_t heartbeats, commits, jobs, failures;
	atomic_uint_fast64_t buckets[WRITER_BUCKETS];
	atomic_int_fast64_t commit_us_sum, oldest_queued_us;
	atomic_size_t bytes, waiting;
	atomic_bool is_failed;
	atomic_int wal_pages;
	atomic_int_fast64_t last_change;
	atomic_bool tells_changes;
	int change_fd;
	atomic_int_fast64_t emptied;	/* the last of asked_empty that is done */

	/* Written by anybody. */
	atomic_int_fast64_t asked_empty;
	atomic_int n_emptying;		/* who wait for it: whoever gave up does not */

	/* The thread's own. */
	size_t unindexed;
	int64_t unindexed_since_us;
	bool is_search_broken;
	bool is_listing;		/* entries from before there was a list of parties wait for it */
	size_t listed;
	int64_t next_trim_us, next_empty_us;

	bool is_stopped;		/* the owner's */
};

static void complete(struct writer *w, struct job *job, const struct err *err)
{
	atomic_fetch_sub(&w->bytes, job->bytes);
	atomic_fetch_sub(&w->waiting, 1);
	atomic_fetch_add(err ? &w->failures : &w->jobs, 1);
	job->done(job, err);
}

static void note_commit(struct writer *w, int64_t took_us)
{
	size_t i = 0;

	while (i < WRITER_BUCKETS - 1 && took_us > writer_bucket_us[i])
		i++;
	atomic_fetch_add(&w->buckets[i], 1);
	atomic_fetch_add(&w->commit_us_sum, took_us);
	atomic_fetch_add(&w->commits, 1);
	atomic_store(&w->wal_pages, store_wal_pages(w->st));
}

static void tell_changes(struct writer *w)
{
	const int64_t last = store_last_change(w->st);
	const uint64_t one = 1;

	if (atomic_exchange(&w->last_change, last) != last && atomic_load(&w->tells_changes) &&
	    write(w->change_fd, &one, sizeof(one)) < 0)
		return;		/* the counter is full: nobody has read it for long, and it is readable still */
}

/* One transaction over these jobs; false leaves nothing behind. */
static bool try_batch(struct writer *w, struct job **jobs, size_t n, struct err *err)
{
	int64_t start = clock_mono_us();

	if (!store_begin(w->st, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!jobs[i]->apply(jobs[i], w->st, err)) {
			store_rollback(w->st);
			return false;
		}
	}
	if (!store_commit(w->st, err)) {
		store_rollback(w->st);
		return false;
	}
	note_commit(w, clock_mono_us() - start);
	tell_changes(w);
	if (w->unindexed == 0)
		w->unindexed_since_us = clock_mono_us();
	w->unindexed += n;
	return true;
}

/* The storage failed: whatever is on the disk now, this process must not go on with its handles. The mark makes the
 * next start look the store over first. */
static void fail(struct writer *w, const struct err *err)
{
	if (atomic_exchange(&w->is_failed, true))
		return;
	store_mark_suspect(store_dir(w->st), true);
	w->on_fatal(err, w->on_fatal_arg);
}

static bool concerns_everyone(enum err_kind kind)
{
	return kind == ERR_IO || kind == ERR_FULL || kind == ERR_AGAIN;
}

static void note_failure(struct writer *w, const struct err *err)
{
	if (err->kind == ERR_IO)
		fail(w, err);
	if (err->kind == ERR_FULL)
		room_give_up_reserve(w->room);
	obstacle_note(&w->obstacle, w->st, err);
}

/* One bad job must not fail its neighbours: each again, alone. */
static void take_apart(struct writer *w, struct job **jobs, size_t n)
{
	struct err err;

	for (size_t i = 0; i < n; i++) {
		bool ok = try_batch(w, &jobs[i], 1, &err);

		if (!ok && !concerns_everyone(err.kind) && jobs[i]->condemn != NULL &&
		    jobs[i]->condemn(jobs[i], &err))
			ok = try_batch(w, &jobs[i], 1, &err);
		if (!ok)
			note_failure(w, &err);
		complete(w, jobs[i], ok ? NULL : &err);
	}
}

static void run_batch(struct writer *w, struct job **jobs, size_t n)
{
	struct err err = { .kind = ERR_IO, .msg = "the storage failed" };
	bool ok = !atomic_load(&w->is_failed) && try_batch(w, jobs, n, &err);

	if (!ok)
		note_failure(w, &err);
	if (!ok && !concerns_everyone(err.kind)) {
		take_apart(w, jobs, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		complete(w, jobs[i], ok ? NULL : &err);
}

/* A damaged index loses no message, and a restart would not mend it: said once, and left alone. */
static void note_search_failure(struct writer *w, const struct err *err)
{
	if (concerns_everyone(err->kind) && !store_is_damaged(w->st)) {
		note_failure(w, err);
		return;
	}
	log_error(NULL, "the search index is damaged: what comes in is stored but not found by search; stop "
		  "daybookd, run \"daybook rebuild\", start it", kv_s("reason", err->msg));
	w->is_search_broken = true;
}

/* After an upgrade all entries wait to be listed: a slice at each turn, so that nobody who sends a message waits for more. */
static void note_listed(struct writer *w, size_t n)
{
	const size_t before = w->listed;

	w->listed = w->is_listing || n == SEARCH_SLICE ? before + n : 0;
	if (w->listed / LISTED_SAID > before / LISTED_SAID)
		log_info(NULL, "from: and to: are slower until all entries are listed by who took part", kv_i("listed", w->listed));
	if (w->is_listing && n < SEARCH_SLICE) {
		log_info(NULL, "all entries are listed by who took part", kv_i("listed", w->listed));
		w->listed = 0;
	}
	w->is_listing = n == SEARCH_SLICE;
}

/* A failure (false) waits for the next time: the watermarks are durable. */
static bool feed_search(struct writer *w)
{
	struct err err;
	size_t fed, listed;

	if (atomic_load(&w->is_failed) || w->is_search_broken)
		return false;
	if (!store_feed_search(w->st, SEARCH_SLICE, &fed, &err) || !store_feed_parties(w->st, SEARCH_SLICE, &listed, &err)) {
		note_search_failure(w, &err);
		w->unindexed_since_us = clock_mono_us();
		return false;
	}
	if (fed < SEARCH_SLICE)
		w->unindexed = 0;
	note_listed(w, listed);
	w->unindexed_since_us = clock_mono_us();
	return true;
}

static void trim_changes(struct writer *w, int64_t now)
{
	struct err err;
	int n;

	if (now < w->next_trim_us)
		return;
	if (!store_trim_changes(w->st, clock_wall_us(), TRIM_ROWS, &n, &err)) {
		note_failure(w, &err);
		n = 0;
	}
	w->next_trim_us = n < TRIM_ROWS ? now + TRIM_EVERY_US : now;
}

static void empty_log(struct writer *w, int64_t now)
{
	int64_t asked = atomic_load(&w->asked_empty);
	struct err err;
	bool is_empty;

	if (atomic_load(&w->n_emptying) == 0 || asked == atomic_load(&w->emptied) || now < w->next_empty_us)
		return;
	if (!store_empty_log(w->st, &is_empty, &err))
		note_failure(w, &err);
	else if (is_empty)
		atomic_store(&w->emptied, asked);
	w->next_empty_us = now + EMPTY_EVERY_US;
}

static void keep_tidy(struct writer *w, int64_t now)
{
	struct err err;

	trim_changes(w, now);
	empty_log(w, now);
	if (w->unindexed >= SEARCH_SLICE ||
	    ((w->unindexed > 0 || w->is_listing) && now - w->unindexed_since_us >= SEARCH_WAIT_US))
		feed_search(w);
	if (!atomic_load(&w->is_failed) &&
	    !checkpoint_step(w->checkpoint, w->st, store_wal_pages(w->st), &err))
		note_failure(w, &err);
}

static void upkeep(struct writer *w)
{
	struct err err;
	int64_t now = clock_mono_us();

	if (!atomic_load(&w->is_failed) && !obstacle_try(&w->obstacle, w->st, &err))
		note_failure(w, &err);
	if (!atomic_load(&w->is_failed) && obstacle_text(&w->obstacle) == NULL)
		keep_tidy(w, now);
	room_look(w->room, now);
}

static bool are_patient(void **items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!((struct job *)items[i])->is_patient)
			return false;
	return true;
}

/* More to those n that are there; how many they are then. */
static size_t gather(struct writer *w, void **items, size_t n)
{
	const int64_t until = clock_mono_us() + GATHER_US;
	size_t more = n;

	while (more > 0 && n < GATHER_JOBS && are_patient(items, n)) {
		more = queue_pop(w->queue, items + n, MAX_BATCH - n, until);
		n += more;
	}
	return n;
}

static void *thread_main(void *arg)
{
	struct writer *w = arg;
	void *items[MAX_BATCH];
	size_t n;

	pthread_setname_np(pthread_self(), "daybook-writer");
	w->unindexed = 1;		/* what the last run left behind the watermark */
	for (;;) {
		n = queue_pop(w->queue, items, MAX_BATCH, clock_mono_us() + IDLE_US);
		if (n > 0) {
			n = gather(w, items, n);
			run_batch(w, (struct job **)items, n);
			atomic_store(&w->oldest_queued_us, 0);
		}
		atomic_fetch_add(&w->heartbeats, 1);
		upkeep(w);
		if (n == 0 && queue_is_closed(w->queue))
			break;
	}
	while (w->unindexed > 0 && feed_search(w))
		;
	return NULL;
}

struct writer *writer_create(struct store *st, const struct writer_limits *limits,
			     void (*on_fatal)(const struct err *err, void *arg), void *arg)
{
	struct writer *w = xnew(struct writer);
	sigset_t all, before;

	w->st = st;
	w->limits = *limits;
	w->on_fatal = on_fatal;
	w->on_fatal_arg = arg;
	w->queue = queue_create(limits->max_jobs, false);
	w->checkpoint = checkpoint_create(store_dir(st));
	w->room = room_create(store_dir(st), limits->min_free_bytes);
	w->change_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->change_fd < 0)
		abort();
	atomic_store(&w->last_change, store_last_change(st));
	room_look(w->room, clock_mono_us());
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	if (pthread_create(&w->thread, NULL, thread_main, w) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return w;
}

void writer_stop(struct writer *w)
{
	struct err err;

	if (w->is_stopped)
		return;
	w->is_stopped = true;
	queue_close(w->queue);
	pthread_join(w->thread, NULL);
	checkpoint_destroy(w->checkpoint);
	if (!atomic_load(&w->is_failed))
		store_checkpoint(w->st, true, NULL, NULL, &err);
}

void writer_destroy(struct writer *w)
{
	if (w == NULL)
		return;
	writer_stop(w);
	room_destroy(w->room);
	queue_destroy(w->queue);
	close(w->change_fd);
	store_close(w->st);
	free(w);
}

/* Why nothing is taken at all, whoever asks; NULL with ERR_NONE when it is. */
static const char *refusal(struct writer *w, enum err_kind *kind)
{
	const char *obstacle = obstacle_text(&w->obstacle);

	if (atomic_load(&w->is_failed)) {
		*kind = ERR_IO;
		return "the storage failed";
	}
	if (obstacle != NULL) {
		*kind = obstacle_is_lock(&w->obstacle) ? ERR_AGAIN : ERR_FULL;
		return obstacle;
	}
	*kind = room_is_enough(w->room) ? ERR_NONE : ERR_FULL;
	return *kind == ERR_NONE ? NULL : obstacle_words(ENOSPC);
}

static bool may_enter(struct writer *w, size_t bytes, int64_t now, struct err *why)
{
	int64_t oldest = atomic_load(&w->oldest_queued_us);
	enum err_kind kind;
	const char *refused = refusal(w, &kind);

	if (refused != NULL)
		return err_setf(why, kind, "%s", refused);
	if (atomic_load(&w->bytes) + bytes > w->limits.max_bytes && atomic_load(&w->waiting) > 0)
		return err_setf(why, ERR_AGAIN, "%zu bytes wait for the store", atomic_load(&w->bytes));
	if (oldest != 0 && now - oldest > w->limits.max_wait_us)
		return err_setf(why, ERR_AGAIN, "the store has been busy for %lld ms",
				(long long)((now - oldest) / 1000));
	return true;
}

static void enter(struct writer *w, struct job *job, int64_t now)
{
	int64_t none = 0;

	job->queued_us = now;
	atomic_fetch_add(&w->bytes, job->bytes);
	atomic_fetch_add(&w->waiting, 1);
	atomic_compare_exchange_strong(&w->oldest_queued_us, &none, now);
}

static void leave(struct writer *w, const struct job *job)
{
	atomic_fetch_sub(&w->bytes, job->bytes);
	atomic_fetch_sub(&w->waiting, 1);
}

bool writer_submit(struct writer *w, struct job *job, struct err *why)
{
	int64_t now = clock_mono_us();

	if (!may_enter(w, job->bytes, now, why))
		return false;
	enter(w, job, now);
	if (queue_push(w->queue, job))
		return true;
	leave(w, job);
	if (queue_is_closed(w->queue))
		return err_setf(why, ERR_CANCELED, "shutting down");
	return err_setf(why, ERR_AGAIN, "%zu jobs wait for the store", w->limits.max_jobs);
}

bool writer_submit_wait(struct writer *w, struct job *job, struct err *why)
{
	int64_t now;

	for (;;) {
		now = clock_mono_us();
		if (may_enter(w, job->bytes, now, why))
			break;
		if (why->kind != ERR_AGAIN || obstacle_is_lock(&w->obstacle))
			return false;
		usleep(5000);
	}
	enter(w, job, now);
	if (queue_push_wait(w->queue, job))
		return true;
	leave(w, job);
	return err_setf(why, ERR_CANCELED, "shutting down");
}

static bool wait_for_empty_log(struct writer *w, int64_t until_us, const atomic_bool *is_canceled, struct err *why)
{
	int64_t mine = atomic_fetch_add(&w->asked_empty, 1) + 1;
	enum err_kind kind;
	const char *refused;

	while (atomic_load(&w->emptied) < mine) {
		refused = refusal(w, &kind);
		if (refused != NULL)
			return err_setf(why, kind, "%s", refused);
		if (atomic_load(is_canceled))
			return err_setf(why, ERR_CANCELED, "canceled");
		if (clock_mono_us() > until_us)
			return err_setf(why, ERR_AGAIN, "somebody reads the database for so long that its log cannot be emptied, where "
					"what was taken away still stands: end the backup or the sqlite3 that does (fuser %s/daybook.db "
					"shows which)", store_dir(w->st));
		usleep(5000);
	}
	return true;
}

bool writer_empty_log(struct writer *w, int64_t until_us, const atomic_bool *is_canceled, struct err *why)
{
	bool ok;

	atomic_fetch_add(&w->n_emptying, 1);
	ok = wait_for_empty_log(w, until_us, is_canceled, why);
	atomic_fetch_sub(&w->n_emptying, 1);
	return ok;
}

int64_t writer_last_change(struct writer *w)
{
	return atomic_load(&w->last_change);
}

int writer_change_fd(struct writer *w, bool tells)
{
	atomic_store(&w->tells_changes, tells);
	return w->change_fd;
}

void writer_get_stats(struct writer *w, struct writer_stats *s)
{
	int64_t oldest = atomic_load(&w->oldest_queued_us);
	enum err_kind kind;
	const char *refused = refusal(w, &kind);

	*s = (struct writer_stats){
		.heartbeats = atomic_load(&w->heartbeats),
		.queue_jobs = atomic_load(&w->waiting),
		.queue_bytes = atomic_load(&w->bytes),
		.oldest_us = oldest ? clock_mono_us() - oldest : 0,
		.commits = atomic_load(&w->commits),
		.jobs = atomic_load(&w->jobs),
		.failures = atomic_load(&w->failures),
		.commit_us_sum = atomic_load(&w->commit_us_sum),
		.wal_pages = atomic_load(&w->wal_pages),
		.refusal = refused,
		.is_failed = kind == ERR_IO,
		.is_locked = kind == ERR_AGAIN,
		.is_full = kind == ERR_FULL,
		.free_bytes = room_free_bytes(w->room),
	};
	for (size_t i = 0; i < WRITER_BUCKETS; i++)
		s->buckets[i] = atomic_load(&w->buckets[i]);
}
