/* One request on its way: made on the loop, answered by a reader's thread, sent by the loop. */
#pragma once

#include <daybook/arena.h>

#include "api/api.h"
#include "api/browser.h"
#include "api/rights.h"
#include "api/route.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "ingest/ingest.h"
#include "ingest/intake.h"
#include "net/http.h"
#include "store/store.h"
#include "store/token.h"
#include "store/view.h"
#include "store/writer.h"

struct config;
struct cursor;
struct json_object;
struct meter;
struct oidc_desk;
struct pool;
struct reads;
struct rounds;
struct rules;
struct stats;
struct stream_wish;
struct streams;
struct uploads;
struct webhooks;

enum { CALL_PARAMS = 16, CALL_HEADERS = 16, CALL_FIELDS = 24, CALL_JSON = 16 << 20, CALL_LIMIT = 50, CALL_MAX_LIMIT = 200 };

struct param {
	struct str name, value;
	bool is_known;			/* some handler asked for it */
};

struct call_reply {
	int status;
	const char *type;
	struct buf json;		/* the body, unless there are bytes */
	char *bytes;			/* malloced */
	size_t n_bytes;
	struct http_header headers[CALL_HEADERS];	/* values in the arena, or literals */
	size_t n_headers;
};

struct api {
	struct api_parts parts;
	const struct config *config;
	struct meter *meter;
	struct stats *stats;
	struct reads *reads;
	struct streams *streams;
	struct webhooks *webhooks;
	struct oidc_desk *oidc;
	struct uploads *uploads;
	struct rounds *exports;
};

struct call {
	struct job job;			/* first: the writer's handle on it */
	struct api *api;
	struct http_request *rq;	/* the loop's alone */
	struct arena *arena;
	const struct config *config;
	struct rules *rules;		/* who is us; may be NULL */
	const struct api_route *route;	/* NULL: the answer is there already */
	char request_id[ID_TEXT_SIZE];

	int64_t begun_us;		/* by the monotonic clock */

	struct str path, query, authorization, if_none_match, if_match, last_event_id, range;
	struct str content_type, key;	/* key: Idempotency-Key */
	bool has_key, has_if_match;
	struct str body;		/* as long as rq */
	struct json_object *json;	/* of a route that takes JSON */
	const char *fields[CALL_FIELDS];	/* of it, that some handler asked for */
	size_t n_fields;
	struct str parts[ROUTE_MAX_PARTS];
	struct param params[CALL_PARAMS];
	size_t n_params;

	struct store *st;		/* the reader's snapshot; in a deed the writer's transaction */
	/* What a handler leaves to be done: writer's thread, in a transaction, maybe more than once. It fills the reply anew. Once a
	 * problem is the answer, it may have changed nothing. */
	bool (*deed)(struct call *c, struct err *err);
	void (*after)(struct call *c);	/* loop: once the deed is durable; may be NULL */
	void *wish;			/* the handler's, for its deed */
	/* What takes long, between handler and deed: without a store, on a thread of `workers`, else a parser's. A problem that it leaves is
	 * the answer, and where there is no deed what it fills. NULL: nothing. */
	bool (*work)(struct call *c, struct err *err);
	struct pool *workers;
	void (*leave)(struct call *c);	/* loop: at the end of it, whatever came of it; may be NULL */
	bool (*turn)(struct call *c, struct err *err);	/* loop's thread, at the end: what only the loop may ask for */
	struct source_list sources;	/* of a route that changes something */
	struct intake *intake;		/* of a deed that is one; owned */
	const char *secret_name;	/* a member of the answer that is told once and kept nowhere */
	struct str secret;
	size_t n_headers_before;	/* it was done */
	struct browser browser;
	int64_t session;		/* whose id is minus that of the token below; 0: none */
	struct token_row token;		/* of a session: whom it is of */
	struct powers powers;
	struct viewer viewer;
	int64_t *reads;			/* restricted contacts that the answer tells of, and the audit log does not know of (reads.h) */
	size_t n_reads;
	const char *told;		/* what the audit log is told of parts[0] before the answer goes out; NULL: nothing */
	struct call_reply reply;
	struct stream_wish *stream;	/* the answer is a live stream; NULL: it is not */
};

/* ---- problem.c: RFC 9457 ---- */

