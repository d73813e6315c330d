/* What the files of the live streams share: streams.c has them, stream_eyes.c who sees what, stream_feed.c feeds them in rounds,
 * stream_open.c lets one in. Loop thread. */
#pragma once

#include <event2/event.h>

#include "api/call.h"
#include "api/stream.h"

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

/* ---- stream_eyes.c ---- */

bool eyes_are(const struct eyes *e, const struct powers *powers, const struct viewer *v);
/* One more user of the eyes that see this; made when there are none. */
struct eyes *eyes_ref(struct streams *s, const struct powers *powers, const struct viewer *v);
void eyes_unref(struct eyes *e);

/* ---- stream_feed.c ---- */

/* Behind, or, after a restore, ahead of what there is. */
bool stream_is_behind(const struct stream *st);
/* The next round, as soon as one may be. */
void feed_soon(struct streams *s);
/* Callbacks of the events `told` and `timer`. */
void feed_on_told(evutil_socket_t fd, short what, void *arg);
void feed_on_timer(evutil_socket_t fd, short what, void *arg);

/* ---- streams.c ---- */

/* Begins or ends to hear of the writer's commits: with the first stream, and after the last. */
void streams_listen(struct streams *s);
void stream_end(struct stream *st);
/* Nobody there any more: it ends later, from the loop. */
void stream_give(struct stream *st, struct str text);
