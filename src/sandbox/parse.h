/* Parser processes at work: hand a raw message to one, take interactions or a death back. */
#pragma once

#include <daybook/connector.h>

#include "sandbox/answer.h"
#include "sandbox/verdict.h"

struct parsers;
struct sandbox;

enum { PARSERS_TIMEOUT_US = 2000000, PARSERS_MAX_MESSAGES = 256 };

/* At most n processes, made when first needed. timeout_us is wall time for one message (0: 2 s; from
 * JAIL_CPU_S on, each message has a process of its own), max_messages what one process sees before it
 * is replaced (0: 256). Borrows sb. */
struct parsers *parsers_create(struct sandbox *sb, size_t n, int64_t timeout_us,
			       unsigned max_messages);
/* Nobody may be inside parsers_normalize(). NULL is fine. */
void parsers_destroy(struct parsers *ps);

/* Runs connector->normalize() on raw in a parser. Any thread; blocks until a parser is free and has
 * answered (at most twice the timeout). Texts come to live in out's arena: 16 MiB are room for every
 * sane message, the worst reply takes some 24; out->items is an array of exactly n_items. Attachment bodies go to the sink as they
 * stream (NULL: dropped), never into out; the size of each such attachment is set to what streamed.
 *
 * False: ERR_INPUT or ERR_LIMIT, the message is to be dead-lettered (the normalizer said so, or two
 * parsers failed on it); ERR_AGAIN, no parser could be had or the sink gave up: the message is
 * innocent. out is then untouched. The verdict is always filled. */
bool parsers_normalize(struct parsers *ps, const struct connector *connector, struct str packed_conf,
		       const struct raw *raw, struct interactions *out,
		       const struct sandbox_sink *sink, struct parse_verdict *verdict,
		       struct err *err);

/* Counted since the start. */
struct parsers_stats {
	uint64_t messages;
	uint64_t ends[PARSE_ENDS];	/* attempts, by how they ended */
	uint64_t spawns;		/* processes made */
	uint64_t recycled;		/* of which ended because they had seen enough */
	uint64_t lost_idle;		/* of which died or spoke while nobody asked */
	uint64_t given_up;		/* messages that two parsers failed on */
};

/* Any thread. */
void parsers_stats(struct parsers *ps, struct parsers_stats *stats);