/* The answer is this problem. Returns true, so that a handler is done with it. */
bool problem(struct call *c, int status, const char *code, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* 422 with one entry in errors; name is that of a parameter. */
bool problem_field(struct call *c, const char *name, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same of the body; pointer is a JSON pointer into it. */
bool problem_body(struct call *c, const char *pointer, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* 409, with the contact that is in the way; 0: one that is not seen. */
bool problem_conflict(struct call *c, int64_t contact, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void problem_of(struct call *c, const struct err *err);
void call_header(struct call *c, const char *name, const char *value);

/* ---- write.c ---- */

/* To the writer, who does the deed and answers. */
void call_write(struct call *c);
void call_forget_reply(struct call *c);
void call_send(void *call);		/* api.c, loop: the answer, and the end of the call */
/* False: If-Match is there and says nothing, and the problem is the answer. Who sends it wants to be refused in doubt. */
bool call_has_good_condition(struct call *c);
/* For handler and deed: If-Match, when there is one, wants another version than this: 412 is the answer. */
bool call_matches(struct call *c, int64_t version);
/* Who decides, as the journal has it: a name from staff, or "token NAME". */
struct str call_by(struct call *c);
/* 201 and where the new thing is. path is kept. */
void call_created(struct call *c, struct str path);

/* ---- once.c: Idempotency-Key ---- */

/* *is_answered: the reply is there, be it that of the first time or a problem. */
bool once_find(struct call *c, bool *is_answered, struct err *err);
bool once_keep(struct call *c, struct err *err);	/* writer's thread, in the transaction of the deed */

/* ---- body.c: each is false when the problem is the answer ---- */

bool body_take(struct call *c);
struct json_object *body_field(struct call *c, const char *name);	/* NULL: not given, or null */
/* Trimmed; empty: not given. */
bool body_text(struct call *c, const char *name, size_t max_bytes, struct str *text);
bool body_line(struct call *c, const char *name, size_t max_bytes, struct str *text);	/* without control characters */
bool body_id(struct call *c, const char *name, const char *prefix, int64_t *id);		/* 0: not given */
bool body_flag(struct call *c, const char *name, bool *flag);
bool body_number(struct call *c, const char *name, int64_t *n);		/* 0: not given */
bool body_needs(struct call *c, const char *name, bool is_given);
/* A list of {scheme, value}, canonical. Not given: none. */
bool body_identities(struct call *c, const char *name, struct identity **ids, size_t *n);
/* One of them, wherever it was read from. */
bool identity_read(struct call *c, const char *pointer, struct str scheme, struct str value, struct identity *id);
/* After all others were asked for: what is left over is unknown. */
bool body_end(struct call *c);

/* ---- auth.c ---- */

/* False: the problem is the answer. */
bool call_authenticate(struct call *c);

/* ---- params.c: each is false when the problem is the answer ---- */

bool params_parse(struct call *c);
struct str param_str(struct call *c, const char *name);		/* empty: not given */
bool param_limit(struct call *c, size_t *limit);
bool param_time(struct call *c, const char *name, int64_t *time_us);
/* A list with commas of names; *mask stays 0 when it is not given. from() gives 0 for an unknown one. */
bool param_mask(struct call *c, const char *name, unsigned (*from)(struct str name), int64_t *mask);
/* After all others were asked for: what is left over is unknown. */
bool params_end(struct call *c);
/* *is_given false: from the beginning. */
bool param_cursor(struct call *c, bool *is_given, struct cursor *cursor);
/* "next" of a list that goes on; NULL: it does not. */
bool call_put_next(struct call *c, struct json_writer *w, const struct cursor *next, struct err *err);

/* ---- whose.c: what the path or a field names, where it is seen; else ERR_MISSING ---- */

bool seen_contact(struct call *c, struct str id, struct view_contact *contact, struct err *err);
bool sees_contact(struct call *c, int64_t id, struct view_contact *contact, struct err *err);
bool seen_entry(struct call *c, struct str text, int64_t *id, struct err *err);
/* Of a review item: how many decisions there were about those of its candidates that are seen. */
bool seen_version(struct call *c, const struct review_row *row, int64_t *version, struct err *err);

/* ---- show.c ---- */

void put_time(struct json_writer *w, const char *name, int64_t time_us);
void put_id(struct json_writer *w, const char *name, int64_t id, const char *prefix);
/* links: self and timeline. */
void put_contact_links(struct json_writer *w, int64_t contact);
bool put_contact(struct call *c, struct json_writer *w, const struct view_contact *contact, bool with_why, struct err *err);
/* One entry of a list. */
bool put_item(struct call *c, struct json_writer *w, const struct interaction_row *row, struct err *err);
/* The whole of it. */
bool put_entry(struct call *c, struct buf *out, const struct interaction_row *row, struct err *err);
