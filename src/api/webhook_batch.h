/* One batch of one webhook: what is to be sent, and what came of it. Worker thread. */
#pragma once

#include <daybook/arena.h>

#include "base/buf.h"
#include "store/webhook.h"

struct call;
struct config;
struct rules;
struct store;
struct str;
struct talk;

enum { BATCH_POSTS = 50, BATCH_LOOKED_AT = 1000, BATCH_TIMEOUT_S = 15, BATCH_MOST_S = 60 };

struct batch {
	struct arena *arena;
	struct webhook_row row;		/* as it was, then as it is to be */
	bool is_test;
	int64_t seqs[BATCH_POSTS];
	size_t n;			/* posts */
	int64_t until;			/* the log was looked at up to here, when all posts are taken */
	struct buf posts;		/* a JSON array */
	struct webhook_attempt attempts[BATCH_POSTS];
	size_t n_attempts;
};

/* c: a reader's snapshot (who may see a thing and what it is are of one moment), config, rules and an arena; its eyes are set here. */
bool batch_fill(struct batch *b, struct call *c, struct err *err);
/* Sends what was filled in. False: it could not be tried at all (canceled, the program is missing). */
bool batch_send(struct batch *b, const struct config *config, const struct talk *how, struct err *err);
/* What the attempts make of the row; random: any number. Pure. */
void batch_settle(struct batch *b, int64_t now_us, uint32_t random);
/* It could not even be tried. */
void batch_fail(struct batch *b, const struct err *why, int64_t now_us, uint32_t random);
/* "v1,…" of one secret. */
void batch_sign(struct buf *out, struct str secret, struct str id, int64_t at_s, struct str body);
