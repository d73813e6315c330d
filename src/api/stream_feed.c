/* A round takes all positions that are behind, each with each pair of eyes once, has a reader turn what follows them into text, and
 * hands it out. A client that does not take what it has been given gets nothing more, so that it falls behind instead of filling
 * our memory, and is told to begin anew once it is too far. */
#include <stdlib.h>
#include <unistd.h>

#include "api/streams_inside.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "ingest/ingest.h"
#include "store/writer.h"

enum {
	GATHER_US = 30 * 1000,		/* between rounds: what comes meanwhile travels together */
	WAIT_US = 250 * 1000,		/* until who is full, or a store that is busy, is asked again */
};

static void on_read(void *arg);

bool stream_is_behind(const struct stream *st)
{
	return st->at != writer_last_change(st->home->api->parts.writer);
}

static bool is_full(struct stream *st)
{
	if (http_stream_waiting(st->rq) < STREAM_FULL)
		st->full_since_us = 0;
	else if (st->full_since_us == 0)
		st->full_since_us = clock_mono_us();
	return st->full_since_us != 0;
}

static struct slice *slice_for(struct round *r, struct stream *st)
{
	struct slice *slice;

	for (slice = st->eyes->slices; slice != NULL; slice = slice->next_of_eyes)
		if (slice->from == st->at)
			return slice;
	slice = xnew(struct slice);
	slice->eyes = st->eyes;
	st->eyes->n_users++;
	slice->from = st->at;
	slice->next = r->slices;
	r->slices = slice;
	slice->next_of_eyes = st->eyes->slices;
	st->eyes->slices = slice;
	return slice;
}

static void add_check(struct round *r, int64_t token)
{
	struct token_check *c;

	for (c = r->checks; c != NULL; c = c->next)
		if (c->token == token)
			return;
	c = xnew(struct token_check);
	c->token = token;
	c->next = r->checks;
	r->checks = c;
}

static struct round *round_create(struct streams *s)
{
	struct round *r = xnew(struct round);
	struct stream *st;

	r->streams = s;
	LIST_FOREACH(st, &s->all, all) {
		st->slice = stream_is_behind(st) && !is_full(st) ? slice_for(r, st) : NULL;
		if (s->looks_again)
			add_check(r, st->token);
	}
	s->looks_again = false;
	return r;
}

static void round_destroy(struct round *r)
{
	struct slice *next;

	for (struct slice *slice = r->slices; slice != NULL; slice = next) {
		next = slice->next;
		slice->eyes->slices = NULL;
		eyes_unref(slice->eyes);
	}
	round_finish(r);
	free(r);
}

static void run_on_reader(void *arg)
{
	struct round *r = arg;
	struct api *api = r->streams->api;

	round_run(r, api->parts.dir);
	ingest_call_loop(api->parts.ingest, on_read, r);
}

static void begin_later(struct streams *s, int64_t in_us)
{
	const struct timeval in = { in_us / US_PER_S, in_us % US_PER_S };

	if (s->round == NULL && s->n > 0 && !event_pending(s->timer, EV_TIMEOUT, NULL))
		event_add(s->timer, &in);
}

void feed_soon(struct streams *s)
{
	int64_t now = clock_mono_us();

	begin_later(s, s->not_before_us > now ? s->not_before_us - now : 0);
}

static void begin(struct streams *s)
{
	struct round *r = round_create(s);

	if (r->slices == NULL && r->checks == NULL) {
		round_destroy(r);
		return;
	}
	s->not_before_us = clock_mono_us() + GATHER_US;
	if (!pool_run(s->api->parts.readers, run_on_reader, r)) {
		s->looks_again |= r->checks != NULL;
		round_destroy(r);
		begin_later(s, WAIT_US);
		return;
	}
	s->round = r;
	ingest_enter(s->api->parts.ingest);
}

static bool may_go_on(const struct round *r, const struct stream *st)
{
	for (const struct token_check *c = r->checks; c != NULL; c = c->next)
		if (c->token == st->token)
			return c->is_good;
	return true;
}

static void hand_out(struct streams *s, struct round *r)
{
	struct stream *st, *next;
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	for (st = LIST_FIRST(&s->all); st != NULL; st = next) {
		next = LIST_NEXT(st, all);
		if (!may_go_on(r, st)) {
			stream_end(st);
			continue;
		}
		if (st->slice == NULL)
			continue;
		buf_clear(&text);
		slice_tell(st->slice, &st->topics, &text);
		st->at = st->slice->until;
		stream_give(st, buf_str(&text));
		st->slice = NULL;
	}
	buf_finish(&text);
}

static void forget_slices(struct streams *s)
{
	struct stream *st;

	LIST_FOREACH(st, &s->all, all)
		st->slice = NULL;
}

static void go_on(struct streams *s)
{
	struct stream *st;
	bool waits = false;

	LIST_FOREACH(st, &s->all, all) {
		if (!stream_is_behind(st))
			continue;
		if (!is_full(st)) {
			feed_soon(s);
			return;
		}
		waits = true;
	}
	if (waits)
		begin_later(s, WAIT_US);
}

static void on_read(void *arg)
{
	struct round *r = arg;
	struct streams *s = r->streams;
	bool was_good = r->err.kind == ERR_NONE;

	s->round = NULL;
	if (was_good)
		hand_out(s, r);
	else
		log_warn(NULL, "the live streams wait for the store", kv_s("reason", r->err.msg));
	s->looks_again |= !was_good && r->checks != NULL;
	forget_slices(s);
	round_destroy(r);
	ingest_leave(s->api->parts.ingest);
	if (was_good)
		go_on(s);
	else
		begin_later(s, 4 * WAIT_US);
}

void feed_on_told(evutil_socket_t fd, short what, void *arg)
{
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) > 0)
		feed_soon(arg);
}

void feed_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct streams *s = arg;

	(void)fd, (void)what;
	if (s->round == NULL)
		begin(s);
}
