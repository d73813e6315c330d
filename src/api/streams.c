/* Everybody who listens. A round takes all positions that are behind, each with each pair of eyes once, has a reader turn what
 * follows them into text, and hands it out. A client that does not take what it has been given gets nothing more, so that it
 * falls behind instead of filling our memory, and is told to begin anew once it is too far. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/call.h"
#include "api/stream.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "conf/config.h"
#include "ingest/ingest.h"
#include "store/writer.h"

enum {
	GATHER_US = 30 * 1000,		/* between rounds: what comes meanwhile travels together */
	WAIT_US = 250 * 1000,		/* until who is full, or a store that is busy, is asked again */
	TICK_S = 5,
	BEAT_TICKS = 3,			/* a sign of life each so many, so that proxies keep the connection */
	STUCK_US = 60 * 1000 * 1000,	/* a client that takes nothing for so long is gone */
	MAX_EYES = 1 << 20,
};

struct stream {
	LIST_ENTRY(stream) all;
	struct streams *home;
	struct http_request *rq;
	struct eyes *eyes;
	int64_t token, expires_us;
	char *role, *staff;
	struct topics topics;
	int64_t at;			/* the last change it was given, or that was passed over */
	int64_t full_since_us;		/* 0: it takes what it is given */
	bool is_quiet;			/* nothing was sent since the last tick */
	struct slice *slice;		/* of the round that is running; NULL: it takes no part */
};

struct streams {
	struct api *api;
	LIST_HEAD(, stream) all;
	LIST_HEAD(, eyes) eyes;
	size_t n;
	struct event *told, *timer, *tick;
	struct round *round;		/* NULL: none is running */
	int64_t not_before_us;
	unsigned n_ticks;
	bool looks_again, is_ending;
};

/* ---- eyes ---- */

static bool is_same(const struct eyes *e, const struct powers *powers, const struct viewer *v)
{
	return e->powers.rights == powers->rights && e->viewer.sees == v->sees && str_eq(e->viewer.me, v->me) &&
	       str_eq(e->viewer.team, v->team);
}

static struct eyes *eyes_ref(struct streams *s, const struct powers *powers, const struct viewer *v)
{
	struct eyes *e;

	LIST_FOREACH(e, &s->eyes, all) {
		if (!is_same(e, powers, v))
			continue;
		e->n_users++;
		return e;
	}
	e = xnew(struct eyes);
	e->n_users = 1;
	e->arena = arena_create(MAX_EYES);
	e->powers = *powers;
	e->viewer = (struct viewer){ v->sees, arena_str(e->arena, v->me), arena_str(e->arena, v->team) };
	LIST_INSERT_HEAD(&s->eyes, e, all);
	return e;
}

static void eyes_unref(struct eyes *e)
{
	if (--e->n_users > 0)
		return;
	LIST_REMOVE(e, all);
	arena_destroy(e->arena);
	free(e);
}

/* ---- one stream ---- */

static void listen_to_writer(struct streams *s)
{
	const struct timeval tick = { .tv_sec = TICK_S };

	writer_change_fd(s->api->parts.writer, s->n > 0);
	if (s->n > 0) {
		event_add(s->told, NULL);
		event_add(s->tick, &tick);
		return;
	}
	event_del(s->told);
	event_del(s->tick);
	event_del(s->timer);
}

static void stream_free(struct stream *st)
{
	struct streams *s = st->home;

	LIST_REMOVE(st, all);
	eyes_unref(st->eyes);
	free(st->role);
	free(st->staff);
	free(st);
	if (--s->n == 0)
		listen_to_writer(s);
}

static void stream_end(struct stream *st)
{
	http_stream_end(st->rq);
	stream_free(st);
}

static void on_closed(struct http_request *rq, void *arg)
{
	(void)rq;
	stream_end(arg);
}

static void give(struct stream *st, struct str text)
{
	if (text.len == 0)
		return;
	st->is_quiet = false;
	http_stream_send(st->rq, text);		/* nobody there: on_closed() follows */
}

/* Also a place to come back to, where nothing of what happens is told for long. */
static void send_beat(struct stream *st)
{
	char text[64];
	int n = snprintf(text, sizeof(text), ": \nid: %lld\n\n", (long long)st->at);

	give(st, (struct str){ text, (size_t)n });
}

/* ---- rounds ---- */

static void on_read(void *arg);

/* Behind, or, after a restore, ahead of what there is. */
static bool is_behind(const struct stream *st)
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
		st->slice = is_behind(st) && !is_full(st) ? slice_for(r, st) : NULL;
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

static void begin_soon(struct streams *s)
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
		give(st, buf_str(&text));
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
		if (!is_behind(st))
			continue;
		if (!is_full(st)) {
			begin_soon(s);
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

static void on_told(evutil_socket_t fd, short what, void *arg)
{
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) > 0)
		begin_soon(arg);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct streams *s = arg;

	(void)fd, (void)what;
	if (s->round == NULL)
		begin(s);
}

/* ---- who goes on listening ---- */

