/* /changes: the log of changes, from any position on. */
#include "api/call.h"
#include "api/change_json.h"
#include "api/handlers.h"

/* So many rows are looked at for one answer, however few of them are seen. */
enum { CHANGES_LOOKED_AT = 5000 };

struct changes_page {
	struct call *c;
	struct json_writer w;
	size_t limit, n;
	int64_t next;
	bool failed;
	struct err *err;
};

static unsigned kind_number(struct str name)
{
	return change_from(name);
}

static bool put_change(const struct view_change *change, void *arg)
{
	struct changes_page *p = arg;

	if (p->n++ == p->limit)
		return false;
	p->next = change->seq;
	p->failed = !change_put(&p->w, p->c->st, &p->c->viewer, change, NULL, p->err);
	return !p->failed;
}

static bool read_after(struct call *c, bool *is_given, int64_t *after)
{
	struct str text = param_str(c, "after");

	*is_given = text.len > 0;
	*after = 0;
	return !*is_given || str_int64(text, after) ||
	       !problem_field(c, "after", "not_a_number", "after is the \"next\" of an earlier answer, or 0");
}

static bool put_items(struct changes_page *p, int64_t kinds, int64_t after, int64_t until)
{
	p->next = after;
	if (!view_each_change(p->c->st, &p->c->viewer, kinds, after, until, put_change, p, p->err) || p->failed)
		return false;
	if (p->n <= p->limit)		/* the rest of what was looked at is not for these eyes */
		p->next = until;
	return true;
}

bool api_changes(struct call *c, struct err *err)
{
	struct changes_page p = { .c = c, .err = err };
	int64_t wanted = 0, after, until;
	struct change_span span;
	bool is_given, is_reset;

	if (!param_limit(c, &p.limit) || !read_after(c, &is_given, &after) || !param_mask(c, "kinds", kind_number, &wanted) ||
	    !params_end(c))
		return true;
	if (!store_change_span(c->st, &span, err))
		return false;
	is_reset = is_given && (after > span.last || after + 1 < span.first);
	if (is_reset)
		after = span.last;
	else if (!is_given)
		after = span.first > 0 ? span.first - 1 : 0;
	until = span.last - after > CHANGES_LOOKED_AT ? after + CHANGES_LOOKED_AT : span.last;
	json_begin(&p.w, &c->reply.json);
	json_open(&p.w, '{');
	json_name(&p.w, "items");
	json_open(&p.w, '[');
	if (!put_items(&p, change_kinds(&c->powers) & (wanted ? wanted : INT64_MAX), after, until))
		return false;
	json_close(&p.w, ']');
	json_member_int(&p.w, "next", p.next);
	json_member_int(&p.w, "last", span.last);
	json_member_bool(&p.w, "reset", is_reset);
	json_close(&p.w, '}');
	return true;
}
