/* A conversation with an IMAP server: the only place that knows libetpan's IMAP. It reads and nothing
 * else: EXAMINE and BODY.PEEK, no command that changes a mailbox exists here.
 *
 * Rule for errors: only a plain NO leaves the connection usable. After anything else (end of stream,
 * deadline, an answer that cannot be parsed, BAD, BYE) the session has already dropped it, because
 * libetpan would be out of step with the server. Blocks; one thread at a time. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#include "imap/folders.h"
#include "imap/parts.h"
#include "imap/throttle.h"

struct session;
struct tls;

enum session_tls { SESSION_TLS_IMPLICIT, SESSION_TLS_STARTTLS, SESSION_TLS_NONE };

struct session_options {		/* strings are borrowed for the session's life */
	const char *host;
	unsigned port;
	enum session_tls mode;
	struct tls *tls;		/* NULL with SESSION_TLS_NONE */
	const char *user;
	struct str password;
	/* NULL: the password. An access token, valid until the next call; was_refused: another one than the last. */
	bool (*get_token)(void *arg, bool was_refused, struct str *token, struct err *err);
	int64_t connect_timeout_us, command_timeout_us;
	int64_t max_literal;		/* bytes of one mail that are taken */
	bool (*is_canceled)(void *arg);
	void *arg;
};

/* What the last failed call means for the one who called. */
enum session_fault {
	SESSION_FINE,
	SESSION_REFUSED,	/* a plain NO: go on */
	SESSION_LOST,		/* the connection is gone: reconnect, try again */
	SESSION_UNREADABLE,	/* the answer could not be parsed: reconnect, ask for less */
	SESSION_TOO_LARGE,	/* the answer was larger than asked for: reconnect, ask for less */
};

struct session *session_create(const struct session_options *opt);
void session_destroy(struct session *s);	/* says LOGOUT when there is somebody to say it to */

/* Dial, TLS, greeting, login. ERR_AUTH: refused for good; ERR_CONF: certificate, no way to log in that both know;
 * ERR_LOGIN: get_token() says so; ERR_THROTTLED: too much; else ERR_AGAIN. */
bool session_connect(struct session *s, struct err *err);
bool session_dial(struct session *s, struct err *err);		/* its first half: up to the greeting, with TLS */
bool session_login(struct session *s, struct err *err);		/* its second half */
const char *session_describe(const struct session *s, char *out, size_t size);	/* of TLS; once dialled */
void session_disconnect(struct session *s);	/* polite where it can be, at most 3 s */
bool session_is_connected(const struct session *s);
enum session_fault session_fault(const struct session *s);

/* ERR_THROTTLED says that it has had enough of us: this is how, since session_calm(). Said of the whole account it has
 * dropped the connection, and nobody should make another one soon. */
struct throttle session_throttle(const struct session *s, struct err *why);
void session_calm(struct session *s);

/* Caller frees with listed_free(). */
bool session_list(struct session *s, struct listed **out, size_t *n_out, struct err *err);
void listed_free(struct listed *all, size_t n_all);

struct mailbox {
	uint32_t uidvalidity, uidnext;	/* 0: the server does not say */
	uint32_t exists;
};
bool session_examine(struct session *s, const char *name, struct mailbox *out, struct err *err);
/* The same numbers without opening it, of one that is not open; what the server does not say is 0. */
bool session_status(struct session *s, const char *name, struct mailbox *out, struct err *err);
/* X-GM-EXT-1: metas bear Gmail's numbers and whether it is a draft. Once logged in. */
bool session_is_gmail(const struct session *s);

/* Inclusive; to UINT32_MAX is "*". */
struct uid_range {
	uint32_t from, to;
};
/* UIDs in these ranges that exist, ascending, each once. Caller frees *uids. */
bool session_search(struct session *s, const struct uid_range *ranges, size_t n_ranges, uint32_t max_found,
		    uint32_t **uids, size_t *n_uids, struct err *err);

/* The same of those that the server received before that day (UTC), give or take the time zones of the world. */
bool session_search_before(struct session *s, const struct uid_range *ranges, size_t n_ranges, int64_t before_us,
			   uint32_t max_found, uint32_t **uids, size_t *n_uids, struct err *err);
/* The same of those that Gmail finds by this query of its own. */
bool session_search_gmail(struct session *s, const struct uid_range *range, const char *query, uint32_t max_found,
			  uint32_t **uids, size_t *n_uids, struct err *err);
/* The same of those with one of these addresses in From, To or Cc, as the server sees it; at most 16 addresses. */
bool session_search_people(struct session *s, const struct uid_range *range, const char *const *addresses,
			   size_t n_addresses, uint32_t max_found, uint32_t **uids, size_t *n_uids, struct err *err);

