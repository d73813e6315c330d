/* /exports: what somebody may see, as a file. They are made by export_job.h. */
#include <string.h>

#include "api/call.h"
#include "api/export_job.h"
#include "api/handlers.h"
#include "api/list.h"
#include "api/query_text.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/audit.h"
#include "store/export.h"
#include "store/export_file.h"

enum { MAX_WORD = 20, MAX_QUERY = 256, MAX_KEPT = 10, MOST_AT_ONCE = 64 << 20 };

/* ---- whose ---- */

/* A session ends, the person stays. */
static int64_t token_of(const struct call *c)
{
	return c->token.id > 0 ? c->token.id : 0;
}

static bool is_own(const struct call *c, const struct export_row *row)
{
	return row->token == token_of(c) && (row->token != 0 || str_eq(row->staff, c->token.staff)) && str_eq(row->role, c->token.role);
}

/* Another's is as if it were not there. */
static bool find(struct call *c, struct export_row *row, struct err *err)
{
	int64_t id;

	if (!id_parse(c->parts[0], "exp_", &id))
		return err_setf(err, ERR_MISSING, "there is no such export");
	return store_get_export(c->st, id, c->arena, row, err) &&
	       (is_own(c, row) || err_setf(err, ERR_MISSING, "there is no such export"));
}

static bool tell(struct call *c, int64_t id, const char *what, struct str detail, struct err *err)
{
	char text[ID_TEXT_SIZE];

	return audit_add(c->st, &(struct audit_entry){ .who = call_by(c), .what = str_from(what),
						      .which = str_from(id_format(id, "exp_", text)), .detail = detail }, err);
}

/* ---- shown ---- */

static const char *state_of(const struct export_row *row)
{
	if (row->failed.len > 0)
		return "failed";
	return row->done_us == 0 ? "making" : "ready";
}

static void put_members(struct json_writer *w, const struct export_row *row)
{
	char id[ID_TEXT_SIZE];

	id_format(row->id, "exp_", id);
	json_member(w, "id", str_from(id));
	json_member(w, "what", row->what);
	json_member(w, "format", row->format);
	json_member_or_null(w, "query", row->query);
	put_id(w, "contact", row->contact, "con_");
	json_member(w, "state", str_from(state_of(row)));
	json_member_or_null(w, "error", row->failed);
	put_time(w, "asked_at", row->asked_us);
	put_time(w, "done_at", row->done_us);
	put_time(w, "expires_at", row->expires_us);
	json_member_int(w, "rows", row->n_rows);
	json_member_int(w, "bytes", row->n_bytes);
}

static bool put_one(struct call *c, const struct export_row *row)
{
	struct json_writer w;

	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	put_members(&w, row);
	json_close(&w, '}');
	return true;
}

static bool put_item_of(const struct export_row *row, void *arg)
{
	struct list *l = arg;

	json_open(&l->w, '{');
	put_members(&l->w, row);
	json_close(&l->w, '}');
	return true;
}

bool api_exports(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };

	if (!params_end(c))
		return true;
	list_begin(&l);
	return list_end(&l, store_each_export(c->st, token_of(c), c->token.staff, put_item_of, &l, err));
}

bool api_export(struct call *c, struct err *err)
{
	struct export_row row;

	return !params_end(c) || (find(c, &row, err) && put_one(c, &row));
}

/* ---- asked for ---- */

static bool count(const struct export_row *row, void *arg)
{
	(void)row;
	++*(int *)arg;
	return true;
}

static void wake(struct call *c)
{
	rounds_wake(c->api->exports);
}

static bool begin(struct call *c, struct err *err)
{
	struct export_row *row = c->wish;
	char text[ID_TEXT_SIZE];
	int n = 0;

	if (!store_each_export(c->st, row->token, row->staff, count, &n, err))
		return false;
	if (n >= MAX_KEPT)
		return problem(c, 409, "too-many-exports", "you have %d exports; delete one, or wait until one expires", MAX_KEPT);
	row->asked_us = clock_wall_us();
	row->expires_us = row->asked_us + 7 * EXPORT_LIFE_US;
	if (!store_put_export(c->st, row, &row->id, err) || !tell(c, row->id, "export", row->what, err))
		return false;
	call_created(c, arena_strf(c->arena, "/api/v1/exports/%s", id_format(row->id, "exp_", text)));
	c->reply.status = 202;
	return put_one(c, row);
}

static bool is_choice(struct call *c, const char *name, struct str *value, const char *first, const char *second)
{
	if (value->len == 0)
		*value = str_from(first);
	return str_eq(*value, str_from(first)) || str_eq(*value, str_from(second)) ||
	       !problem_body(c, arena_strf(c->arena, "/%s", name).ptr, "unknown_value", "%s is %s or %s", name, first, second);
}

static bool is_query(struct call *c, const struct export_row *row)
{
	struct view_search ignored = { 0 };
	struct err err;

	if (row->query.len == 0 || str_eq(row->what, STR("contacts")) || query_text(row->query, c->arena, &ignored, &err))
		return true;
	return !problem_body(c, "/query", "not_a_query", "%s", err.msg);
}

