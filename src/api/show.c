/* Contacts and entries as JSON. */
#include <stdio.h>

#include "api/call.h"
#include "base/clock.h"
#include "ingest/source.h"
#include "ingest/whose.h"
#include "model/interaction_json.h"
#include "model/own.h"
#include "model/parties_json.h"
#include "store/source.h"

enum { PREVIEW_BYTES = 200 };

void put_time(struct json_writer *w, const char *name, int64_t time_us)
{
	char text[CLOCK_TEXT_SIZE];

	if (time_us == 0)
		json_member_null(w, name);
	else
		json_member(w, name, str_from(clock_format(time_us, text)));
}

void put_id(struct json_writer *w, const char *name, int64_t id, const char *prefix)
{
	char text[ID_TEXT_SIZE];

	if (id == 0)
		json_member_null(w, name);
	else
		json_member(w, name, str_from(id_format(id, prefix, text)));
}

static void put_link(struct json_writer *w, const char *name, const char *before, const char *id, const char *after)
{
	char path[128];
	int n = snprintf(path, sizeof(path), "/api/v1/%s/%s%s", before, id, after);

	json_member(w, name, (struct str){ path, (size_t)n });
}

/* ---- contacts ---- */

struct handles {
	struct json_writer *w;
	bool with_why;
};

static bool put_identity(const struct identity_row *row, void *arg)
{
	struct handles *h = arg;

	json_open(h->w, '{');
	json_member(h->w, "scheme", str_from(scheme_name(row->identity.scheme)));
	json_member(h->w, "value", row->identity.value);
	json_member_or_null(h->w, "scope", row->identity.scope);
	if (h->with_why)
		json_member_or_null(h->w, "why", row->why);
	json_close(h->w, '}');
	return true;
}

void put_contact_links(struct json_writer *w, int64_t contact)
{
	char id[ID_TEXT_SIZE];

	id_format(contact, "con_", id);
	json_name(w, "links");
	json_open(w, '{');
	put_link(w, "self", "contacts", id, "");
	put_link(w, "timeline", "contacts", id, "/timeline");
	json_close(w, '}');
}

bool put_contact(struct call *c, struct json_writer *w, const struct view_contact *contact, bool with_why, struct err *err)
{
	struct handles h = { .w = w, .with_why = with_why };
	char id[ID_TEXT_SIZE];

	id_format(contact->row.id, "con_", id);
	json_open(w, '{');
	json_member(w, "id", str_from(id));
	json_member_or_null(w, "name", contact->row.name);
	json_member_or_null(w, "company", contact->row.company);
	json_member_or_null(w, "owner", contact->owner);
	json_member_bool(w, "restricted", contact->is_restricted);
	json_name(w, "identities");
	json_open(w, '[');
	if (!store_each_identity(c->st, contact->row.id, put_identity, &h, err))
		return false;
	json_close(w, ']');
	if (with_why && !store_put_sources(c->st, contact->row.id, w, err))
		return false;
	put_time(w, "first_at", contact->row.first_us);
	put_time(w, "last_at", contact->row.last_us);
	json_member_int(w, "version", contact->version);
	put_contact_links(w, contact->row.id);
	json_close(w, '}');
	return true;
}

/* ---- entries ---- */

/* Of what the one who asks may not see, no id is told: it would be a way to learn that it is there. */
static bool resolve_party(struct call *c, int64_t entry, const struct party *party, struct party_extra *extra, struct err *err)
{
	struct own_hit hit = own_party(c->rules->own, party);
	struct view_contact seen;

	if (hit.kind == OWN_STAFF)
		extra->staff = own_staff_name(c->rules->own, hit.staff);
	if (!whose_party(c->st, entry, party, &extra->contact, err))
		return false;
	if (extra->contact == 0 || view_contact(c->st, &c->viewer, extra->contact, c->arena, &seen, err))
		return true;
	extra->contact = 0;
	return err->kind == ERR_MISSING;
}

struct attachments {
	struct interaction *it;
	struct arena *arena;
};

static bool take_attachment(size_t n, const struct attachment *a, void *arg)
{
	struct attachments *all = arg;
	struct attachment *copy = interaction_add_attachment(all->it, all->arena);

	(void)n;
	if (copy == NULL)
		return false;
	*copy = *a;
	copy->name = arena_str(all->arena, a->name);
	copy->media_type = arena_str(all->arena, a->media_type);
	copy->reason = arena_str(all->arena, a->reason);
	copy->sha256 = arena_str(all->arena, a->sha256);
	return true;
}

