/* What the files of this connector share: its options and its state between syncs. */
#pragma once

#include <daybook/connector.h>

#include "base/buf.h"
#include "imap/budget.h"
#include "imap/cursor.h"
#include "imap/folders.h"
#include "imap/session.h"
#include "oauth/options.h"

enum imap_privacy { IMAP_SHARED, IMAP_PERSONAL };
enum imap_auth { IMAP_AUTH_PASSWORD, IMAP_AUTH_OAUTH };

struct imap_conf {
	const char *host;
	int64_t port;			/* 0: 993, or 143 without implicit TLS */
	const char *user;
	int auth;			/* enum imap_auth */
	struct secret *password;	/* NULL with oauth */
	struct oauth_conf oauth;
	int tls;			/* enum session_tls */
	const char *tls_ca;
	const char *tls_pin;
	struct conf_list folders, exclude, block;
	int privacy;			/* enum imap_privacy */
	int64_t since;			/* µs since 1970; negative: an age; 0: everything */
	bool idle;
	int64_t max_message;
	int64_t whole_below;
	int attachments;		/* enum attachments */
	int64_t attachments_max;
	int64_t batch;
	int64_t backfill_budget;	/* bytes a day; 0: no bound */
	int64_t connect_timeout;
	int64_t command_timeout;
	const char *legacy_charset;
	struct conf_list drop_address;
};

enum {
	IMAP_MAX_ID = 16 << 10,		/* bytes of a delivery id */
	IMAP_WINDOW = 500,		/* UIDs whose size and date are asked for at once */
};

/* A folder during one sync. */
struct place {
	const struct folder *folder;
	struct mailbox box;
	struct cursor cursor;
	bool is_loaded;			/* cursor holds what was committed */
	bool is_digging;		/* what is taken now is the backlog: from the top down */
	bool is_cut;			/* … and some of what was looked at had to wait */
	const struct mail *shut;	/* … and these (ascending) the gate did not let through; NULL with n_shut 0 */
	size_t n_shut;			/* … of which the position has not come past the first so many */
	bool is_dirty;			/* cursor has moved since it was last handed over */
	int64_t n_withheld, n_old_withheld;	/* left out since then */
	uint64_t listed_on;		/* connection on which a folder without UIDVALIDITY was listed from 1 … */
	uint32_t n_met;			/* … and how many mails were left out of it since */
	bool has_failed;		/* in this run */
	int64_t stuck_tried_us;

	/* When it was last read to its end, and what it was like. */
	struct mailbox seen;
	int64_t read_s;
	bool is_settled;		/* nothing of it was left open */
};

struct imap {
	const struct imap_conf *conf;
	struct tls *tls;
	struct session *session;
	struct sync *sync;		/* during sync() only */
	int64_t now_s, since_us;	/* of this run */

	struct folder_list folders;
	struct place *places;		/* one a folder */
	uint64_t n_connections;		/* since open(): number of the present one */
	unsigned n_reconnects;		/* in this run */
	struct budget budget;
	bool has_budget;		/* it was loaded */
	int64_t unmarked_bytes;		/* of the budget, spent since it was last handed over */
	int64_t dig_until_us;		/* monotonic: the backlog's time in this run */
	bool has_dug;			/* in this run */
	size_t n_digs;			/* the backlogs of the folders take turns */
	unsigned n_idle_failures;	/* in a row */
	bool has_read_one;		/* some mail came through: the server is sane */
	bool has_no_status;		/* the server's answer to STATUS cannot be read */
	bool is_by_clock;		/* nothing woke this run */
	int64_t listed_us;		/* when its folders were last listed; monotonic */
	bool must_stop;			/* the error is not one folder's: the run is over */
	struct reconcile_progress progress;	/* of a comparison */
};

struct buf;
struct probe;
struct uidset;

