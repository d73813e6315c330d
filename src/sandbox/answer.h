/* Reads a parser's reply as it arrives, in pieces of any size, and believes nothing. No I/O. */
#pragma once

#include <daybook/interaction.h>

#include "base/base64_lines.h"
#include "sandbox/wire.h"

/* Where attachment bodies go while they stream. */
struct sandbox_sink {
	/* Pieces of one body come in order, bodies in the order of the attachments; an empty body is one
	 * empty piece. False: it cannot be kept, give up. */
	bool (*chunk)(void *arg, size_t item, size_t attachment, struct str piece);
	/* The parser failed in the middle and is asked again: forget every chunk so far. May be NULL when
	 * chunk is. */
	void (*restart)(void *arg);
	void *arg;
	/* The body that has just ended is this slice of the raw bytes: as it is (shape NULL), or as base64 that
	 * base64_lines_write() makes of it again. May be NULL. */
	void (*slice)(void *arg, struct str slice, const struct base64_shape *shape);
};

enum answer_fault {
	ANSWER_FINE,
	ANSWER_NONSENSE,		/* not what a parser of ours says */
	ANSWER_NO_ROOM,		/* the caller's arena is used up */
	ANSWER_REFUSED,		/* the sink cannot keep it */
};

struct answer {
	/* Given. */
	uint64_t serial;
	struct str raw;				/* what was asked about */
	uint64_t max_body_bytes;
	const struct sandbox_sink *sink;	/* NULL, or with chunk NULL: bodies are dropped */

	/* Found; valid when the reply is done. */
	enum err_kind verdict;			/* ERR_NONE, ERR_INPUT, ERR_LIMIT */
	struct interactions made;		/* arena and max_items are given */
	struct str text;			/* of an error; printable UTF-8, in the arena */
	bool has_chunks;			/* the sink has been given something */
	enum answer_fault fault;

	/* How far it has come. */
	enum { ANSWER_HEAD, ANSWER_BLOCK, ANSWER_BODY_HEAD, ANSWER_BODY, ANSWER_DONE } state;
	char head[WIRE_HEAD_MAX];
	size_t head_len;
	char *block;
	size_t block_len;
	struct wire_reply is;
	struct wire_body body;
	uint64_t body_left, bodies_left;
	uint64_t raw_done;			/* end of the last slice */
	uint32_t n_bodies;
};

/* `out` gives the arena and max_items and is not touched. */
void answer_begin(struct answer *r, uint64_t serial, struct str raw, uint64_t max_body_bytes,
		  const struct interactions *out, const struct sandbox_sink *sink);
/* False: fault says which, err why. */
bool answer_feed(struct answer *r, struct str piece, struct err *err);
bool answer_is_done(const struct answer *r);
