/* Five tries, then ever longer waits, by account and by address; kept, so that a restart is no way around. */
#include <arpa/inet.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "store/inside.h"
#include "store/user.h"

enum { FREE_TRIES = 5, FIRST_WAIT_S = 15, MAX_WAIT_S = 15 * 60, FORGOTTEN_S = 3600 };

int64_t throttle_wait_us(int64_t n_failures)
{
	int64_t wait_s = FIRST_WAIT_S;

	if (n_failures < FREE_TRIES)
		return 0;
	for (int64_t n = FREE_TRIES; n < n_failures && wait_s < MAX_WAIT_S; n++)
		wait_s *= 2;
	return (wait_s < MAX_WAIT_S ? wait_s : MAX_WAIT_S) * US_PER_S;
}

/* What was typed as a name may have been a password. */
static void digest(const char *kind, struct str text, unsigned char who[LOGIN_HASH_SIZE])
{
	struct sha256 *h = sha256_create();

	sha256_add(h, str_from(kind));
	sha256_add(h, text);
	sha256_end(h, who);
	sha256_destroy(h);
}

void throttle_account(struct str name, unsigned char who[LOGIN_HASH_SIZE])
{
	digest("account ", name, who);
}

/* Of IPv6 the /64: who has one address there has them all. */
static struct str network_of(struct str peer, char text[INET6_ADDRSTRLEN])
{
	struct in6_addr a6;

	if (peer.len >= INET6_ADDRSTRLEN)
		return peer;
	memcpy(text, peer.ptr, peer.len);
	text[peer.len] = '\0';
	if (inet_pton(AF_INET6, text, &a6) != 1 || IN6_IS_ADDR_V4MAPPED(&a6))
		return peer;
	memset(&a6.s6_addr[8], 0, 8);
	inet_ntop(AF_INET6, &a6, text, INET6_ADDRSTRLEN);
	return str_from(text);
}

void throttle_address(struct str peer, unsigned char who[LOGIN_HASH_SIZE])
{
	char text[INET6_ADDRSTRLEN];

	digest("address ", network_of(peer, text), who);
}

static void bind_who(struct query *q, const unsigned char who[LOGIN_HASH_SIZE])
{
	bind_blob_or_null(q, (struct str){ (const char *)who, LOGIN_HASH_SIZE });
}

bool store_get_throttle(struct store *st, const unsigned char who[LOGIN_HASH_SIZE], int64_t now_us, int64_t *until_us,
			struct err *err)
{
	int64_t n, at_us;
	struct query q;
	bool has;

	*until_us = 0;
	if (!query_open(&q, st, "SELECT n, at FROM login_failure WHERE who = ?", err))
		return false;
	bind_who(&q, who);
	if (!query_step(&q, &has, err))
		return false;
	if (has) {
		n = column_int(&q);
		at_us = column_int(&q);
		if (at_us > now_us)	/* the clock was set back: no reason to wait for years */
			at_us = now_us;
		if (at_us + throttle_wait_us(n) > now_us)
			*until_us = at_us + throttle_wait_us(n);
	}
	query_close(&q);
	return true;
}

bool store_note_failure(struct store *st, const unsigned char who[LOGIN_HASH_SIZE], int64_t now_us, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM login_failure WHERE at < ?", err))
		return false;
	bind_int(&q, now_us - FORGOTTEN_S * US_PER_S);
	if (!query_run(&q, NULL, err) ||
	    !query_open(&q, st, "INSERT INTO login_failure VALUES (?, 1, ?) ON CONFLICT(who) DO UPDATE"
				" SET n = n + 1, at = excluded.at", err))
		return false;
	bind_who(&q, who);
	bind_int(&q, now_us);
	return query_run(&q, NULL, err);
}

bool store_forget_failures(struct store *st, const unsigned char who[LOGIN_HASH_SIZE], struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM login_failure WHERE who = ?", err))
		return false;
	bind_who(&q, who);
	return query_run(&q, NULL, err);
}
