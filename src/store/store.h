/* The store in our verbs. SQL stays behind it. A handle belongs to one thread at a time:
 * one writer handle in the daemon (the writer thread's), any number of readers.
 * All calls block on the disk; none touches the network. Every failure sets err:
 *   ERR_FULL no room · ERR_AGAIN locked too long · ERR_IO the storage failed (stop) ·
 *   ERR_CONF cannot be opened like this · ERR_BUG anything else. */
#pragma once

#include <daybook/connector.h>
#include <daybook/interaction.h>

#include "store/share.h"

struct store;

enum store_mode {
	STORE_WRITER,		/* the one read-write handle; creates, locks and migrates */
	STORE_READER,		/* read-only; works with the daemon up or down */
	STORE_AT_REST,		/* read-only, of a file that nobody writes (a backup): nothing is made beside it */
	STORE_HELPER,		/* may do nothing but checkpoint */
	STORE_REBUILD,		/* a fresh file beside the real one */
};

/* dir is storage.path. WRITER: ERR_AGAIN with a sentence when another process holds the lock. */
bool store_open(const char *dir, enum store_mode mode, struct store **out, struct err *err);
/* The same for one file inside dir, for rebuild and its check. */
bool store_open_file(const char *dir, const char *file, enum store_mode mode, struct store **out,
		     struct err *err);
void store_close(struct store *st);
/* The same lock as WRITER, and nothing else: *fd is to be closed. */
bool store_take_lock(const char *dir, int *fd, struct err *err);
const char *store_dir(const struct store *st);
/* Things the operator should know ("on tmpfs: not durable"); NULL when there is none. */
const char *store_warning(const struct store *st);
bool store_quick_check(struct store *st, struct err *err);
bool store_integrity_check(struct store *st, struct err *err);	/* slower: the indexes against their tables too */
/* The last exit was a storage failure: check before use. Set and cleared durably. */
bool store_mark_suspect(const char *dir, bool is_suspect);
bool store_is_suspect(const char *dir);

/* ---- transactions: writer handle ---- */
bool store_begin(struct store *st, struct err *err);
bool store_commit(struct store *st, struct err *err);
void store_rollback(struct store *st);

/* ---- ids ---- */
/* A job takes one id from the clock, and all that comes of it the ids that follow: so a replay that
 * begins at the same id gives the same ids. What is recorded_at is the time in that first id. */
int64_t store_new_id(struct store *st, int64_t wall_us);
int64_t store_following_id(struct store *st);
int64_t store_last_id(const struct store *st);
void store_set_last_id(struct store *st, int64_t id);	/* rebuild: go on after the journal's own */

/* ---- connectors, their ledger and their cursors ---- */
enum outcome {
	OUTCOME_NONE, OUTCOME_STORED, OUTCOME_DUPLICATE, OUTCOME_FILTERED, OUTCOME_DEAD,
	OUTCOME_PENDING, OUTCOME_COUNT
};
const char *outcome_name(enum outcome o);

bool store_connector(struct store *st, struct str name, struct str type, int64_t *id,
		     struct err *err);		/* finds or makes */
bool store_find_connector(struct store *st, struct str name, int64_t *id, struct err *err); /* ERR_MISSING */
/* What a replay needs once the connector is configured no more: its packed options, its policy, whose it was. */
bool store_keep_options(struct store *st, int64_t connector, struct str packed, int64_t create_contacts, struct str owner,
			enum share share, struct err *err);
struct kept_options {
	struct str name, type, packed, owner;
	int64_t create_contacts;
};
bool store_get_options(struct store *st, int64_t connector, struct arena *arena,
		       struct kept_options *out, struct err *err);	/* ERR_MISSING */
/* Adds to the ledger; written with the next commit. received is the sum of the others. */
void store_count(struct store *st, int64_t connector, enum outcome outcome, int64_t by);
void store_received(struct store *st, int64_t connector, int64_t by, int64_t at_us);
/* n were left out on purpose: received and filtered, and nothing of them is kept. */
void store_withhold(struct store *st, int64_t connector, int64_t n, int64_t at_us);
bool store_put_connector_state(struct store *st, int64_t connector, struct str state,
			       struct str error, int64_t at_us, int64_t success_us,
			       struct err *err);
