/* Live streams: server-sent events out of the log of changes. One stream is what one client hears; all of them are fed by one
 * read of the log at a time, a round. Loop thread, but for what stream_round.c does. */
#pragma once

#include <sys/queue.h>

#include <daybook/arena.h>

#include "api/change_json.h"
#include "base/buf.h"

struct api;
struct call;
struct config;
struct http_request;
struct streams;

enum {
	STREAM_TOPICS = 50,
	STREAM_MAX_BEHIND = 10000,	/* changes; further behind: reset */
	STREAM_SLICE = 500,		/* changes that are read for one position at a time */
	STREAM_FULL = 64 << 10,		/* so much waits for its client: it is given no more until that is taken */
};

/* What one wants to hear of. */
struct topics {
	int64_t kinds;			/* VIEW_CHANGE() bits */
	int64_t contacts[STREAM_TOPICS];
	size_t n_contacts;
};

/* Of a call that opens a stream; in its arena. */
struct stream_wish {
	struct topics topics;
	int64_t from;			/* the last change it knows */
};

/* ---- stream_round.c ---- */

/* Everybody who sees the same. */
struct eyes {
	LIST_ENTRY(eyes) all;
	size_t n_users;
	struct arena *arena;
	struct powers powers;
	struct viewer viewer;
	struct slice *slices;		/* of the round that is running */
};

struct told {				/* one change, as text */
	enum change_kind kind;
	size_t begin, end;		/* in the slice's text */
	size_t first_contact, n_contacts;
};

/* What follows one position, for one pair of eyes. */
struct slice {
	struct slice *next, *next_of_eyes;
	struct eyes *eyes;
	int64_t from, until;		/* what was looked at: above from, up to until */
	struct buf text, contacts;	/* contacts: int64_t each */
	struct buf told;		/* struct told each */
};

struct token_check {
	struct token_check *next;
	int64_t token;
	bool is_good;
};

struct round {
	struct streams *streams;
	struct slice *slices;
	struct token_check *checks;
	struct err err;			/* NONE: done */
};

/* Reader's thread: fills the slices and checks. */
void round_run(struct round *r, const char *dir);
void round_finish(struct round *r);
/* Appends what of it is about these topics. */
void slice_tell(const struct slice *slice, const struct topics *topics, struct buf *out);

/* ---- streams.c ---- */

struct streams *streams_create(struct api *api);
void streams_destroy(struct streams *s);	/* NULL is fine */
/* Begins the stream that the call asks for, or makes the reason why not its answer; true: the request is not the call's any
 * more. */
bool streams_open(struct streams *s, struct call *c);
/* A token was revoked: see who must not listen any more. */
void streams_look_again(struct streams *s);
/* Roles may have changed. */
void streams_take_config(struct streams *s, const struct config *config);
/* Ends them all, and takes no more: the daemon stops. */
void streams_end(struct streams *s);
size_t streams_count(const struct streams *s);