static bool is_over(const struct stream *st, int64_t now_us, int64_t mono_us)
{
	return (st->expires_us != 0 && st->expires_us <= now_us) ||
	       (st->full_since_us != 0 && mono_us - st->full_since_us > STUCK_US);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct streams *s = arg;
	int64_t now_us = clock_wall_us(), mono_us = clock_mono_us();
	bool beats = ++s->n_ticks % BEAT_TICKS == 0;
	struct stream *st, *next;

	(void)fd, (void)what;
	for (st = LIST_FIRST(&s->all); st != NULL; st = next) {
		next = LIST_NEXT(st, all);
		if (is_over(st, now_us, mono_us)) {
			stream_end(st);
			continue;
		}
		if (beats && st->is_quiet && http_stream_waiting(st->rq) == 0)
			send_beat(st);
		if (beats)
			st->is_quiet = true;
	}
	streams_look_again(s);
}

void streams_look_again(struct streams *s)
{
	s->looks_again = true;
	begin_soon(s);
}

void streams_take_config(struct streams *s, const struct config *config)
{
	struct arena *arena = arena_create(MAX_EYES);
	struct stream *st, *next;

	for (st = LIST_FIRST(&s->all); st != NULL; st = next) {
		struct powers powers;
		struct viewer viewer;

		next = LIST_NEXT(st, all);
		role_find(config, str_from(st->role), &powers);
		role_viewer(&powers, config, str_from(st->staff), arena, &viewer);
		if (st->token <= 0 || staff_is_gone(config, str_from(st->staff)) || !is_same(st->eyes, &powers, &viewer))
			stream_end(st);		/* it comes back with other eyes, or is told that it may not */
	}
	arena_destroy(arena);
}

/* ---- opening ---- */

static size_t n_of_token(const struct streams *s, const struct token_row *token)
{
	const struct stream *st;
	size_t n = 0;

	LIST_FOREACH(st, &s->all, all)
		n += st->token == token->id && str_eq(str_from(st->staff), token->staff);
	return n;
}

static bool may_open(struct streams *s, struct call *c)
{
	const struct config_http *http = &c->config->http;

	if (!s->is_ending && s->n < (size_t)http->max_streams &&
	    n_of_token(s, &c->token) < (size_t)http->max_streams_per_token)
		return true;
	call_header(c, "Retry-After", "10");
	if (s->is_ending)
		return !problem(c, 503, "try-again", "the daemon stops; come back in a moment");
	if (s->n >= (size_t)http->max_streams)
		return !problem(c, 503, "try-again", "%zu streams are open, no more are taken (http.max_streams)", s->n);
	return !problem(c, 429, "too-many-streams", "this token has %lld streams open, no more are given it "
			"(http.max_streams_per_token); close one, or share one among tabs", (long long)http->max_streams_per_token);
}

bool streams_open(struct streams *s, struct call *c)
{
	const struct http_header more[] = {
		{ "Cache-Control", "no-store" }, { "X-Accel-Buffering", "no" }, { "X-Request-Id", c->request_id },
		{ "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
		{ "Cross-Origin-Resource-Policy", "same-origin" }, { 0 },
	};
	struct stream *st;
	char hello[96];
	int n;

	if (!may_open(s, c))
		return false;
	st = xnew(struct stream);
	st->home = s;
	st->rq = c->rq;
	st->eyes = eyes_ref(s, &c->powers, &c->viewer);
	st->token = c->token.id;
	st->expires_us = c->token.expires_us;
	st->role = xstrndup(c->token.role.ptr, c->token.role.len);
	st->staff = c->token.staff.len ? xstrndup(c->token.staff.ptr, c->token.staff.len) : NULL;
	st->topics = c->stream->topics;
	st->at = c->stream->from;
	LIST_INSERT_HEAD(&s->all, st, all);
	if (s->n++ == 0)
		listen_to_writer(s);
	http_stream_begin(st->rq, c->reply.type, more, on_closed, st);
	/* Where it begins: who loses the connection before the first event comes back to here. */
	n = snprintf(hello, sizeof(hello), "retry: 2000\nid: %lld\n\n", (long long)st->at);
	if (!http_stream_send(st->rq, (struct str){ hello, (size_t)n }))
		stream_end(st);		/* it had left before it began, and nothing tells of that */
	else if (is_behind(st))
		begin_soon(s);
	if (c->config != s->api->config)	/* a reload overtook it */
		streams_take_config(s, s->api->config);
	return true;
}

/* ---- life ---- */

struct streams *streams_create(struct api *api)
{
	struct event_base *base = ingest_parts(api->parts.ingest)->base;
	struct streams *s = xnew(struct streams);

	s->api = api;
	LIST_INIT(&s->all);
	LIST_INIT(&s->eyes);
	s->told = event_new(base, writer_change_fd(api->parts.writer, false), EV_READ | EV_PERSIST, on_told, s);
	s->timer = event_new(base, -1, 0, on_timer, s);
	s->tick = event_new(base, -1, EV_PERSIST, on_tick, s);
	return s;
}

void streams_end(struct streams *s)
{
	struct stream *st;

	s->is_ending = true;
	while ((st = LIST_FIRST(&s->all)) != NULL)
		stream_end(st);
}

void streams_destroy(struct streams *s)
{
	if (s == NULL)
		return;
	streams_end(s);
	event_free(s->told);
	event_free(s->timer);
	event_free(s->tick);
	free(s);
}

size_t streams_count(const struct streams *s)
{
	return s->n;
}
