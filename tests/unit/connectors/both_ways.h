/* One mail read whole and in parts. */
#pragma once

#include <daybook/str.h>

struct both_ways {
	bool is_refused;		/* it has to be taken whole */
	char why[600];			/* … for this reason */
	size_t n_left_out;
	size_t n_bytes;			/* of what was taken */
	bool is_different;
	char difference[2000];		/* what */
};

/* mail has CRLF. attachments: none is fetched that need not be. */
void read_both_ways(struct str mail, struct both_ways *out);
