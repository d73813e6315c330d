/* Which entries of a timeline are wanted: --channel email,whatsapp and --since 30d. Pure. */
#pragma once

#include <daybook/interaction.h>

struct filter {
	uint64_t channels;		/* bit n: enum channel n; 0: all */
	int64_t since_us;		/* INT64_MIN: from the beginning */
};

/* Either text may be NULL. since: 2026-10-01, 30d (an age), or RFC 3339. ERR_INPUT with what is wrong. */
bool filter_parse(struct filter *f, const char *channels, const char *since, int64_t now_us, struct err *err);
bool filter_wants(const struct filter *f, enum channel channel, int64_t occurred_us);
