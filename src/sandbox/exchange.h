/* One message to one parser and its answer back, within a deadline that is kept from outside. */
#pragma once

#include "sandbox/answer.h"

struct raw;

enum { EXCHANGE_BUFFER = 64 << 10 };

struct exchange_request {
	struct str connector, conf;
	const struct raw *raw;
	size_t max_items;
	uint64_t serial;
};

enum exchange_end {
	EXCHANGE_ANSWERED,
	EXCHANGE_STOPPED,	/* by us: answer->fault says why, err in words */
	EXCHANGE_NONSENSE,	/* err says what */
	EXCHANGE_DIED,
	EXCHANGE_TIMEOUT,
};

size_t exchange_size(const struct exchange_request *rq);

/* After anything but ANSWERED the parser must be ended. The time that our own side takes over the
 * answer (the sink writes files) is not the parser's; *took_us is what was. */
enum exchange_end exchange(int fd, const struct exchange_request *rq, struct answer *answer,
			   int64_t timeout_us, char buffer[EXCHANGE_BUFFER], int64_t *took_us,
			   struct err *err);

/* Alive, and has said nothing since its last answer. */
bool exchange_is_quiet(int fd);