/* What a pull must remember over a restart, and what people see of it; times 0: none. */
struct pull_state {
	int64_t throttled_until_us, throttled_us;	/* its server wants to be left alone, and since when */
	int64_t n_throttles;				/* in a row */
	char said[256];					/* what it said */
	int64_t backlog_left, backlog_of;		/* old messages that wait behind what is new */
	int64_t backlog_paused_until_us;
};
bool store_put_pull_state(struct store *st, int64_t connector, const struct pull_state *state, struct err *err);
bool store_get_pull_state(struct store *st, int64_t connector, struct pull_state *state, struct err *err);
bool store_put_cursor(struct store *st, int64_t connector, struct str key, struct str value,
		      struct err *err);

struct ledger_row {
	int64_t id;
	struct str name, type, state, error;
	int64_t received, by_outcome[OUTCOME_COUNT];
	int64_t state_since_us, last_success_us, last_message_us;	/* 0: never */
};
typedef bool (*ledger_fn)(const struct ledger_row *row, void *arg);	/* false: enough */
bool store_each_ledger(struct store *st, ledger_fn fn, void *arg, struct err *err);
/* What became of the events of journal rows from this id on, by connector: for "in the last 24 hours". */
typedef bool (*count_fn)(int64_t connector, enum outcome outcome, int64_t n, void *arg);
bool store_count_since(struct store *st, int64_t since_id, count_fn fn, void *arg, struct err *err);
typedef bool (*cursor_fn)(struct str key, struct str value, void *arg);
bool store_each_cursor(struct store *st, int64_t connector, cursor_fn fn, void *arg,
		       struct err *err);
/* The ledger against the rows it counts: ERR_BUG with the first difference. */
bool store_check_ledger(struct store *st, struct err *err);

/* ---- the journal ---- */
/* SEED: what is left of a row that was taken away (forget.h). */
enum journal_kind { JOURNAL_RAW, JOURNAL_DECISION, JOURNAL_SEED };

struct journal_row {
	int64_t id, base_id;		/* base_id: where the ids of what came of it begin */
	int64_t connector;
	enum journal_kind kind;
	int64_t received_us;
	struct str delivery_id;		/* unique per connector when not empty */
	struct str content_type, meta;
	int64_t encoding;		/* of body.h: plain, zstd, zstd with the dictionary for JSON, skeleton */
	int64_t size;			/* of the plain body */
	struct str body;		/* as encoded; empty with body_sha256 */
	struct str body_sha256;		/* hex: the body is a file of the blob store */
	int64_t repeat_hash;		/* peer and body, for repeat windows; 0 none */
	int64_t repeat_of;		/* this delivery had been here: that row; 0 no */
	enum outcome outcome;		/* of the row as a whole; PENDING and DEAD are looked for */
	int64_t attempts;
	struct str reason;		/* of a death, "kind: text" as it was given; a replay repeats it */
};

bool store_put_journal(struct store *st, const struct journal_row *row, struct err *err);
/* Of an event that did not become an interaction of its own; stored ones are told by theirs. */
bool store_put_delivery(struct store *st, int64_t journal_id, int64_t n, enum outcome outcome,
			int64_t interaction_id, struct str reason, struct err *err);
bool store_clear_deliveries(struct store *st, int64_t journal_id, struct err *err);
/* The delivery ids of a connector that begin so, in the order of their bytes; from the index alone. */
typedef bool (*delivery_fn)(struct str delivery_id, void *arg);
bool store_each_delivery_id(struct store *st, int64_t connector, struct str prefix, delivery_fn fn, void *arg,
			    struct err *err);
/* 0 when there is none. */
bool store_find_delivery(struct store *st, int64_t connector, struct str delivery_id, int64_t *id,
			 struct err *err);
bool store_find_repeat(struct store *st, int64_t connector, int64_t repeat_hash, int64_t from_us,
		       int64_t to_us, int64_t *id, struct err *err);
bool store_get_journal(struct store *st, int64_t id, struct arena *arena, struct journal_row *row,
		       struct err *err);	/* ERR_MISSING */
/* What a row holds and what has become of it, in short. Who prepares a change of a row outside of the writer takes it when reading,
 * and lets things be when it is another by then: an erasure came between. Never 0. */
uint64_t journal_print(const struct journal_row *row);
bool store_is_row_as(struct store *st, int64_t id, uint64_t print, bool *is, struct err *err);
bool store_set_journal(struct store *st, int64_t id, enum outcome outcome, int64_t base_id,
		       int64_t attempts, struct str reason, struct err *err);
