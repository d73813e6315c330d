#include "ingest/policy.h"

#include "base/clock.h"
#include "base/crypto.h"

static unsigned jitter(unsigned below)
{
	unsigned r;

	crypto_random(&r, sizeof(r));
	return r % below;
}

int policy_retry_after_s(enum err_kind kind)
{
	switch (kind) {
	case ERR_FULL: return 60;
	case ERR_CANCELED: return 1;
	default: return 2 + (int)jitter(4);
	}
}

bool policy_is_stop(enum err_kind kind)
{
	return kind == ERR_AUTH || kind == ERR_LOGIN || kind == ERR_CONF;
}

bool policy_is_message(enum err_kind kind)
{
	return kind == ERR_INPUT || kind == ERR_LIMIT || kind == ERR_BUG;
}

/* A refused login is tried again after 15 minutes, then an hour, so that no account is locked and a
 * repaired one comes back by itself; everything else from 5 s doubling to 15 minutes. */
int64_t policy_back_off_us(enum err_kind kind, unsigned n_failures)
{
	int64_t base;
	unsigned doublings = n_failures > 0 ? n_failures - 1 : 0;

	if (policy_is_stop(kind))
		base = (n_failures <= 1 ? 900 : 3600) * US_PER_S;
	else if (doublings >= 8)
		base = 900 * US_PER_S;
	else
		base = (5 * US_PER_S) << doublings;
	if (!policy_is_stop(kind) && base > 900 * US_PER_S)
		base = 900 * US_PER_S;
	return base + base / 1000 * jitter(200);
}

int64_t policy_throttle_us(bool is_quota, int64_t wait_us, unsigned n_throttles)
{
	int64_t first_us = (is_quota ? 3600 : 30) * US_PER_S, most_us = (is_quota ? 12 * 3600 : 900) * US_PER_S;
	unsigned doublings = n_throttles > 0 ? n_throttles - 1 : 0;
	int64_t base = doublings < 5 ? first_us << doublings : most_us;

	if (base > most_us)
		base = most_us;
	if (!is_quota && wait_us > 0)
		base = wait_us;
	/* Whoever was refused together shall not come back together. */
	return base + base / 1000 * jitter(is_quota ? 50 : 300);
}

size_t policy_arena_bytes(size_t n_body)
{
	const size_t floor = 12 << 20, factor = 12, ceiling = 256 << 20;
	size_t bytes = n_body > ceiling / factor ? ceiling : n_body * factor;

	return bytes < floor ? floor : bytes;
}