enum mail_gate {
	GATE_OPEN,
	GATE_CLOSED,			/* left out on purpose */
	GATE_UNKNOWN,			/* the server did not show enough of it: to be asked again */
};

/* Those whose header field Message-ID holds this text, which is plain ASCII. */
bool session_search_id(struct session *s, const char *message_id, uint32_t max_found, uint32_t **uids, size_t *n_uids,
		       struct err *err);
/* Those that it received on that day or later, and some of the two days before it. */
bool session_search_since(struct session *s, struct uid_range range, int64_t since_us, uint32_t max_found,
			  uint32_t **uids, size_t *n_uids, struct err *err);

struct mail {
	uint32_t uid;
	int64_t internaldate_us;	/* INT64_MIN: not given */
	int64_t size;			/* RFC822.SIZE; -1: not given */
	uint64_t gm_msgid, gm_thrid;	/* Gmail's numbers of the mail and its thread; 0: none */
	bool is_draft;			/* asked for at Gmail only, whose All Mail holds them */
	enum mail_gate gate;		/* what imap_gate() says */
	struct str body;		/* session's; valid until the next call */
	bool has_body;
	bool is_partial;		/* body is without what was left out, of type MAIL_SOME_PARTS */
	int64_t spared;			/* how much that was */
};
/* What exists of the ranges, ascending, each once. Caller frees *mails. */
bool session_fetch_metas(struct session *s, const struct uid_range *ranges, size_t n_ranges,
			 uint32_t max_found, struct mail **mails, size_t *n_mails, struct err *err);
/* The last answer ended with a NO: something was left out of it. */
bool session_left_some_out(const struct session *s);
/* What stands at these places of the mailbox (from 1, both inclusive), by UID. Caller frees *mails. */
bool session_fetch_places(struct session *s, uint32_t first, uint32_t last, struct mail **mails, size_t *n_mails,
			  struct err *err);
/* The newest n of a mailbox that holds `exists` (not 0). */
bool session_fetch_newest(struct session *s, uint32_t exists, uint32_t n, struct mail **mails, size_t *n_mails,
			  struct err *err);
/* Fills body and has_body of these mails, which are ascending. */
bool session_fetch_bodies(struct session *s, struct mail *mails, size_t n_mails, struct err *err);
/* The same with the header field Message-ID alone as body. */
bool session_fetch_message_ids(struct session *s, struct mail *mails, size_t n_mails, struct err *err);
/* The same with these header fields (names end with NULL), of each mail the first max_each bytes. */
bool session_fetch_fields(struct session *s, struct mail *mails, size_t n_mails, const char *const *names,
			  uint32_t max_each, struct err *err);
/* A piece of one mail; shorter than asked for at its end. found false: no such mail. */
bool session_fetch_piece(struct session *s, uint32_t uid, uint32_t offset, uint32_t size, struct str *piece,
			 bool *found, struct err *err);
bool session_fetch_header(struct session *s, uint32_t uid, struct str *header, bool *found, struct err *err);

/* session_structure.c: what a mail is made of, with its header. */
struct described {
	uint32_t uid;
	bool is_found;			/* the server described it */
	int64_t size;			/* RFC822.SIZE */
	struct structure structure;	/* the caller's, for structure_finish() */
	char *header;			/* malloced */
	size_t n_header;
};
/* Fills all but uid of these, which are ascending. True: what the server did not tell is not found. */
bool session_describe_mails(struct session *s, struct described *mails, size_t n_mails, struct err *err);
void described_finish(struct described *mail);

/* A piece of a mail: n, n.MIME or n.HEADER. */
struct section {
	struct section_path path;
	enum piece_kind kind;
};
/* The same sections of each of these mails (ascending), which have at most max_bytes together. take: any number of
 * them in any order; bytes are valid during the call. */
typedef void (*section_fn)(void *arg, uint32_t uid, size_t section, struct str bytes);
bool session_fetch_sections(struct session *s, const uint32_t *uids, size_t n_uids, const struct section *sections,
			    size_t n_sections, uint64_t max_bytes, section_fn take, void *arg, struct err *err);

bool session_has_idle(const struct session *s);
bool session_idle(struct session *s, struct err *err);		/* after session_examine() */
bool session_idle_done(struct session *s, struct err *err);
bool session_is_idle(const struct session *s);
bool session_has_pending(const struct session *s);
bool session_is_called(const struct session *s);	/* the server has said something that nobody has read */
int session_fd(const struct session *s);
