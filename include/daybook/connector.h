/* What a connector is: a declaration and pure functions. The host listens, caps, verifies order,
 * stores, answers, schedules, backs off and logs; see docs/new-connector.md. */
#pragma once

#include <daybook/conf.h>
#include <daybook/interaction.h>

enum { CONNECTOR_API = 1 };

/* What came in, untouched; stored before anything else happens to it. */
struct raw {
	struct str id;			/* provider's delivery id, or empty */
	struct str content_type;	/* as sent, with parameters */
	struct str body;
	struct str meta;		/* "name: value\n" lines worth keeping: referer, origin,
					 * user-agent, peer, folder, uid …; names in lower case */
	int64_t received_us;
};

/* The value of one meta line, empty when it is not there. */
struct str raw_meta(const struct raw *raw, struct str name);

/* An HTTP request as a connector may see it. Valid during the call only. */
struct request {
	struct str method;
	struct str path;		/* below /hooks/<name>, without the query: "" or "/…" */
	struct str query;		/* without the "?", still percent-encoded */
	struct str body;
	struct str peer;		/* address of the client, or what a trusted proxy says */
	const void *headers;		/* for request_header() */
	int64_t received_us;
};

struct str request_header(const struct request *rq, const char *name);	/* first one, or empty */
/* The decoded value of a query parameter, in the arena; empty when absent. */
struct str request_query(const struct request *rq, struct str name, struct arena *arena);

/* What answer() and thanks() fill; status 200 and an empty body when they do nothing. */
struct reply {
	int status;
	struct str body;
	struct str content_type;
	struct str location;		/* with 303 */
	struct str allow_origin;	/* Access-Control-Allow-Origin and its company */
	struct arena *arena;
};

/* Push: a webhook is declared, not coded. All members are pure and run on the loop. */
struct route {
	const char *method;
	size_t max_body;		/* more: 413 */
	size_t (*max_body_of)(const void *conf);	/* where an option decides; else NULL */
	/* Is it really the provider? False with ERR_DENIED: 401 (GET: 403), nothing stored. */
	bool (*verify)(const void *conf, const struct request *rq, struct err *err);
	/* Handshakes only. NULL: store raw, answer 200 once that is durable. */
	bool (*answer)(const void *conf, const struct request *rq, struct reply *rp, struct err *err);
	/* What to say once it is durable, when that is not an empty 200 (a form's redirect). */
	void (*thanks)(const void *conf, const struct request *rq, struct reply *rp);
	/* A form's own limit per peer; the host keeps the buckets. 429 beyond it. */
	struct conf_rate (*limit)(const void *conf);
	/* Fills raw->id: what the sender says makes a repeat of this a repeat (Idempotency-Key, a token
	 * of the page). NULL or empty: see repeat_window_us. */
	struct str (*delivery_id)(const void *conf, const struct request *rq, struct arena *arena);
	/* Lines for raw->meta beside the host's own peer, origin, referer and user-agent. */
	const char *const *keep_headers;	/* NULL-terminated, lower case */
};

struct oauth_conf;			/* src/oauth/options.h */
struct probe;				/* see probe.h */
struct sync;				/* the host's side of one run, opaque */

struct connector {
	unsigned api;			/* CONNECTOR_API */
	const char *name;		/* as in  type: imap */
	const char *summary;		/* one line for `daybook connectors` */
	size_t conf_size;		/* the host allocates and fills it from keys */
	const struct conf_key *keys;
	bool (*check)(const void *conf, struct err *err);	/* cross-key rules, no I/O; may be NULL */
	/* Things that are allowed but that the operator should know, e.g. "anyone may post"; NULL none. */
	const char *(*warn)(const void *conf);

	/* The options of `auth: oauth`, NULL where these ones say a password; the member is NULL where there is no
	 * such thing. With it the host keeps a token for sync_token(). */
	const struct oauth_conf *(*oauth)(const void *conf);

	const struct route *routes;	/* push; ends with method NULL; NULL: none */
	int64_t repeat_window_us;	/* an identical body of the same peer within it is a repeat; 0: off */

