#include "cli/person.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/show.h"
#include "store/source.h"

enum { MAX_HANDLES = 64 << 10 };

struct listing {
	struct json_writer *w;
	bool with_why;
};

static bool put_identity(const struct identity_row *row, void *arg)
{
	struct listing *l = arg;

	json_open(l->w, '{');
	json_member(l->w, "scheme", str_from(scheme_name(row->identity.scheme)));
	json_member(l->w, "value", row->identity.value);
	json_member_or_null(l->w, "scope", row->identity.scope);
	if (l->with_why)
		json_member_or_null(l->w, "why", row->why);
	json_close(l->w, '}');
	return true;
}

bool person_json(struct cli *cli, struct json_writer *w, const struct contact_row *row, bool with_why,
		 struct err *err)
{
	struct listing l = { .w = w, .with_why = with_why };

	show_id(w, "id", row->id, "con_");
	json_member_or_null(w, "name", row->name);
	json_member_or_null(w, "company", row->company);
	json_member_or_null(w, "owner", row->owner);
	json_member_bool(w, "restricted", row->is_restricted);
	json_name(w, "identities");
	json_open(w, '[');
	if (!store_each_identity(cli->store, row->id, put_identity, &l, err))
		return false;
	json_close(w, ']');
	if (with_why && !store_put_sources(cli->store, row->id, w, err))
		return false;
	show_time(w, "first_at", row->first_us);
	show_time(w, "last_at", row->last_us);
	return true;
}

static bool add_handle(const struct identity_row *row, void *arg)
{
	struct buf *out = arg;

	if (out->len > 0)
		buf_add(out, STR(", "));
	buf_add(out, row->identity.value);
	return true;
}

char *person_handles(struct cli *cli, int64_t contact, struct err *err)
{
	struct buf out;
	bool ok;

	buf_init(&out, MAX_HANDLES);
	ok = store_each_identity(cli->store, contact, add_handle, &out, err);
	if (ok && out.len > 0)
		return buf_steal(&out);
	buf_finish(&out);
	return ok ? xstrdup("") : NULL;
}
