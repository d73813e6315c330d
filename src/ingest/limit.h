/* Token buckets per peer, for forms that anyone may post to. Loop thread only. Bounded: the least
 * recently refilled peer makes room for a new one. */
#pragma once

#include <daybook/conf.h>

struct limit;

struct limit *limit_create(void);
void limit_destroy(struct limit *l);
/* False: this peer has used up its rate; *retry_after_s says when the next token comes. */
bool limit_take(struct limit *l, struct str peer, struct conf_rate rate, int64_t now_us,
		int *retry_after_s);
/* How many it has left at the moment; after limit_take() of the same peer. */
int64_t limit_left(struct limit *l, struct str peer);