/* The same, of a row that keeps its base_id: what a person's decision made of it. */
bool store_settle_journal(struct store *st, int64_t id, enum outcome outcome, struct err *err);
typedef bool (*journal_fn)(const struct journal_row *row, void *arg);
/* In the order in which things were applied (base_id), after the given one. */
bool store_each_journal(struct store *st, int64_t after_base_id, journal_fn fn, void *arg,
			struct err *err);
bool store_is_pending(struct store *st, int64_t id, bool *is, struct err *err);
bool store_each_pending(struct store *st, journal_fn fn, void *arg, struct err *err);

/* ---- people ---- */
struct identity_row {
	int64_t id, contact;		/* contact 0: nobody yet */
	struct identity identity;
	struct str why;
};

bool store_find_identity(struct store *st, const struct identity *identity, int64_t *id,
			 int64_t *contact, struct err *err);	/* id 0: unknown */
/* entry: what it is seen in. */
bool store_put_identity(struct store *st, const struct identity *identity, int64_t contact, struct str why, int64_t entry,
			int64_t *id, struct err *err);
/* Moves the identity and what it took part in; entry: by what. More about who is who: store/merge.h. */
bool store_link_identity(struct store *st, int64_t identity, int64_t contact, struct str why, int64_t entry,
			 struct err *err);
bool store_people_mark(struct store *st, struct people_mark *now, struct err *err);
/* Mail addresses of contacts where one of the two came after the mark, with an id above `above`, in the order of their
 * ids, at most `limit`. */
typedef bool (*address_fn)(int64_t identity, struct str address, void *arg);
bool store_each_new_address(struct store *st, const struct people_mark *since, int64_t above, size_t limit,
			    address_fn fn, void *arg, struct err *err);

enum name_rank { NAME_NONE, NAME_HANDLE, NAME_PROFILE, NAME_GIVEN, NAME_TYPED };

bool store_company(struct store *st, struct str domain, int64_t *id, struct err *err);
/* What entries tell of a contact: its times, and a name. Of two names the one of higher rank counts, of one rank the
 * one that was written later, so that the order of coming decides nothing. */
struct contact_touch {
	int64_t first_us, last_us;		/* 0: no time */
	int64_t last_in_us, last_out_us;	/* of what was a contact, and no noise; 0: nothing */
	struct str name;
	enum name_rank rank;			/* NAME_NONE: no name, or one to be shown until there is any */
	int64_t named_us;			/* when the entry was written that tells it */
};
bool store_put_contact(struct store *st, int64_t id, int64_t company, const struct contact_touch *first,
		       struct err *err);
bool store_is_better_name(const struct contact_touch *one, const struct contact_touch *than);
bool store_touch_contact(struct store *st, int64_t id, const struct contact_touch *touch,
			 struct err *err);

struct contact_row {
	int64_t id;
	struct str name, company;
	int64_t first_us, last_us;
	int64_t merged_into;		/* 0: nobody; lists leave out the others */
	struct str owner;		/* a name from staff; empty: nobody */
	bool is_restricted;
};
typedef bool (*contact_fn)(const struct contact_row *row, void *arg);
bool store_each_contact(struct store *st, contact_fn fn, void *arg, struct err *err);
bool store_get_contact(struct store *st, int64_t id, struct arena *arena, struct contact_row *row,
		       struct err *err);
typedef bool (*identity_fn)(const struct identity_row *row, void *arg);
bool store_each_identity(struct store *st, int64_t contact, identity_fn fn, void *arg,
			 struct err *err);
/* Contacts whose name, or an identity's value, contains the text; for CLI arguments. */
bool store_find_contacts(struct store *st, struct str text, size_t limit, contact_fn fn, void *arg,
			 struct err *err);

/* ---- interactions ---- */
struct interaction_row {
	int64_t id, journal_id, connector;
	struct str connector_name;
	int64_t recorded_us;
	struct interaction it;		/* parties and attachments are not filled: see below */
	struct str parties;		/* JSON array, as model/interaction_json writes it */
	struct str match;		/* why it is on these contacts, JSON object or empty */
	bool is_flagged;		/* the same Message-ID exists with other content */
	enum share share;		/* what of it who looks at it is shown: view.h; else everything */
};

enum put_result { PUT_STORED, PUT_DUPLICATE };

/* id and key are the caller's; on PUT_DUPLICATE *existing is the one that is there. */
bool store_put_interaction(struct store *st, const struct interaction_row *row,
			   enum put_result *result, int64_t *existing, struct err *err);
