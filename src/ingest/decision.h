/* What people decided, as journal rows of the same sequence as everything else (law 2), so that a
 * replay repeats it. Writer thread. */
#pragma once

#include "base/buf.h"
#include "store/consent.h"
#include "store/store.h"

enum decision_what {
	DECISION_NONE, DECISION_NOTE, DECISION_RETRY, DECISION_DROP,
	/* Who is who: ingest/people.h. */
	DECISION_MERGE, DECISION_UNMERGE, DECISION_SPLIT, DECISION_MOVE, DECISION_ADD, DECISION_REMOVE, DECISION_NAME,
	DECISION_CONTACT, DECISION_DISMISS, DECISION_ASSIGN, DECISION_CONSENT, DECISION_APART,
	DECISION_RESTRICT, DECISION_UNRESTRICT, DECISION_SHARE, DECISION_COMPANY,
};

/* What else is known of an entry that somebody wrote by hand. */
struct hand_made {
	enum kind kind;			/* KIND_CALL, KIND_MEETING; else a note */
	enum direction direction;	/* of a call; NONE: out */
	int64_t occurred_us, duration_s;	/* 0: now; not known */
};

struct decision {
	enum decision_what what;
	struct str by;			/* user name, as the control socket saw it */
	int64_t contact;		/* NOTE, and whom a decision about people is about */
	struct str text;		/* NOTE; NAME: empty gives it back to the rules; ASSIGN: the owner, empty: nobody; SHARE: how much; COMPANY: empty
					 * gives it back to the rules */
	int64_t dead_letter;		/* RETRY, DROP */
	int64_t into;			/* MERGE: the one that stays; MOVE: whose it is; APART: the other */
	int64_t entry;			/* MOVE, SHARE */
	int64_t review;			/* DISMISS */
	struct str author;		/* NOTE, CONTACT: the colleague, by the name in staff; empty: by tells it */
	struct hand_made hand;		/* NOTE */
	struct consent consent;		/* CONSENT: what they said */
	struct identity *handles;	/* CONTACT, SPLIT, ADD, REMOVE: canonical */
	size_t n_handles;
	bool takes;			/* ADD: also from somebody else */
	struct str failed;		/* RETRY: "kind: text" of the new reason, when it died again */
};

void decision_json(const struct decision *d, struct buf *out);
bool decision_parse(struct str json, struct arena *arena, struct decision *d, struct err *err);

/* The row, and an entry of the audit log unless it is a replay. replays: the id that a replay repeats, 0 for a new one; *id gets its id, after which
 * the ids follow of what comes of it. */
bool decision_journal(const struct decision *d, int64_t replays, struct store *st, int64_t *id,
		      struct err *err);

/* Dropping: the dead letter goes, the journal row stays. Journals the decision. */
bool decision_drop(const struct decision *d, int64_t replays, struct store *st, struct err *err);
