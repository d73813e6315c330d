/* What a server means that says no: it has had enough of us, or it is busy, or it is unwilling. Pure.
 *
 * Read are the response codes of RFC 5530, and the words of those who use none: Gmail's bandwidth ("BYE [OVERQUOTA]
 * Account exceeded command or bandwidth limits."), Gmail's connections ("NO [ALERT] Too many simultaneous
 * connections. (Failure)"), Exchange ("BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds"). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <daybook/str.h>

enum throttle_kind {
	THROTTLE_NONE,
	THROTTLE_PASSING,	/* a fault of the moment: try again as after any failure */
	THROTTLE_BUSY,		/* too much at a time, of us or of all: leave it alone for a while */
	THROTTLE_QUOTA,		/* too much for today: leave it alone for hours */
};

struct throttle {
	enum throttle_kind kind;
	int64_t wait_us;	/* what it asks for; 0: it does not say */
};

/* line: the status line, with or without its tag. */
struct throttle throttle_read(struct str line);
/* Does it concern the whole account? A NO with INUSE, UNAVAILABLE or LIMIT may be one folder's. */
bool throttle_is_for_all(struct str line);
