/* What the files of this connector share: its options and its state between syncs. */
#pragma once

#include <daybook/connector.h>

#include "imap/cursor.h"
#include "imap/folders.h"
#include "imap/session.h"
#include "oauth/options.h"

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
	struct conf_list folders;
	int64_t since;			/* µs since 1970; negative: an age; 0: everything */
	bool idle;
	int64_t max_message;
	int64_t batch;
	int64_t connect_timeout;
	int64_t command_timeout;
	const char *legacy_charset;
};

/* A folder during one sync. */
struct place {
	const struct folder *folder;
	struct mailbox box;
	struct cursor cursor;
	bool is_loaded;			/* cursor holds what was committed */
	bool is_dirty;			/* cursor has moved since it was last handed over */
	uint64_t listed_on;		/* connection on which a folder without UIDVALIDITY was listed from 1 */
	int64_t stuck_tried_us;
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
	unsigned n_idle_failures;	/* in a row */
	bool has_read_one;		/* some mail came through: the server is sane */
	bool must_stop;			/* the error is not one folder's: the run is over */
};

/* imap_sync.c: one run over all folders, then IDLE. */
bool imap_sync(void *session, struct sync *sync, struct err *err);
/* imap_folder.c: reads one folder; false with must_stop when it is not the folder's fault. */
bool imap_folder(struct imap *im, struct place *at, struct err *err);
/* imap_link.c: a connection with the folder examined. Both set must_stop when there is none to be had. */
bool imap_link(struct imap *im, struct err *err);
bool imap_link_folder(struct imap *im, struct place *at, struct err *err);
void imap_forget_folders(struct imap *im);
/* imap_take.c: fetch these mails (ascending) and hand them over, whatever it takes; one that goes alone
 * comes alone. */
bool imap_goes_alone(const struct imap *im, const struct mail *mail);
bool imap_take(struct imap *im, struct place *at, struct mail *mails, size_t n_mails, struct err *err);
/* The same for one that could not be delivered so far; buries it once it is old. */
bool imap_take_stuck(struct imap *im, struct place *at, uint32_t uid, int64_t since_s, struct err *err);
/* imap_emit.c */
bool imap_emit(struct imap *im, struct place *at, const struct mail *mail, struct str body, struct err *err);
bool imap_emit_dead(struct imap *im, struct place *at, const struct mail *mail, struct str header,
		    const struct err *why, struct err *err);
bool imap_mark(struct imap *im, struct place *at, struct err *err);
bool imap_flush(struct imap *im, struct err *err);

extern const struct conf_key imap_keys[];
extern const struct connector connector_imap, imap_reader;
