/* /search */
#include "api/handlers.h"
#include "api/list.h"
#include "api/query_text.h"

bool api_search(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };
	struct view_search q = { 0 };
	struct cursor from = { 0 };
	struct str typed = param_str(c, "q");
	bool is_next;

	if (!param_limit(c, &l.limit) || !param_cursor(c, &is_next, &from) || !params_end(c))
		return true;
	if (str_trim(typed).len == 0)
		return problem_field(c, "q", "missing", "q says what to look for");
	if (!query_text(typed, c->arena, &q, err))
		return problem_field(c, "q", err->kind == ERR_LIMIT ? "too_long" : "not_a_query", "%s", err->msg);
	q.before_id = is_next ? from.id : 0;
	q.limit = l.limit + 1;
	list_begin(&l);
	if (view_search(c->st, &c->viewer, &q, list_put_item, &l, err))
		return list_end(&l, true);
	return err->kind == ERR_LIMIT && problem_field(c, "q", "too_slow", "%s", err->msg);
}
