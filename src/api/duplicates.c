/* /contacts/duplicates */
#include "api/call.h"
#include "api/handlers.h"
#include "api/list.h"
#include "conf/config.h"
#include "model/likeness.h"

static bool put_side(struct list *l, int64_t id)
{
	struct view_contact contact;

	return view_contact(l->c->st, &l->c->viewer, id, l->c->arena, &contact, l->err) &&
	       put_contact(l->c, &l->w, &contact, false, l->err);
}

static bool put_pair(const struct lookalike *pair, void *arg)
{
	struct list *l = arg;

	if (list_is_full(l))
		return false;
	l->last = (struct cursor){ .at = pair->one, .id = pair->other };
	json_open(&l->w, '{');
	json_member(&l->w, "score", str_from(likeness_score(pair->shared)));
	json_name(&l->w, "reasons");
	json_open(&l->w, '[');
	for (int kind = 0; kind < LIKE_COUNT; kind++)
		if (pair->shared & 1u << kind)
			json_str_value(&l->w, str_from(likeness_reason((enum likeness)kind)));
	json_close(&l->w, ']');
	json_name(&l->w, "contacts");
	json_open(&l->w, '[');
	l->failed = !put_side(l, pair->one) || !put_side(l, pair->other);
	json_close(&l->w, ']');
	json_close(&l->w, '}');
	return !l->failed;
}

bool api_duplicates(struct call *c, struct err *err)
{
	struct list l = { .c = c, .err = err };
	struct cursor from = { 0 };
	const struct conf_list *by = &c->config->matching.suggest_merge;
	bool is_next;

	if (!param_limit(c, &l.limit) || !param_cursor(c, &is_next, &from) || !params_end(c))
		return true;
	list_begin(&l);
	return list_end(&l, view_each_lookalike(c->st, &c->viewer, likeness_mask(by->items, by->n_items), from.at, from.id, l.limit + 1, put_pair, &l, err));
}
