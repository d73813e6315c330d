/* What the files of the SQLite backend share. */
#pragma once

#include <sqlite3.h>

#include "store/change.h"
#include "store/query.h"
#include "store/store.h"

enum { STATEMENT_SLOTS = 256, MAX_CONNECTORS_COUNTED = 1024, STORE_BUSY_TIMEOUT_MS = 2000 };
#define STORE_MARK "1147238754"	/* application_id of our files; 0x44617962 is "Dayb" */

struct store_delta {
	int64_t connector;
	int64_t received, by_outcome[OUTCOME_COUNT], withheld, last_message_us;
};

struct change_note {
	enum change_kind kind;
	int64_t id, other;
	char *owner;
};

/* Of the open transaction, written once by store_commit, and the number of the last one committed. */
struct changes {
	struct change_note *notes;
	size_t n, room;
	int64_t last;
};

struct store {
	sqlite3 *db;
	enum store_mode mode;
	char *dir, *file, *warning;
	int lock_fd;

	struct { const char *sql; sqlite3_stmt *stmt; } statements[STATEMENT_SLOTS];

	int64_t last_id;
	unsigned node;
	unsigned char hash_key[16];
	int wal_pages;
	int full_errno;			/* why there was no room, the last time there was none */
	bool is_damaged;		/* the last failure: bytes that make no sense */

	/* Ledger changes of the open transaction, written once by store_commit. */
	struct store_delta *deltas;
	size_t n_deltas;
	struct changes changes;
};

bool store_exec(struct store *st, const char *sql, struct err *err);
bool store_migrate(struct store *st, struct err *err);		/* migrate.c */
bool store_assert_settings(struct store *st, struct err *err);	/* settings.c */
bool store_load_keys(struct store *st, struct err *err);	/* keys.c: hash key, last id */
bool store_has_withheld(struct store *st, bool *has, struct err *err);	/* ledger.c */
bool store_has_reconcile(struct store *st, bool *has, struct err *err);	/* reconcile.c */
bool store_has_pull_state(struct store *st, bool *has, struct err *err);	/* pull_state.c */
bool store_flush_ledger(struct store *st, struct err *err);	/* ledger.c */
/* change.c */
bool store_has_changes(struct store *st, bool *has, struct err *err);
bool store_has_webhooks(struct store *st, bool *has, struct err *err);	/* webhook.c */
bool changes_load(struct store *st, struct err *err);
bool changes_flush(struct store *st, struct err *err);
void changes_committed(struct store *st);
bool store_put_rebuilt(struct store *st, struct err *err);	/* a row of CHANGE_STORE_REBUILT */
void changes_drop(struct changes *all);
/* search.c: what lies above the watermark as the table temp.recent. */
bool store_index_recent(struct store *st, struct err *err);
/* people.c: to where its last_at belongs in lists. */
bool store_move_contact(struct store *st, int64_t id, struct err *err);
/* The key of an interaction: keyed hash of its parts. */
int64_t store_key_hash(const struct store *st, const struct interaction *it);

/* dead.c: items of review, with those in question as they are called now; false: a merge has answered it. */
#define REVIEW_COLUMNS(r) r ".id, " r ".type, " r ".interaction_id, " r ".reason, " r ".candidates, (WITH RECURSIVE chain(id)" \
	" AS (SELECT value FROM json_each(" r ".candidates) UNION SELECT merged_into FROM contact JOIN chain" \
	" ON contact.id = chain.id WHERE merged_into <> 0)" \
	" SELECT json_group_array(id) FROM (SELECT id FROM contact WHERE id IN chain AND merged_into = 0 ORDER BY id))"
bool review_read(struct query *q, struct review_row *row);
