/* What the files of a pull share. */
#pragma once

#include "ingest/caps.h"
#include "ingest/pull.h"
#include "ingest/sync.h"

struct event;

enum doing {
	AT_REST,			/* the sync is the loop's; else the worker's, and the instance is kept */
	SYNCING,
	CLOSE_WAITS,			/* for a free worker */
	CLOSING,
};

struct pull {
	struct instance *inst;
	struct event *timer, *watch;
	struct sync *sync;
	struct source *source;		/* of the run: a reload may give the instance another meanwhile */
	enum doing doing;
	bool is_stopped;
	bool is_stale;			/* the session has old options: the next run opens another */
	struct sync_turn turn;		/* of the run */
	struct ticket account, connect, backfill;	/* its place among those who share them */
	bool is_sharing;		/* the session is closed so that another of the account gets its turn */
	struct pull_reconcile reconcile;
	int64_t reconciled_us;		/* when it was last done to its end; 0: never */
	int64_t reconcile_not_before_us;
	int64_t begun_us;
	bool is_for_want_of_store;	/* the last run failed, and the store took nothing then */
};

/* At the earliest when its server may be asked again. */
void pull_run_later(struct pull *pull, int64_t us);

/* pull_compare.c: the comparison with the server. */
bool pull_is_asked(const struct pull *pull);		/* for a comparison, by somebody who waits */
bool pull_wants_compare(const struct pull *pull);
void pull_note_compare(struct pull *pull);		/* after a run */
void pull_end_compare(struct pull *pull, const struct err *err);

/* pull_places.c: who else wants in. */
void pull_want_in(struct pull *pull);			/* when it is made */
bool pull_may_begin(struct pull *pull);			/* false: it waits, and is called when its turn comes */
bool pull_may_backfill(struct pull *pull);
bool pull_must_share(const struct pull *pull);		/* others would wait for as long as it is parked */
void pull_connected(void *arg);				/* worker: its attempt is over */
void pull_give_turns_back(struct pull *pull);		/* after a run */
void pull_give_back_all(struct pull *pull);

/* pull_throttle.c: what the server has asked for. */
void pull_note_throttle(struct pull *pull);		/* after a run that ended with ERR_THROTTLED */
void pull_note_calm(struct pull *pull);			/* … that went well */
void pull_tell_rest(struct pull *pull);			/* when it starts: as it was left */
void pull_forgive(struct pull *pull);			/* somebody changed something: it may try at once */
int64_t pull_rest_us(const struct pull *pull);		/* how long it is to be left alone; 0: not */
