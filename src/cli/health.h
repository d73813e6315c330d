/* How a connector is, as far as anybody can know: what the daemon noted last, held against the clock, against how
 * much silence is normal, and against whether the daemon is there at all. Pure. */
#pragma once

#include "conf/config.h"
#include "store/store.h"

struct health_facts {
	int64_t now_us;
	bool is_running;		/* the daemon answers */
	int64_t started_us;		/* when it did; 0 unknown */
};

struct health {
	const char *state;		/* as the daemon says, or "silent", "down", "off", "not loaded" */
	bool is_bad;			/* a person should look */
	bool is_silent;
	int64_t lag_us;			/* how old our knowledge of the far side is; -1 unknown */
	char note[640];			/* what there is to say; empty: nothing */
};

/* row: what the store has of it; NULL: nothing yet. */
void health_look(struct health *h, const struct config_connector *conf, const struct ledger_row *row,
		 const struct health_facts *facts);