/* imap.c */
bool imap_open(const void *conf, void **session, struct err *err);
void imap_close(void *session);
unsigned imap_port(const struct imap_conf *conf);
/* imap_probe.c: looks, and leaves no trace. */
bool imap_probe(const void *conf, const struct probe *probe, struct err *err);
/* imap_sync.c: one run over all folders, then IDLE. */
bool imap_sync(void *session, struct sync *sync, struct err *err);
void imap_tell_folder(struct imap *im, const struct place *at, const char *error);	/* how it stands; "": well */
/* What a run begins with; imap_wake: out of IDLE, connected, and with folders. */
void imap_begin(struct imap *im, struct sync *sync);
bool imap_wake(struct imap *im, struct err *err);
/* imap_fetch.c: one mail again, whole. */
bool imap_fetch(void *session, struct sync *sync, const struct raw *left, struct err *err);
void imap_tell_throttle(struct imap *im, const struct err *err);	/* what a run that failed so leaves to the host */
/* imap_reconcile.c: every folder against the journal. */
bool imap_reconcile(void *session, struct sync *sync, struct err *err);
/* imap_places.c: all UIDs of the folder by their places, where SEARCH lists `n_listed`, fewer than there are; is_needed
 * false: it does not. */
bool imap_list_places(struct imap *im, struct place *at, int64_t n_listed, struct uidset *all, bool *is_needed,
		      struct err *err);
/* imap_heal.c: what of these UIDs (ascending) the journal lacks; `reconciled` counts them. */
bool imap_settle_absent(struct imap *im, struct place *at, uint32_t *uids, size_t n, struct reconciled *counts,
			struct err *err);
/* imap_reused.c: do the newest of these UIDs, which the journal has, mean other mails on the server now? */
bool imap_find_reused(struct imap *im, struct place *at, const uint32_t *uids, size_t n, bool *is_reused,
		      struct err *err);
/* Something is amiss with the choice of folders as a whole. */
bool imap_folders_trouble(const struct imap *im, char *out, size_t size);
/* imap_gone.c: the folders that were read once, and that the server lists no more. */
bool imap_tell_gone(struct imap *im, const struct listed *all, size_t n_all, struct err *err);
void imap_begin_at(struct imap *im, int64_t now_us);		/* a run of this time */
/* imap_folder.c: reads one folder; false with must_stop when it is not the folder's fault. */
bool imap_folder(struct imap *im, struct place *at, struct err *err);
/* Its first step: examined, and the cursor as it was committed. */
bool imap_enter_folder(struct imap *im, struct place *at, struct err *err);
/* imap_newcomers.c: in a personal mailbox, the mail of whoever became a contact since. */
bool imap_search_newcomers(struct imap *im, struct err *err);
/* imap_window.c: takes what is wanted of a range at most IMAP_WINDOW wide. */
bool imap_take_window(struct imap *im, struct place *at, struct uid_range range, struct err *err);
/* Received before `since`, or never sent. */
bool imap_is_passed_over(const struct imap *im, const struct mail *mail);
/* Left out by the gate: the position comes past this mail, and it is counted together with that. */
void imap_leave_out(struct imap *im, struct place *at, const struct mail *mail);
/* The same of all mails of the backlog above this UID that the gate did not let through. */
void imap_leave_out_above(struct imap *im, struct place *at, uint32_t uid);
/* Which UIDs of these ranges exist, where there may be far fewer than numbers. The caller frees *uids. */
bool imap_search(struct imap *im, struct place *at, const struct uid_range *ranges, size_t n_ranges, uint32_t **uids,
		 size_t *n, struct err *err);
/* Takes those of these UIDs, which exist, that the cursor wants. */
bool imap_take_found(struct imap *im, struct place *at, const uint32_t *uids, size_t n, struct err *err);
/* imap_link.c: a connection with the folder examined. Both set must_stop when there is none to be had. */
bool imap_link(struct imap *im, struct err *err);
bool imap_link_folder(struct imap *im, struct place *at, struct err *err);
void imap_forget_folders(struct imap *im);
/* Looks again at what folders there are. *all is the caller's to free with listed_free(); NULL when the server does
 * not say. */
bool imap_relist(struct imap *im, struct listed **all, size_t *n_all, struct err *err);
/* From what LIST said (NULL: nothing): im->folders and a place for each. */
void imap_choose_folders(struct imap *im, const struct listed *all, size_t n_all);
/* imap_gate.c: sets `gate` of these mails (ascending): by `exclude`, and where the mailbox is personal by who is in
 * them. */
