#include "api/meter.h"

#include <pthread.h>
#include <stdlib.h>

#include "api/call.h"
#include "base/clock.h"
#include "base/mem.h"
#include "conf/config.h"
#include "ingest/limit.h"

struct meter {
	pthread_mutex_t lock;
	struct limit *limit;
};

struct meter *meter_create(void)
{
	struct meter *m = xnew(struct meter);

	pthread_mutex_init(&m->lock, NULL);
	m->limit = limit_create();
	return m;
}

void meter_destroy(struct meter *m)
{
	if (m == NULL)
		return;
	pthread_mutex_destroy(&m->lock);
	limit_destroy(m->limit);
	free(m);
}

/* draft-ietf-httpapi-ratelimit-headers: the rule, and what is left of it. */
static void tell(struct call *c, struct conf_rate rate, int64_t left, int wait_s)
{
	int64_t per_s = rate.per_us / US_PER_S;

	call_header(c, "RateLimit-Policy", arena_strf(c->arena, "\"token\";q=%lld;w=%lld", (long long)rate.count,
						      (long long)(per_s > 0 ? per_s : 1)).ptr);
	call_header(c, "RateLimit", arena_strf(c->arena, "\"token\";r=%lld;t=%d", (long long)left, wait_s).ptr);
}

bool meter_take(struct meter *m, struct call *c)
{
	struct conf_rate rate = c->config->http.api_rate;
	struct str peer = arena_strf(c->arena, "%lld", (long long)c->token.id);
	int64_t left;
	int wait_s = 0;
	bool may;

	if (rate.count <= 0)
		return true;
	pthread_mutex_lock(&m->lock);
	may = limit_take(m->limit, peer, rate, clock_mono_us(), &wait_s);
	left = limit_left(m->limit, peer);
	pthread_mutex_unlock(&m->lock);
	tell(c, rate, left, wait_s);
	if (may)
		return true;
	call_header(c, "Retry-After", arena_strf(c->arena, "%d", wait_s).ptr);
	return !problem(c, 429, "too-many", "this token has used up its %lld requests; the next one is due in %d s",
			(long long)rate.count, wait_s);
}