bool store_put_attachment(struct store *st, int64_t interaction, size_t n,
			  const struct attachment *a, struct err *err);
/* One that is there gets the state, size, reason and bytes of this one. */
bool store_complete_attachment(struct store *st, int64_t interaction, size_t n, const struct attachment *a,
			       struct err *err);
bool store_put_participant(struct store *st, int64_t contact, int64_t occurred_us,
			   int64_t interaction, int64_t identity, enum role role, struct err *err);
bool store_has_other_mail(struct store *st, struct str message_id, int64_t but, bool *has,
			  struct err *err);
/* Would this be a duplicate? For dry runs. */
bool store_find_interaction(struct store *st, const struct interaction *it, int64_t *id,
			    struct err *err);

typedef bool (*interaction_fn)(const struct interaction_row *row, void *arg);
bool store_each_interaction(struct store *st, int64_t after_id, int64_t connector /* 0: all */,
			    interaction_fn fn, void *arg, struct err *err);
/* What an identity took part in and is no contact's yet; fn must not write. */
bool store_each_unlinked(struct store *st, int64_t identity, interaction_fn fn, void *arg, struct err *err);
bool store_get_interaction(struct store *st, int64_t id, interaction_fn fn, void *arg,
			   struct err *err);
/* Oldest first by occurred_at, then id; all kinds but status. limit 0: all; else the newest. */
bool store_each_timeline(struct store *st, int64_t contact, size_t limit, interaction_fn fn,
			 void *arg, struct err *err);
typedef bool (*attachment_fn)(size_t n, const struct attachment *a, void *arg);
bool store_each_attachment(struct store *st, int64_t interaction, attachment_fn fn, void *arg,
			   struct err *err);
/* Journal ids of every delivery of one interaction. */
typedef bool (*id_fn)(int64_t id, void *arg);
bool store_each_delivery_of(struct store *st, int64_t interaction, id_fn fn, void *arg,
			    struct err *err);

/* ---- conversations of mails ---- */
enum { MAIL_ANCESTORS_MAX = 20 };

/* What a mail says of its place among others. */
struct mail_links {
	struct str id;
	struct str ancestors[MAIL_ANCESTORS_MAX];	/* oldest first, the last is its parent */
	size_t n_ancestors;
	struct str aliases[2];		/* other ids under which it may be known; empty: none */
	struct str group;		/* counts only without ancestors: a provider's word that some mails belong together */
	int64_t at_us;			/* its own, the same in every delivery */
};

/* Writer handle. *thread: the id that names its conversation now, in arena; mails that are here already get theirs anew where
 * this one connects them. What comes out is the same in whatever order the mails come. A repeat changes nothing. */
bool store_put_mail_links(struct store *st, const struct mail_links *links, struct arena *arena, struct str *thread,
			  struct err *err);

/* ---- full text ---- */
/* Feeds up to `limit` rows behind the durable watermark; *fed tells how many. Own transaction. */
bool store_feed_search(struct store *st, size_t limit, size_t *fed, struct err *err);
/* The same for who wrote to whom, which has a watermark of its own. */
bool store_feed_parties(struct store *st, size_t limit, size_t *fed, struct err *err);
bool store_search_lag(struct store *st, int64_t *n_rows, struct err *err);
/* Words and "phrases"; newest first. Any text is a legal query; ERR_LIMIT past 256 bytes. */
bool store_search(struct store *st, struct str query, size_t limit, interaction_fn fn, void *arg,
		  struct err *err);

/* ---- dead letters and review ---- */
struct dead_row {
	int64_t id, journal_id, connector;
	struct str connector_name;
	int64_t n;			/* which event of the journal row; -1: the whole */
	int64_t received_us;
	struct str reason, kind;	/* kind: "input" or "limit" */
	int64_t size, attempts;
	int64_t identity;		/* of the stub's sender; 0 none */
	struct str stub_name, stub_address, stub_subject;
	int64_t stub_us;
};

bool store_put_dead(struct store *st, const struct dead_row *row, struct err *err);
bool store_get_dead(struct store *st, int64_t id, struct arena *arena, struct dead_row *row,
		    struct err *err);
bool store_remove_dead(struct store *st, int64_t id, struct err *err);
bool store_set_dead_attempts(struct store *st, int64_t id, int64_t attempts, struct str reason,
			     struct err *err);
typedef bool (*dead_fn)(const struct dead_row *row, void *arg);
bool store_each_dead(struct store *st, int64_t contact /* 0: all */, dead_fn fn, void *arg,
		     struct err *err);

