#include "api/change_json.h"

#include "base/clock.h"
#include "base/id.h"

int64_t change_kinds(const struct powers *powers)
{
	int64_t kinds = VIEW_CHANGES_FOR_ALL;

	if (powers->rights & RIGHT_READ)
		kinds |= VIEW_CHANGES_SEEN;
	if (powers->rights & RIGHT_DEAD_LETTERS)
		kinds |= VIEW_CHANGE(CHANGE_DEAD_CREATED) | VIEW_CHANGE(CHANGE_DEAD_CLOSED);
	if (powers->rights & RIGHT_CONNECTORS)
		kinds |= VIEW_CHANGE(CHANGE_CONNECTOR_STATE);
	return kinds;
}

static bool keep_contact(int64_t id, void *arg)
{
	struct change_of *of = arg;

	of->contacts[of->n++] = id;
	return of->n < CHANGE_CONTACTS;
}

static void put_id(struct json_writer *w, const char *name, int64_t id, const char *prefix)
{
	char text[ID_TEXT_SIZE];

	if (id == 0)
		json_member_null(w, name);
	else
		json_member(w, name, str_from(id_format(id, prefix, text)));
}

static bool put_entry_change(struct json_writer *w, struct store *st, const struct viewer *v, const struct view_change *change,
			     struct change_of *of, struct err *err)
{
	char text[ID_TEXT_SIZE];

	put_id(w, "interaction", change->id, "int_");
	if (change->kind == CHANGE_ENTRY_ERASED)
		return true;
	if (!view_each_contact_of(st, v, change->id, keep_contact, of, err))
		return false;
	json_name(w, "contacts");
	json_open(w, '[');
	for (size_t i = 0; i < of->n; i++)
		json_str_value(w, str_from(id_format(of->contacts[i], "con_", text)));
	json_close(w, ']');
	return true;
}

static void put_contact_change(struct json_writer *w, const struct view_change *change, struct change_of *of)
{
	keep_contact(change->id, of);
	put_id(w, "contact", change->id, "con_");
	if (change->kind != CHANGE_CONTACT_MERGED && change->kind != CHANGE_CONTACT_UNMERGED)
		return;
	if (change->other != 0)
		keep_contact(change->other, of);
	put_id(w, change->kind == CHANGE_CONTACT_MERGED ? "into" : "from", change->other, "con_");
}

static bool put_subject(struct json_writer *w, struct store *st, const struct viewer *v, const struct view_change *change,
			struct change_of *of, struct err *err)
{
	switch (change->kind) {
	case CHANGE_ENTRY_CREATED: case CHANGE_ENTRY_UPDATED: case CHANGE_ENTRY_ERASED:
		return put_entry_change(w, st, v, change, of, err);
	case CHANGE_CONTACT_CREATED: case CHANGE_CONTACT_UPDATED: case CHANGE_CONTACT_MERGED: case CHANGE_CONTACT_UNMERGED:
	case CHANGE_CONTACT_ERASED:
		put_contact_change(w, change, of);
		return true;
	case CHANGE_REVIEW_CREATED: case CHANGE_REVIEW_CLOSED:
		put_id(w, "review", change->id, "rev_");
		put_id(w, "interaction", change->other, "int_");
		return true;
	case CHANGE_DEAD_CREATED: case CHANGE_DEAD_CLOSED:
		put_id(w, "dead_letter", change->id, "dl_");
		return true;
	case CHANGE_CONNECTOR_STATE:
		json_member(w, "connector", change->connector);
		json_member(w, "state", change->state);
		return true;
	default:
		return true;
	}
}

bool change_put(struct json_writer *w, struct store *st, const struct viewer *v, const struct view_change *change,
		struct change_of *of, struct err *err)
{
	char at[CLOCK_TEXT_SIZE];
	struct change_of here;

	of = of ? of : &here;
	of->n = 0;
	json_open(w, '{');
	json_member_int(w, "seq", change->seq);
	json_member(w, "at", str_from(clock_format(change->at_us, at)));
	json_member(w, "kind", str_from(change_name(change->kind)));
	if (!put_subject(w, st, v, change, of, err))
		return false;
	json_close(w, '}');
	return true;
}
