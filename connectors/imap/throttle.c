#include "imap/throttle.h"

#include "base/clock.h"
#include "base/mem.h"

#define MAX_WAIT_US (INT64_C(3600) * US_PER_S)	/* a number that a server says is a claim */

struct sign {
	struct str word;
	enum throttle_kind kind;
	bool is_for_all;
};

/* The first that is found decides. */
static const struct sign signs[] = {
	{ { "[OVERQUOTA]", 11 }, THROTTLE_QUOTA, true },
	{ { "bandwidth limit", 15 }, THROTTLE_QUOTA, true },
	{ { "throttl", 7 }, THROTTLE_BUSY, true },
	{ { "too many", 8 }, THROTTLE_BUSY, true },
	{ { "connection limit", 16 }, THROTTLE_BUSY, true },
	{ { "exceeded", 8 }, THROTTLE_BUSY, true },
	{ { "[UNAVAILABLE]", 13 }, THROTTLE_BUSY, false },
	{ { "[LIMIT]", 7 }, THROTTLE_BUSY, false },
	{ { "[INUSE]", 7 }, THROTTLE_BUSY, false },
	{ { "[SERVERBUG]", 11 }, THROTTLE_PASSING, false },
	{ { "try again", 9 }, THROTTLE_PASSING, false },
	{ { "temporar", 8 }, THROTTLE_PASSING, false },
	{ { " BYE", 4 }, THROTTLE_PASSING, false },
};

/* An untagged NO is a warning, also one about the quota of the mailbox (RFC 5530). */
static const struct sign *find(struct str line)
{
	if (str_istarts(line, STR("* NO")))
		return NULL;
	for (size_t i = 0; i < countof(signs); i++)
		if (str_ifind(line, signs[i].word) != STR_NONE)
			return &signs[i];
	return NULL;
}

/* "… Suggested Backoff Time: 299961 milliseconds" */
static int64_t suggested_us(struct str line)
{
	const struct str words = STR("Backoff Time:");
	size_t at = str_ifind(line, words), n = 0;
	int64_t ms;

	if (at == STR_NONE)
		return 0;
	line = str_sub(line, at + words.len, STR_NONE);
	while (line.len > 0 && line.ptr[0] == ' ')
		line = str_sub(line, 1, STR_NONE);
	while (n < line.len && line.ptr[n] >= '0' && line.ptr[n] <= '9')
		n++;
	if (n == 0 || !str_int64(str_sub(line, 0, n), &ms))
		return n > 0 ? MAX_WAIT_US : 0;
	return ms < MAX_WAIT_US / US_PER_MS ? ms * US_PER_MS : MAX_WAIT_US;
}

struct throttle throttle_read(struct str line)
{
	const struct sign *sign = find(line);

	return (struct throttle){ sign ? sign->kind : THROTTLE_NONE, suggested_us(line) };
}

bool throttle_is_for_all(struct str line)
{
	const struct sign *sign = find(line);

	return sign != NULL && sign->is_for_all;
}
