#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "base/log.h"
#include "base/mem.h"

enum { MAX_DETAIL = 600 };

void call_header(struct call *c, const char *name, const char *value)
{
	if (value != NULL && c->reply.n_headers + 1 < CALL_HEADERS)
		c->reply.headers[c->reply.n_headers++] = (struct http_header){ name, value };
}

static const char *title_of(int status)
{
	switch (status) {
	case 400: return "The request cannot be understood";
	case 401: return "A valid token is needed";
	case 403: return "This token may not do this";
	case 404: return "Not found";
	case 410: return "Gone for good";
	case 405: return "Not with this method";
	case 409: return "It is there already";
	case 412: return "It has changed meanwhile";
	case 413: return "Too large";
	case 415: return "Not this kind of body";
	case 416: return "It has no such part";
	case 422: return "It cannot be done like this";
	case 429: return "Too many requests";
	case 502: return "The other side is not as it should be";
	case 503: return "Not at the moment";
	case 507: return "There is no room for it";
	default: return "Something went wrong";
	}
}

/* What a handler had written before it failed is gone. */
static void begin(struct call *c, int status, const char *code, struct json_writer *w, const char *detail)
{
	c->reply.status = status;
	c->reply.type = "application/problem+json";
	free(c->reply.bytes);
	c->reply.bytes = NULL;
	buf_clear(&c->reply.json);
	json_begin(w, &c->reply.json);
	json_open(w, '{');
	json_member(w, "type", arena_strf(c->arena, "/docs#%s", code));
	json_member(w, "title", str_from(title_of(status)));
	json_member_int(w, "status", status);
	json_member(w, "detail", str_from(detail));
	json_member(w, "instance", str_from(c->request_id));
}

bool problem(struct call *c, int status, const char *code, const char *fmt, ...)
{
	char detail[MAX_DETAIL];
	struct json_writer w;
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	begin(c, status, code, &w, detail);
	json_close(&w, '}');
	return true;
}

static void put_one(struct call *c, const char *type, struct str pointer, const char *code, const char *detail)
{
	struct json_writer w;

	begin(c, 422, type, &w, detail);
	json_name(&w, "errors");
	json_open(&w, '[');
	json_open(&w, '{');
	json_member(&w, "pointer", pointer);
	json_member(&w, "code", str_from(code));
	json_member(&w, "detail", str_from(detail));
	json_close(&w, '}');
	json_close(&w, ']');
	json_close(&w, '}');
}

bool problem_field(struct call *c, const char *name, const char *code, const char *fmt, ...)
{
	char detail[MAX_DETAIL];
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	put_one(c, "invalid-parameter", arena_strf(c->arena, "/%s", name), code, detail);
	return true;
}

bool problem_body(struct call *c, const char *pointer, const char *code, const char *fmt, ...)
{
	char detail[MAX_DETAIL];
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	put_one(c, "invalid-field", str_from(pointer), code, detail);
	return true;
}

bool problem_conflict(struct call *c, int64_t contact, const char *fmt, ...)
{
	char detail[MAX_DETAIL];
	struct json_writer w;
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	begin(c, 409, "conflict", &w, detail);
	put_id(&w, "existing", contact, "con_");
	json_close(&w, '}');
	return true;
}

void problem_of(struct call *c, const struct err *err)
{
	switch (err->kind) {
	case ERR_MISSING:
		problem(c, 404, "not-found", "%s", err->msg);
		return;
	case ERR_AGAIN:
	case ERR_FULL:
	case ERR_CANCELED:
		call_header(c, "Retry-After", "2");
		problem(c, 503, "try-again", "%s", err->msg);
		return;
	case ERR_INPUT:
	case ERR_LIMIT:
		if (strcmp(c->route->method, "GET") != 0) {	/* it was understood, and cannot be done */
			problem(c, 422, "cannot-be-done", "%s", err->msg);
			return;
		}
		/* fall through */
	default:
		/* What went wrong inside is for the log. */
		log_error(NULL, "a request to the API failed", kv_s("request", c->request_id), kv_s("path", c->route->path),
			  kv_s("reason", err->msg));
		problem(c, 500, "internal", "this is a fault of Daybook; the log has it under %s", c->request_id);
	}
}
