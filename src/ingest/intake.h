/* One raw on its way from a connector to the store. It is made by whoever received the bytes, moves by
 * ownership (loop or worker → parser → writer → back) and dies after its commit. */
#pragma once

#include "ingest/source.h"
#include "mime/stub.h"
#include "store/writer.h"

struct decision;
struct skeleton_ref;

struct intake {
	struct job job;			/* first: the writer's handle on it */
	struct source *source;
	struct arena *arena;		/* the intake itself lives in it, and all it points at */
	struct raw raw;			/* body: borrowed until intake_own_body() */
	char *owned_body;
	size_t n_forgotten;		/* its length, once intake_forget_body() has dropped it */

	/* What of the body is an attachment, whose blob is durable; in the arena. */
	struct skeleton_ref *refs;
	size_t n_refs;

	/* The body as the journal keeps it; set by intake_encode(). */
	int encoding;
	char *encoded;
	size_t n_encoded;
	char body_sha256[65];		/* not empty: in the blob store instead of encoded */

	struct interactions items;
	struct err verdict;		/* kind ERR_NONE: items are good; else why it is dead */
	bool killed_reader;		/* the verdict tells how its reader ended, not what it holds */
	bool is_pending;		/* nobody could look at it now: journal, look later */
	struct mail_stub stub;
	bool has_stub;

	struct str cursor_key, cursor_value;
	bool is_mark;			/* the cursor alone: nothing came in */
	int64_t n_withheld;		/* left out on the way to it: counted with it … */
	int64_t withheld_us;		/* … as having come then; 0: all of them are old */
	/* Pulls: set once one message of the pull was not stored. What follows must not be stored either, or
	 * its cursor would pass the gap. Writer thread; the pull resets it when nothing is on its way. */
	bool *is_chain_broken;
	/* Its bytes are what remained of it, and it need not be read: compact.h. is_cut: they became so now. */
	bool is_compact, is_cut;
	char *cut_body;
	struct str *cut_files;		/* that it named and names no more; in the arena */
	size_t n_cut_files;
	int64_t repeat_hash, repeat_window_us;
	int64_t resolves;		/* journal row this finishes (pending, or a retry); 0: new */
	int64_t retries;		/* dead letter this is another attempt at; 0: none */
	struct str decided_by;		/* who asked for the retry */
	struct decision *decision;	/* a note's; NULL for what came in by itself */
	uint64_t print;			/* of the row it was read out of again (journal_print); 0: none */
	int64_t import;			/* the run of an import that brings it; 0: none */
	int64_t base_id;		/* replay: use this id; 0: a new one */
	int64_t replays;		/* replay: id of the journal row; 0: no replay */
	int64_t repeat_of;		/* replay: as it was found then */

	/* What became of it; valid in finished() when err is NULL. */
	int64_t journal_id;
	int64_t counts[OUTCOME_COUNT];
	int64_t entry;			/* the first one that it made, or that was here before; 0: none */
	enum outcome outcome;

	/* Writer thread, once; takes the intake. err NULL: durable. */
	void (*finished)(struct intake *in, const struct err *err);
	void *arg;
};

/* Takes a reference on source. max_bytes is the arena's cap. */
struct intake *intake_create(struct source *source, size_t max_bytes);
void intake_destroy(struct intake *in);		/* NULL is fine */

/* It will be a dead letter, for this reason. */
void intake_condemn(struct intake *in, const struct err *why);

void intake_own_body(struct intake *in);	/* copies raw.body so that the sender may go */

/* Bytes → interactions where it is allowed in this process (signed JSON): in->items or in->verdict. */
void intake_normalize_here(struct intake *in);
void intake_read_compact(struct intake *in);
/* What both ways have in common afterwards: canonical identities, direction, validity. Pure. */
void intake_settle(struct intake *in);
/* Compresses the body; where it is read and has attachments, what is left of it without them. */
void intake_encode(struct intake *in);
/* A body above BODY_INLINE_MAX goes to the blob store of `dir`. Blocks on the disk: never on the loop. */
bool intake_store_body(struct intake *in, const char *dir, struct err *err);
/* Where the journal will not take it from raw.body any more: a pull has many on their way. */
void intake_forget_body(struct intake *in);
int64_t intake_size(const struct intake *in);	/* of the raw body */
