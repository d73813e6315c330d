#include "ingest/caps.h"

#include <stdlib.h>

#include "base/mem.h"

enum { N_BUCKETS = 1024 };

struct named {
	struct turnstile turnstile;
	char *host, *user;		/* user NULL: the host alone */
	struct named *next;
};

struct caps {
	size_t most_sessions, most_connects;
	struct turnstile backfill;
	struct named *buckets[N_BUCKETS];
};

struct caps *caps_create(size_t most_sessions, size_t most_connects, size_t most_backfills)
{
	struct caps *caps = xnew(struct caps);

	caps->most_sessions = most_sessions;
	caps->most_connects = most_connects;
	turnstile_init(&caps->backfill, most_backfills > 0 ? most_backfills : 1);
	return caps;
}

void caps_destroy(struct caps *caps)
{
	struct named *next;

	for (size_t i = 0; caps != NULL && i < N_BUCKETS; i++)
		for (struct named *n = caps->buckets[i]; n != NULL; n = next) {
			next = n->next;
			free(n->host);
			free(n->user);
			free(n);
		}
	free(caps);
}

void caps_set(struct caps *caps, size_t most_sessions, size_t most_connects)
{
	caps->most_sessions = most_sessions;
	caps->most_connects = most_connects;
	for (size_t i = 0; i < N_BUCKETS; i++)
		for (struct named *n = caps->buckets[i]; n != NULL; n = n->next)
			turnstile_set_most(&n->turnstile, n->user ? most_sessions : most_connects);
}

/* Names of servers know no case; the names of accounts are left alone. */
static uint32_t hash_of(uint32_t hash, struct str s, bool fold)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		hash = (hash ^ (fold && c >= 'A' && c <= 'Z' ? c | 0x20u : c)) * 16777619u;	/* FNV-1a */
	}
	return hash;
}

static struct turnstile *find(struct caps *caps, struct str host, const struct str *user, size_t most)
{
	uint32_t hash = hash_of(2166136261u, host, true);
	struct named **bucket, *n;

	hash = user ? hash_of(hash ^ 0xff, *user, false) : hash;
	bucket = &caps->buckets[hash % N_BUCKETS];
	for (n = *bucket; n != NULL; n = n->next)
		if (str_ieq(str_from(n->host), host) && (n->user != NULL) == (user != NULL) &&
		    (user == NULL || str_eq(str_from(n->user), *user)))
			return &n->turnstile;
	n = xnew(struct named);
	turnstile_init(&n->turnstile, most);
	n->host = xstrndup(host.ptr, host.len);
	n->user = user ? xstrndup(user->ptr, user->len) : NULL;
	n->next = *bucket;
	*bucket = n;
	return &n->turnstile;
}

struct turnstile *caps_account(struct caps *caps, struct str host, struct str user)
{
	return find(caps, host, &user, caps->most_sessions);
}

struct turnstile *caps_host(struct caps *caps, struct str host)
{
	return find(caps, host, NULL, caps->most_connects);
}

struct turnstile *caps_backfill(struct caps *caps)
{
	return &caps->backfill;
}
