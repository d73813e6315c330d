/* /companies, /companies/{name}, /companies/{name}/timeline: who belongs together, as far as they are seen. */
#include "api/call.h"
#include "api/cursor.h"
#include "api/filter.h"
#include "api/handlers.h"
#include "api/list.h"

enum { MAX_NAME = 200 };

/* ---- shown ---- */

static void put_path(struct buf *out, struct str name)
{
	buf_add(out, STR("/api/v1/companies/"));
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.ptr[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';

		buf_addf(out, is_plain ? "%c" : "%%%02X", c);
	}
}

static void put_links(struct json_writer *w, struct str name)
{
	struct buf path;

	buf_init(&path, 4 * MAX_NAME + 64);
	put_path(&path, name);
	json_name(w, "links");
	json_open(w, '{');
	json_member(w, "self", buf_str(&path));
	buf_add(&path, STR("/timeline"));
	json_member(w, "timeline", buf_str(&path));
	json_close(w, '}');
	buf_finish(&path);
}

static void put_company(struct json_writer *w, const struct view_company *row)
{
	json_open(w, '{');
	json_member(w, "name", row->name);
	json_member_int(w, "contacts", row->n_contacts);
	put_time(w, "last_at", row->last_us);
	put_links(w, row->name);
	json_close(w, '}');
}

/* ---- list ---- */

static bool put_item_of(const struct view_company *row, void *arg)
{
	struct list *l = arg;

	if (list_is_full(l))
		return false;
	l->last = (struct cursor){ .text = arena_str(l->c->arena, row->name) };
	put_company(&l->w, row);
	return true;
}

bool api_companies(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };
	struct str text = param_str(c, "query");
	struct cursor from = { 0 };
	bool is_next;

	if (!param_limit(c, &l.limit) || !param_cursor(c, &is_next, &from) || !params_end(c))
		return true;
	if (text.len > MAX_NAME)
		return problem_field(c, "query", "too_long", "query has %d bytes at most", MAX_NAME);
	list_begin(&l);
	return list_end(&l, view_each_company(c->st, &c->viewer, text, from.text, l.limit + 1, put_item_of, &l, err));
}

/* ---- one ---- */

static bool find(struct call *c, struct view_company *out, struct err *err)
{
	char *name = arena_bytes(c->arena, c->parts[0].len + 1);
	size_t n;

	if (name == NULL || !http_decode(c->parts[0], false, name, &n))
		return err_setf(err, ERR_MISSING, "there is no such company");
	return view_company(c->st, &c->viewer, (struct str){ name, n }, c->arena, out, err);
}

bool api_company(struct call *c, struct err *err)
{
	struct view_company row;
	struct json_writer w;

	if (!params_end(c))
		return true;
	if (!find(c, &row, err))
		return false;
	json_begin(&w, &c->reply.json);
	put_company(&w, &row);
	return true;
}

bool api_company_timeline(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };
	struct view_timeline q = { 0 };
	struct view_company company;
	struct cursor from = { 0 };

	if (!param_limit(c, &l.limit) || !filter_read(c, &q.filter) || !param_cursor(c, &q.is_next, &from) || !params_end(c))
		return true;
	if (!find(c, &company, err))
		return false;
	q.occurred_us = from.at;
	q.id = from.id;
	q.limit = l.limit + 1;
	list_begin(&l);
	return list_end(&l, view_company_timeline(c->st, &c->viewer, company.name, &q, list_put_item, &l, err));
}