bool imap_has_gate(const struct imap *im);
bool imap_gate(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err);
/* imap_look.c: notes what a folder was like once it is read; asks whether it still is, without opening it. */
void imap_note_read(struct imap *im, struct place *at);
bool imap_is_unchanged(struct imap *im, struct place *at);
/* imap_take.c: fetch these mails (ascending) and hand them over, whatever it takes; one that goes alone
 * comes alone. */
bool imap_goes_alone(const struct imap *im, const struct mail *mail);
int64_t imap_weight(const struct imap *im, const struct mail *mail);	/* bytes that it probably takes */
/* For imap_mixed.c: whole, and one that cannot be taken at all. */
bool imap_is_in_pieces(const struct mail *mail);	/* too large for one command with others */
bool imap_take_whole(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err);
bool imap_hand_over(struct imap *im, struct place *at, const struct mail *mails, size_t n, struct err *err);
bool imap_fetch_pieces(struct imap *im, uint32_t uid, struct buf *out, bool *is_found, struct err *err);
bool imap_settle(struct imap *im, struct place *at, struct mail *mail, struct err *err);	/* err: why it failed */
bool imap_bury_large(struct imap *im, struct place *at, const struct mail *mail, const char *why, struct err *err);
/* imap_parts.c: so large that it may be taken in parts. */
bool imap_is_large(const struct imap *im, const struct mail *mail);
/* imap_mixed.c: fetches these mails (ascending), some of which are large, and hands them over. */
bool imap_take_mixed(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err);
/* One large mail in parts: *raw is the caller's to free, NULL when it has to be taken whole. For imap_probe.c. */
bool imap_fetch_in_parts(struct imap *im, struct mail *mail, char **raw, struct err *err);
bool imap_take(struct imap *im, struct place *at, struct mail *mails, size_t n_mails, struct err *err);
/* The same for one that could not be delivered so far; buries it once it is old. */
bool imap_take_stuck(struct imap *im, struct place *at, uint32_t uid, int64_t since_s, struct err *err);
/* imap_backfill.c: what is new of a folder comes first, and what is old when nothing new waits. */
/* A folder never read, and large, falls into two: recent mail, and a backlog. `since` that was moved makes one as well. */
bool imap_divide(struct imap *im, struct place *at, struct err *err);
/* Some seconds of it, from the folders in turns. look_us: what the round over all folders has just taken. */
bool imap_backfill(struct imap *im, int64_t look_us, struct err *err);
bool imap_may_dig(const struct imap *im);	/* there are time and budget for another batch of it */
/* What the cursor wants of what is taken now. */
bool imap_wants(const struct place *at, uint32_t uid);
/* Takes those out of uids[] (ascending) that the journal has. */
bool imap_drop_known(struct imap *im, struct place *at, struct mail *mails, size_t *n, struct err *err);
/* imap_spend.c: the budget, and what is told of the backlog. */
void imap_load_budget(struct imap *im);
void imap_spend(struct imap *im, size_t bytes);
bool imap_keep_budget(struct imap *im, struct err *err);
void imap_note_quota(struct imap *im);
void imap_tell_backlog(struct imap *im);
/* imap_emit.c */
void imap_put_meta(struct buf *meta, const struct place *at, const struct mail *mail);
bool imap_emit(struct imap *im, struct place *at, const struct mail *mail, struct str body, struct err *err);
bool imap_emit_dead(struct imap *im, struct place *at, const struct mail *mail, struct str header,
		    const struct err *why, struct err *err);
/* The delivery id of a mail, and what those of a folder begin with. */
void imap_put_id(struct buf *id, const struct place *at, uint32_t uid);
void imap_put_prefix(struct buf *id, const char *folder, uint32_t uidvalidity, uint32_t generation);
/* What the id of a mail begins with where UIDs name nothing. */
void imap_put_content_prefix(struct buf *id, const struct place *at, struct str message_id);
bool imap_mark(struct imap *im, struct place *at, struct err *err);
bool imap_flush(struct imap *im, struct err *err);

extern const struct conf_key imap_keys[];
extern const struct connector connector_imap, imap_reader;
