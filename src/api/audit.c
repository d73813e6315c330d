/* /audit: who did what. Ids alone, so that whoever may ask sees all of it. */
#include "api/handlers.h"
#include "api/list.h"
#include "store/audit.h"

static bool put_entry_of_log(const struct audit_row *row, void *arg)
{
	struct list *l = arg;
	char hex[SHA256_HEX_SIZE];

	if (list_is_full(l))
		return false;
	l->last = (struct cursor){ .id = row->id };
	json_open(&l->w, '{');
	json_member_int(&l->w, "id", row->id);
	put_time(&l->w, "at", row->at_us);
	json_member(&l->w, "who", row->entry.who);
	json_member(&l->w, "what", row->entry.what);
	json_member_or_null(&l->w, "which", row->entry.which);
	json_member_or_null(&l->w, "detail", row->entry.detail);
	json_member(&l->w, "hash", str_from(crypto_hex(row->hash, SHA256_SIZE, hex)));
	json_close(&l->w, '}');
	return true;
}

bool api_audit(struct call *c, struct err *err)
{
	struct audit_filter filter = { .who = param_str(c, "who"), .what = param_str(c, "what"), .is_newest_first = true };
	struct list l = { .c = c, .err = err };
	struct cursor from = { 0 };
	bool is_next;

	if (!param_limit(c, &l.limit) || !param_time(c, "after", &filter.since_us) || !param_cursor(c, &is_next, &from) ||
	    !params_end(c))
		return true;
	filter.below = from.id;
	list_begin(&l);
	return list_end(&l, audit_each(c->st, &filter, put_entry_of_log, &l, err));
}
