/* One request on its way: made on the loop, answered by a reader's thread, sent by the loop. */
#pragma once

#include <daybook/arena.h>

#include "api/api.h"
#include "api/rights.h"
#include "api/route.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "net/http.h"
#include "store/store.h"
#include "store/token.h"
#include "store/view.h"

struct config;
struct cursor;
struct rules;

enum { CALL_PARAMS = 16, CALL_HEADERS = 12, CALL_JSON = 16 << 20, CALL_LIMIT = 50, CALL_MAX_LIMIT = 200 };

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
};

struct call {
	struct api *api;
	struct http_request *rq;	/* the loop's alone */
	struct arena *arena;
	const struct config *config;
	struct rules *rules;		/* who is us; may be NULL */
	const struct api_route *route;	/* NULL: the answer is there already */
	char request_id[ID_TEXT_SIZE];

	struct str path, query, authorization, if_none_match;
	struct str parts[ROUTE_MAX_PARTS];
	struct param params[CALL_PARAMS];
	size_t n_params;

	struct store *st;
	struct token_row token;
	struct powers powers;
	struct viewer viewer;
	struct call_reply reply;
};

/* ---- problem.c: RFC 9457 ---- */

/* The answer is this problem. Returns true, so that a handler is done with it. */
bool problem(struct call *c, int status, const char *code, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* 422 with one entry in errors; name is that of a parameter. */
bool problem_field(struct call *c, const char *name, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void problem_of(struct call *c, const struct err *err);
void call_header(struct call *c, const char *name, const char *value);

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

/* ---- show.c ---- */

void put_time(struct json_writer *w, const char *name, int64_t time_us);
void put_id(struct json_writer *w, const char *name, int64_t id, const char *prefix);
bool put_contact(struct call *c, struct json_writer *w, const struct view_contact *contact, bool with_why, struct err *err);
/* One entry of a list. */
bool put_item(struct call *c, struct json_writer *w, const struct interaction_row *row, struct err *err);
/* The whole of it. */
bool put_entry(struct call *c, struct buf *out, const struct interaction_row *row, struct err *err);
