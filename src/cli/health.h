/* How a connector is, as far as anybody can know: what the daemon noted last, held against the clock, against how
 * much silence is normal, and against whether the daemon is there at all. Pure. */
#pragma once

#include "conf/config.h"
#include "store/store.h"

struct health_facts {
	int64_t now_us;
	bool is_running, is_down;	/* the daemon answers; nobody is there; neither: we cannot know */
	bool has_store;			/* we could look into it */
	int64_t started_us;		/* of the daemon; 0 unknown */
};

struct health {
	const char *state;		/* as the daemon says, or silent, down, off, not loaded, unknown */
	bool is_bad;			/* a person should look */
	bool is_silent;
	bool is_stale;			/* a mailbox whose server was not looked at for too long */
	int64_t lag_us;			/* how old our knowledge of the far side is; -1 unknown */
	char note[640];			/* what there is to say; empty: nothing */
};

/* row: what the store has of it; NULL: nothing yet. */
void health_look(struct health *h, const struct config_connector *conf, const struct ledger_row *row,
		 const struct health_facts *facts);

/* Is it throttled, is its server looked at as often as it should be, how far is its backlog? */
void health_pull(struct health *h, const struct config_connector *conf, const struct ledger_row *row,
		 const struct pull_state *pull, const struct health_facts *facts);

/* All folders of a mailbox against its server. */
struct compared {
	size_t n_folders, n_failed;
	int64_t checked_us;		/* of the one compared longest ago; 0: there is one that never was */
	int64_t listed, missing, healed, vanished;
};
void compared_add(struct compared *c, const struct reconcile_row *row);
/* What is missing is bad, and has the note when nothing else has it. */
void health_compare(struct health *h, const struct config_connector *conf, const struct compared *c);
