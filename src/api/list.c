#include "api/list.h"

void list_begin(struct list *l)
{
	json_begin(&l->w, &l->c->reply.json);
	json_open(&l->w, '{');
	json_name(&l->w, "items");
	json_open(&l->w, '[');
}

bool list_is_full(struct list *l)
{
	l->goes_on = l->n == l->limit;
	l->n += !l->goes_on;
	return l->goes_on;
}

bool list_end(struct list *l, bool was_read)
{
	if (!was_read || l->failed)
		return false;
	json_close(&l->w, ']');
	if (!call_put_next(l->c, &l->w, l->goes_on ? &l->last : NULL, l->err))
		return false;
	json_close(&l->w, '}');
	return true;
}

bool list_put_item(const struct interaction_row *row, void *arg)
{
	struct list *l = arg;

	if (l->failed || list_is_full(l))
		return true;
	l->last = (struct cursor){ .at = row->it.occurred_us, .id = row->id };
	l->failed = !put_item(l->c, &l->w, row, l->err);
	return true;
}