	/* Pull: the server and the account that it logs in to, which others may share; NULL: nobody does. */
	void (*account)(const void *conf, struct str *host, struct str *user);
	/* Pull; NULL: none. All three run on a worker and may block. The session survives between
	 * syncs; the host closes it after any error. Never two syncs at a time for one instance. */
	bool (*open)(const void *conf, void **session, struct err *err);
	bool (*sync)(void *session, struct sync *sync, struct err *err);
	void (*close)(void *session);
	/* Compares what the far side lists with what the journal holds, folder by folder, fetches what is
	 * missing and tells each with sync_reconciled(). As sync(), which the host calls right behind it; NULL
	 * when there is nothing to compare. Nothing is ever deleted for not being listed any more. */
	bool (*reconcile)(void *session, struct sync *sync, struct err *err);

	/* One message again, whole, of which sync() left parts out: `left` is that raw, with id and meta as they were
	 * emitted. Hands it over with sync_emit() under another id and without a cursor. On a session of its own, beside
	 * whatever runs. ERR_MISSING: the far side has it no more. NULL: nothing is ever left out. */
	bool (*fetch)(void *session, struct sync *sync, const struct raw *left, struct err *err);

	/* Finding out, for `daybook connector test`: what sync() would meet, step by step; see probe.h. Changes
	 * nothing on the far side and needs no open(). Blocks. NULL: there is nothing to ask. */
	bool (*probe)(const void *conf, const struct probe *probe, struct err *err);
	/* Whose messages are not to be here, neither from now on nor from before: the list of the options (never NULL), and
	 * whether this raw is one of theirs. Pure; bounded work on any bytes. The host takes away what was stored when the
	 * list changes; not to fetch what comes is the connector's. NULL: no such list. */
	const struct conf_list *(*block_list)(const void *conf);
	bool (*blocks)(const void *conf, const struct raw *raw);

	/* Name of the reader that tells what became of each field of a payload: its normalize() gives one item
	 * with the details {"fields": [{"name", "value", "use"}]}; use is empty where the record holds nothing of
	 * it. NULL: none. */
	const char *mapping;

	/* Bytes in, interactions out. Pure: no I/O, clock, globals, threads or log. NULL when is_hostile. */
	bool (*normalize)(const void *conf, const struct raw *raw, struct interactions *out,
			  struct err *err);
	bool is_hostile;		/* read in a parser process only, by the reader of the same name */
};

/* ---- the host's side of a pull, for sync() ---- */

/* Where the folder (or whatever `key` names) stands: the text last committed, or empty. The slice is
 * valid until the sync returns. */
struct str sync_cursor(struct sync *sync, struct str key);

/* Hand raw and the cursor just past it over; both are committed in one transaction. Copies what it
 * needs. They are read side by side and committed in order; blocks while many are on their way: that is the
 * back-pressure. A raw that cannot be parsed is committed as a dead letter and is a success. False: this one or one
 * before it could not be stored; return. */
bool sync_emit(struct sync *sync, const struct raw *raw, struct str key, struct str next_cursor,
	       struct err *err);
/* One the connector itself cannot hand over (too large, unreadable on the server): a dead letter with
 * a stub made of what is in raw (perhaps the header alone). */
bool sync_emit_dead(struct sync *sync, const struct raw *raw, struct str key, struct str next_cursor,
		    const struct err *why, struct err *err);
/* The cursor alone. */
bool sync_mark(struct sync *sync, struct str key, struct str next_cursor, struct err *err);
/* An access token that is good for some minutes at least, valid until the next call. was_refused: the server did not
 * take the last one; another is fetched, however good that one looked. ERR_LOGIN: a person must log in. */
bool sync_token(struct sync *sync, bool was_refused, struct str *token, struct err *err);
/* Waits until all that was handed over is durable; sync() may return true only after it. */
bool sync_flush(struct sync *sync, struct err *err);
/* The daemon ends, the connector was dropped, or the time of this run (`timeout`) is over: return soon. */
bool sync_is_canceled(const struct sync *sync);
/* Come back when fd turns readable (at the latest after `every`). The session keeps the fd. */
void sync_watch(struct sync *sync, int fd);
/* Something is wrong but not with the whole instance: shown in status and logged on change. `what` is
 * the folder; an empty text clears it. */
void sync_trouble(struct sync *sync, struct str what, struct str text);
/* How one folder stands, for `daybook status`: of the moment, kept in memory alone. Those that a good run did not speak
 * of are forgotten. */
struct folder_state {
	struct str folder;		/* for people, UTF-8 */
	uint32_t uidvalidity;		/* 0: the far side has none, or nobody knows yet */
	int64_t messages;		/* that the far side has in it */
	int64_t looked_us;		/* when that was seen */
	struct str error;		/* empty: all is well; shown and logged as sync_trouble() does */
};
void sync_folder(struct sync *sync, const struct folder_state *state);
/* So many were left out on purpose and nothing of them is kept: filtered in the ledger, together with whatever is
 * handed over next. is_old: of a backlog, which is no sign that anything new comes in. */