bool api_export_begin(struct call *c, struct err *err)
{
	struct export_row *row = arena_new(c->arena, struct export_row);
	struct view_contact seen;

	*row = (struct export_row){ .by = c->token.name, .token = token_of(c), .staff = c->token.staff, .role = c->token.role };
	if (!body_line(c, "what", MAX_WORD, &row->what) || !body_line(c, "format", MAX_WORD, &row->format) ||
	    !body_line(c, "query", MAX_QUERY, &row->query) || !body_id(c, "contact", "con_", &row->contact) || !body_end(c) ||
	    !body_needs(c, "what", row->what.len > 0) || !is_choice(c, "what", &row->what, "interactions", "contacts") ||
	    !is_choice(c, "format", &row->format, "jsonl", "csv") || !is_query(c, row))
		return true;
	if (row->contact != 0 && (row->query.len > 0 || str_eq(row->what, STR("contacts"))))
		return problem_body(c, "/contact", "not_with_this", "contact is for its interactions, all of them: without query");
	c->wish = row;
	c->deed = begin;
	c->after = wake;
	return row->contact == 0 || sees_contact(c, row->contact, &seen, err);
}

/* ---- fetched ---- */

struct span {
	int64_t first, n;
	bool is_part;
};

static bool read_number(struct str text, int64_t *n)
{
	return str_int64(text, n) && *n >= 0;
}

/* RFC 9110 §14.1.2, one range; others are as if none had been asked for. False: there is nothing there. */
static bool read_span(struct str range, int64_t size, struct span *s)
{
	struct str from = str_sub(range, 6, STR_NONE), to;
	size_t dash = str_chr(from, '-');
	int64_t last = size - 1;

	*s = (struct span){ .first = 0, .n = size };
	if (!str_istarts(range, STR("bytes=")) || dash == STR_NONE)
		return true;
	to = str_sub(from, dash + 1, STR_NONE);
	from = str_sub(from, 0, dash);
	if (from.len == 0) {
		if (!read_number(to, &last))
			return true;
		s->first = last < size ? size - last : 0;
		last = size - 1;
	} else if (!read_number(from, &s->first) || (to.len > 0 && !read_number(to, &last))) {
		s->first = 0;
		return true;
	}
	s->is_part = true;
	if (last >= size)
		last = size - 1;
	s->n = last - s->first + 1;
	return s->n > 0;
}

static bool put_file(struct call *c, const struct export_row *row, const struct span *s, struct err *err)
{
	bool is_csv = str_eq(row->format, STR("csv"));

	if (!export_file_read(c->api->parts.dir, row->id, s->first, (size_t)s->n, &c->reply.bytes, err))
		return err->kind == ERR_MISSING && problem(c, 410, "export-gone", "the file is not there any more (an erasure takes it away); ask anew");
	c->reply.n_bytes = (size_t)s->n;
	c->reply.status = s->is_part ? 206 : 200;
	c->reply.type = is_csv ? "text/csv; charset=utf-8" : "application/jsonl";
	call_header(c, "Accept-Ranges", "bytes");
	call_header(c, "Content-Disposition", arena_strf(c->arena, "attachment; filename=\"" STR_FMT ".%s\"", STR_ARG(row->what),
							 is_csv ? "csv" : "jsonl").ptr);
	if (s->is_part)
		call_header(c, "Content-Range", arena_strf(c->arena, "bytes %lld-%lld/%lld", (long long)s->first, (long long)(s->first + s->n - 1),
							   (long long)row->n_bytes).ptr);
	if (s->first == 0)
		c->told = "export fetch";
	return true;
}

bool api_export_data(struct call *c, struct err *err)
{
	struct export_row row;
	struct span span;

	if (!params_end(c))
		return true;
	if (!find(c, &row, err))
		return false;
	if (row.failed.len > 0)
		return problem(c, 410, "export-gone", "this export came to nothing: " STR_FMT, STR_ARG(row.failed));
	if (row.done_us == 0)
		return problem(c, 409, "export-making", "it is being made: %lld rows so far", (long long)row.n_rows);
	if (!read_span(c->range, row.n_bytes, &span)) {
		call_header(c, "Content-Range", arena_strf(c->arena, "bytes */%lld", (long long)row.n_bytes).ptr);
		return problem(c, 416, "no-such-range", "the file has %lld bytes", (long long)row.n_bytes);
	}
	if (span.n > MOST_AT_ONCE)
		return problem(c, 422, "too-large", "it has %lld bytes: fetch it in pieces of at most %d, with Range: bytes=0-%d and so on "
			       "(curl -r)", (long long)row.n_bytes, MOST_AT_ONCE, MOST_AT_ONCE - 1);
	return put_file(c, &row, &span, err);
}

/* ---- away ---- */

static bool drop(struct call *c, struct err *err)
{
	struct export_row row;

	if (!find(c, &row, err) || !store_drop_export(c->st, row.id, err))
		return false;
	c->reply.status = 204;
	c->reply.type = NULL;
	return true;
}

bool api_export_drop(struct call *c, struct err *err)
{
	struct export_row row;

	if (!params_end(c))
		return true;
	c->deed = drop;
	c->after = wake;		/* which takes the file away */
	return find(c, &row, err);
}
