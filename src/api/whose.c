/* What a request names: there, where the one who asks sees it, and nowhere else. */
#include "api/call.h"

bool sees_contact(struct call *c, int64_t id, struct view_contact *contact, struct err *err)
{
	return view_contact(c->st, &c->viewer, id, c->arena, contact, err);
}

bool seen_contact(struct call *c, struct str text, struct view_contact *contact, struct err *err)
{
	int64_t id;

	if (!id_parse(text, "con_", &id))
		return err_setf(err, ERR_MISSING, "there is no such contact");
	return sees_contact(c, id, contact, err);
}

static bool pass(const struct interaction_row *row, void *arg)
{
	(void)row;
	(void)arg;
	return true;
}

bool seen_entry(struct call *c, struct str text, int64_t *id, struct err *err)
{
	if (!id_parse(text, "int_", id))
		return err_setf(err, ERR_MISSING, "there is no such interaction");
	return view_interaction(c->st, &c->viewer, *id, pass, NULL, err);
}
