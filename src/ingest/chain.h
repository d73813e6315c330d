/* What one pull has on its way: read side by side in parser processes, handed to the writer in the order in which it
 * came, taken back once it is durable. So a cursor never passes a message that is not stored. */
#pragma once

#include <daybook/err.h>

struct chain;
struct ingest_parts;
struct intake;
struct pool;

/* committed: on the thread that calls chain_add() and chain_flush(), for each intake that is durable, in order. The
 * parts and the pool outlive the chain. */
struct chain *chain_create(const struct ingest_parts *parts, struct pool *parse_pool,
			   void (*committed)(const struct intake *in, void *arg), void *arg);
void chain_destroy(struct chain *c);		/* after chain_flush() */

enum chain_kind { CHAIN_TO_PARSE, CHAIN_READY };

/* One thread for all calls. Takes the intake. Blocks while much is on its way. False: something before it, or it itself, could not be
 * stored; err says why, and nothing behind that will be. */
bool chain_add(struct chain *c, struct intake *in, enum chain_kind kind, struct err *err);
/* Waits until nothing is on its way. False as above. */
bool chain_flush(struct chain *c, struct err *err);
