#include "api/tries.h"

#include "api/call.h"
#include "base/clock.h"
#include "store/session.h"
#include "store/user.h"

struct tried {
	unsigned char who[2][LOGIN_HASH_SIZE];
	int n;
};

static struct tried of(struct call *c, struct str name)
{
	struct tried t = { .n = 0 };

	throttle_address(c->browser.peer, t.who[t.n++]);
	if (name.len > 0)
		throttle_account(name, t.who[t.n++]);
	return t;
}

bool tries_may(struct call *c, struct str name, bool *may, struct err *err)
{
	struct tried t = of(c, name);
	int64_t now_us = clock_wall_us(), until_us, wait_s = 0;

	for (int i = 0; i < t.n; i++) {
		if (!store_get_throttle(c->st, t.who[i], now_us, &until_us, err))
			return false;
		if (until_us > 0 && (until_us - now_us) / US_PER_S + 1 > wait_s)
			wait_s = (until_us - now_us) / US_PER_S + 1;
	}
	*may = wait_s == 0;
	if (*may)
		return true;
	call_header(c, "Retry-After", arena_strf(c->arena, "%lld", (long long)wait_s).ptr);
	return problem(c, 429, "too-many-tries", "too many tries; the next one in %lld seconds", (long long)wait_s);
}

bool tries_note(struct call *c, struct str name, struct err *err)
{
	struct tried t = of(c, name);
	int64_t now_us = clock_wall_us();

	for (int i = 0; i < t.n; i++)
		if (!store_note_failure(c->st, t.who[i], now_us, err))
			return false;
	return true;
}
