#include "ingest/limit.h"

#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"

enum { N_SETS = 1024, WAYS = 4 };

struct bucket {
	uint64_t peer;
	double tokens;
	int64_t at_us;
};

struct limit {
	unsigned char key[16];		/* so that nobody can choose whom he collides with */
	struct bucket buckets[N_SETS][WAYS];
};

struct limit *limit_create(void)
{
	struct limit *l = xnew(struct limit);

	crypto_random(l->key, sizeof(l->key));
	return l;
}

void limit_destroy(struct limit *l)
{
	free(l);
}

static struct bucket *bucket_of(struct limit *l, uint64_t peer)
{
	struct bucket *set = l->buckets[peer % N_SETS], *oldest = &set[0];

	for (int i = 0; i < WAYS; i++) {
		if (set[i].peer == peer)
			return &set[i];
		if (set[i].at_us < oldest->at_us)
			oldest = &set[i];
	}
	*oldest = (struct bucket){ .peer = peer };
	return oldest;
}

bool limit_take(struct limit *l, struct str peer, struct conf_rate rate, int64_t now_us,
		int *retry_after_s)
{
	struct bucket *b;
	double per_us;

	if (rate.count <= 0 || rate.per_us <= 0)
		return true;
	per_us = (double)rate.count / (double)rate.per_us;
	b = bucket_of(l, crypto_siphash(l->key, peer.ptr, peer.len));
	if (b->at_us == 0)
		b->tokens = (double)rate.count;
	else if (now_us > b->at_us)	/* a clock set back gives nothing and takes nothing */
		b->tokens += (double)(now_us - b->at_us) * per_us;
	if (b->tokens > (double)rate.count)
		b->tokens = (double)rate.count;
	b->at_us = now_us;
	if (b->tokens < 1) {
		*retry_after_s = 1 + (int)((1 - b->tokens) / per_us / 1e6);
		return false;
	}
	b->tokens -= 1;
	return true;
}

int64_t limit_left(struct limit *l, struct str peer)
{
	return (int64_t)bucket_of(l, crypto_siphash(l->key, peer.ptr, peer.len))->tokens;
}
