/* Everybody who listens: who is let go, and the signs of life. */
#include <stdio.h>
#include <stdlib.h>

#include "api/streams_inside.h"
#include "base/clock.h"
#include "base/mem.h"
#include "conf/config.h"
#include "ingest/ingest.h"
#include "store/writer.h"

enum {
	TICK_S = 5,
	BEAT_TICKS = 3,			/* a sign of life each so many, so that proxies keep the connection */
	STUCK_US = 60 * 1000 * 1000,	/* a client that takes nothing for so long is gone */
	MAX_EYES = 1 << 20,
};

/* ---- one stream ---- */

void streams_listen(struct streams *s)
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
		streams_listen(s);
}

void stream_end(struct stream *st)
{
	http_stream_end(st->rq);
	stream_free(st);
}

void stream_give(struct stream *st, struct str text)
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

	stream_give(st, (struct str){ text, (size_t)n });
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
	feed_soon(s);
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
		if (st->token <= 0 || staff_is_gone(config, str_from(st->staff)) || !eyes_are(st->eyes, &powers, &viewer))
			stream_end(st);		/* it comes back with other eyes, or is told that it may not */
	}
	arena_destroy(arena);
}

/* ---- life ---- */

struct streams *streams_create(struct api *api)
{
	struct event_base *base = ingest_parts(api->parts.ingest)->base;
	struct streams *s = xnew(struct streams);

	s->api = api;
	LIST_INIT(&s->all);
	LIST_INIT(&s->eyes);
	s->told = event_new(base, writer_change_fd(api->parts.writer, false), EV_READ | EV_PERSIST, feed_on_told, s);
	s->timer = event_new(base, -1, 0, feed_on_timer, s);
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