void sync_withhold(struct sync *sync, int64_t n, bool is_old);
/* For the metrics: bytes of messages that were fetched, and that were left on the far side to be fetched on demand. */
void sync_traffic(struct sync *sync, int64_t fetched, int64_t spared);
/* Every part of the far side has been looked at, and what was new is handed over: the evidence that it is read. */
void sync_looked(struct sync *sync);
/* Old mail that waits behind what is new. A run that may do some of it stops after some seconds; where more is left it is
 * called again as soon as others have had their turn. */
struct sync_backlog {
	int64_t left, of;		/* messages; left 0: there is none */
	int64_t paused_until_us;	/* 0: it goes on */
};
bool sync_may_backfill(const struct sync *sync);
void sync_tell_backlog(struct sync *sync, const struct sync_backlog *now);
/* Before a run's first connection: false while too many connect to this server, then the run is to end with ERR_CANCELED.
 * sync_connected() says that the attempt is over, however it went. */
bool sync_may_connect(const struct sync *sync);
void sync_connected(struct sync *sync);
/* Goes with ERR_THROTTLED: for how long. is_quota: hours; else wait_us, or where that is 0 a while. */
void sync_throttled(struct sync *sync, bool is_quota, int64_t wait_us);
/* Time of this run, µs since 1970; the only clock a connector gets. */
int64_t sync_now_us(const struct sync *sync);

/* ---- who is known, for a mailbox that keeps mail with contacts alone ---- */

/* Is this mail address a contact's, as of now? */
bool sync_is_known_person(struct sync *sync, struct str address, bool *is, struct err *err);
/* Where the list of people ends, as the last ids given to an identity and to a contact: whoever is above came later. */
struct people_mark {
	int64_t identity, contact;
};
bool sync_people_mark(struct sync *sync, struct people_mark *now, struct err *err);
/* Addresses of contacts where the address or the contact came after the mark, with an identity above `above`, in the
 * order of their identities. */
bool sync_each_new_address(struct sync *sync, const struct people_mark *since, int64_t above, size_t limit,
			   bool (*fn)(int64_t identity, struct str address, void *arg), void *arg, struct err *err);

/* ---- the same for reconcile() ---- */

/* What the journal holds of this connector: every raw.id that begins with prefix (not empty), in the order of
 * its bytes. fn false: enough. */
bool sync_each_known(struct sync *sync, struct str prefix, bool (*fn)(struct str id, void *arg), void *arg,
		     struct err *err);
bool sync_is_known(struct sync *sync, struct str id, bool *is, struct err *err);
/* The bytes that are kept under this id, malloced; NULL when there are none, or too many to read beside (256 KiB). */
bool sync_read_known(struct sync *sync, struct str id, char **bytes, size_t *n, struct err *err);
/* Is a mail with this Message-ID (canonical: without brackets and blanks) in the timeline, whoever brought it? */
bool sync_has_mail(struct sync *sync, struct str message_id, bool *has, struct err *err);
/* Every key that has a cursor. */
void sync_each_cursor(struct sync *sync, void (*fn)(struct str key, struct str cursor, void *arg), void *arg);

/* One folder, when it is done. The first is the sum of the next three. */
struct reconciled {
	struct str folder;		/* for people, UTF-8 */
	int64_t listed;			/* on the server, of what was to be taken by now */
	int64_t known;			/* of these in the journal, whatever became of them */
	int64_t filtered;		/* left out by an option */
	int64_t missing;		/* neither, and it could not be fetched either */
	int64_t healed;			/* fetched just now, counted as known */
	int64_t vanished;		/* in the journal, and not listed any more */
	struct str note;		/* e.g. that the folder is gone; may be empty */
	struct str error;		/* not empty: it could not be compared; the numbers count for nothing */
};
/* Durable when it returns. */
bool sync_reconciled(struct sync *sync, const struct reconciled *folder, struct err *err);
/* How far it is, for people who wait; who calls this, or hands something over, is not late (`timeout`). */
struct reconcile_progress {
	uint32_t folder, n_folders;	/* from 1 */
	uint32_t listed, of, healed;	/* in this folder */
};
void sync_progress(struct sync *sync, const struct reconcile_progress *now);