/* Borrows the row's texts. *parties: one extra for each party of it. */
static bool fill(struct call *c, const struct interaction_row *row, struct interaction *it, struct party_extra **parties,
		 struct err *err)
{
	*it = row->it;
	if (!parties_json_parse(row->parties, it, c->arena, err) || (row->share == SHARE_EVERYTHING &&
	    !store_each_attachment(c->st, row->id, take_attachment, &(struct attachments){ it, c->arena }, err)))
		return false;
	*parties = arena_alloc(c->arena, (it->n_parties + 1) * sizeof(**parties));
	for (size_t i = 0; *parties != NULL && i < it->n_parties; i++)
		if (!resolve_party(c, row->id, &it->parties[i], &(*parties)[i], err))
			return false;
	return *parties != NULL || err_setf(err, ERR_LIMIT, "no room for this entry");
}

static void put_author(struct json_writer *w, const struct interaction *it, const struct party_extra *parties)
{
	json_name(w, "author");
	for (size_t i = 0; i < it->n_parties; i++) {
		const struct party *p = &it->parties[i];

		if (p->role != ROLE_FROM && !(p->role == ROLE_AGENT && p->n_ids == 0))
			continue;
		json_open(w, '{');
		json_member(w, "type", parties[i].staff.len || p->role == ROLE_AGENT ? STR("staff") : parties[i].contact ? STR("contact") : STR("other"));
		put_id(w, "id", parties[i].contact, "con_");
		json_member_or_null(w, "name", parties[i].staff.len ? parties[i].staff : p->name);
		json_member_or_null(w, "address", p->n_ids ? p->ids[0].value : STR(""));
		json_close(w, '}');
		return;
	}
	json_null_value(w);
}

static void put_attachments(struct json_writer *w, const struct interaction *it)
{
	json_name(w, "attachments");
	json_open(w, '[');
	for (size_t i = 0; i < it->n_attachments; i++) {
		const struct attachment *a = &it->attachments[i];

		json_open(w, '{');
		json_member_int(w, "n", (int64_t)i);
		json_member_or_null(w, "name", a->name);
		json_member_or_null(w, "media_type", a->media_type);
		if (a->size < 0)
			json_member_null(w, "size");
		else
			json_member_int(w, "size", a->size);
		json_member(w, "state", str_from(attachment_state_name(a->state)));
		json_member_or_null(w, "reason", a->reason);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static struct str preview_of(struct str text)
{
	text = str_trim(text);
	if (text.len <= PREVIEW_BYTES)
		return text;
	text.len = PREVIEW_BYTES;
	text.len = str_utf8_length(text);
	return text;
}

static void put_text(struct json_writer *w, const struct interaction *it)
{
	struct str preview = preview_of(it->text);

	json_member_or_null(w, "subject", it->subject);
	json_member_or_null(w, "preview", preview);
	json_member_bool(w, "has_more_text", preview.len < str_trim(it->text).len || it->text_full.len > 0);
}

bool put_item(struct call *c, struct json_writer *w, const struct interaction_row *row, struct err *err)
{
	struct party_extra *parties;
	struct interaction it;
	char id[ID_TEXT_SIZE];

	if (!fill(c, row, &it, &parties, err))
		return false;
	id_format(row->id, "int_", id);
	json_open(w, '{');
	json_member(w, "id", str_from(id));
	json_member(w, "channel", str_from(channel_name(it.channel)));
	json_member(w, "connector", row->connector_name);
	json_member(w, "direction", str_from(direction_name(it.direction)));
	json_member(w, "kind", str_from(kind_name(it.kind)));
	put_time(w, "occurred_at", it.occurred_us);
	put_time(w, "recorded_at", row->recorded_us);
	json_member_or_null(w, "thread", it.thread);
	put_author(w, &it, parties);
	put_text(w, &it);
	put_attachments(w, &it);
	json_member(w, "shared", str_from(share_name(row->share)));
	json_member_or_null(w, "match", row->match);
	json_name(w, "links");
	json_open(w, '{');
	put_link(w, "self", "interactions", id, "");
	json_close(w, '}');
	json_close(w, '}');
	return true;
}

bool put_entry(struct call *c, struct buf *out, const struct interaction_row *row, struct err *err)
{
	struct interaction_extra extra;
	struct party_extra *parties;
	struct interaction it;

	if (!fill(c, row, &it, &parties, err))
		return false;
	extra = (struct interaction_extra){
		.id = row->id, .recorded_us = row->recorded_us, .connector = row->connector_name,
		.journal_id = row->journal_id, .normalizer = STR(DAYBOOK_VERSION), .match = row->match, .parties = parties,
		.shared = str_from(share_name(row->share)),
	};
	interaction_json(out, &it, &extra);
	return true;
}