enum review_type { REVIEW_NONE, REVIEW_AMBIGUOUS, REVIEW_DUPLICATE, REVIEW_UNMATCHED };
const char *review_type_name(enum review_type t);

struct review_row {
	int64_t id, interaction;
	enum review_type type;
	struct str candidates;		/* JSON array of contact ids as numbers; read: of those they are now */
	struct str reason;
};

bool store_put_review(struct store *st, const struct review_row *row, struct err *err);
typedef bool (*review_fn)(const struct review_row *row, void *arg);
/* Without those that a merge has answered. */
bool store_each_review(struct store *st, review_fn fn, void *arg, struct err *err);

/* ---- mailboxes against their servers ---- */
struct reconcile_row {
	int64_t connector;
	struct str connector_name, folder;
	int64_t run_us;			/* of the comparison that spoke of this folder last */
	int64_t checked_us;		/* when the numbers were true; 0: never compared */
	int64_t listed;			/* on the server: known + filtered + missing */
	int64_t known, filtered, missing;
	int64_t healed, healed_ever;	/* then; altogether */
	int64_t vanished;		/* in the journal, and not on the server any more */
	struct str note, error;		/* error: this time it could not be compared, the numbers are older */
};
/* Adds up healed_ever itself. With an error only that and run_us are taken. */
bool store_put_reconcile(struct store *st, const struct reconcile_row *row, struct err *err);
/* Forgets the folders that the run of run_us did not speak of. */
bool store_end_reconcile(struct store *st, int64_t connector, int64_t run_us, struct err *err);
/* By connector, then folder. */
typedef bool (*reconcile_fn)(const struct reconcile_row *row, void *arg);
bool store_each_reconcile(struct store *st, reconcile_fn fn, void *arg, struct err *err);
/* When one was last done to its end; 0: never. */
bool store_last_reconcile(struct store *st, int64_t connector, int64_t *at_us, struct err *err);

/* ---- counts for metrics and status ---- */
struct store_totals {
	int64_t contacts, interactions, dead_letters, review, journal, size_bytes, search_lag;
};
bool store_totals(struct store *st, struct store_totals *totals, struct err *err);

/* ---- upkeep ---- */
bool store_schema(struct store *st, int64_t *version, struct err *err);
int64_t store_newest_schema(void);		/* that this version knows */
/* The files that bodies and entries are in. What else the rows of store_next_skeletons() are put together from only they
 * say. Each once, in the order of the names. */
typedef bool (*file_fn)(struct str sha256, void *arg);
bool store_each_file(struct store *st, file_fn fn, void *arg, struct err *err);
/* Copies WAL frames into the database. *wal_pages / *moved may be NULL. */
bool store_checkpoint(struct store *st, bool truncate, int *wal_pages, int *moved,
		      struct err *err);
/* Nothing of what is gone stands in the log any more, nor in this handle's memory (scrub.h); not *is_empty: somebody reads, or
 * copies. Between transactions; waits for nobody. */
bool store_empty_log(struct store *st, bool *is_empty, struct err *err);
int store_wal_pages(const struct store *st);	/* after the last commit of this handle */
/* A commit that changes nothing, for whether one is possible again: waits for no lock, makes room in the log first. */
bool store_try_write(struct store *st, struct err *err);
bool store_is_damaged(const struct store *st);	/* the last failure of this handle: bytes that make no sense */
int store_full_errno(const struct store *st);	/* ENOSPC, EDQUOT or EFBIG: of the last ERR_FULL of this handle */

/* ---- rebuild ---- */
/* A snapshot: what is read until the handle is closed is of one moment. */
bool store_begin_snapshot(struct store *st, struct err *err);
/* Into an empty store: what is no function of the journal (connectors with an empty ledger, cursors,
 * comparisons with servers, the key of the hashes). */
bool store_copy_aside(struct store *from, struct store *to, struct err *err);
/* ERR_AGAIN when anybody else has the database open, doing something or not. Afterwards it has no log any more, and
 * nobody who opens it from now on makes one but a writer. */
bool store_be_alone(struct store *st, struct err *err);
/* The finished file in place of the real one, which is kept as *kept (the caller frees). Both closed. */
bool store_swap_in(const char *dir, const char *file, char **kept, struct err *err);
/* The first difference between two stores' timelines as text; empty when identical. */
bool store_compare(struct store *a, struct store *b, struct arena *arena, struct str *difference,
		   struct err *err);
