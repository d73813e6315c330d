/* What a request names: there, where the one who asks sees it, and nowhere else. */
#include "api/call.h"
#include "api/reads.h"

enum { MAX_CANDIDATES = 1000 };

bool sees_contact(struct call *c, int64_t id, struct view_contact *contact, struct err *err)
{
	if (!view_contact(c->st, &c->viewer, id, c->arena, contact, err))
		return false;
	reads_note(c, contact->row.id, contact->is_restricted);
	return true;
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

bool seen_version(struct call *c, const struct review_row *row, int64_t *version, struct err *err)
{
	auto_json struct json_object *ids = row->candidates.len ? json_parse(row->candidates, 2, MAX_CANDIDATES, err) : NULL;
	struct view_contact contact;
	int64_t id;

	*version = 0;
	if (row->candidates.len > 0 && ids == NULL)
		return false;
	for (size_t i = 0; i < json_count(ids); i++) {
		if (!json_int(json_at(ids, i), &id))
			continue;
		if (sees_contact(c, id, &contact, err))
			*version += contact.version;
		else if (err->kind != ERR_MISSING)
			return false;
	}
	return true;
}
