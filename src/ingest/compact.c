#include "ingest/compact.h"

#include "base/json.h"
#include "base/mem.h"

enum { MAX_DEPTH = 6, MAX_NODES = 4000000 };

/* The texts of an interaction. */
static const struct {
	const char *name;
	size_t at;
} texts[] = {
	{ "account", offsetof(struct interaction, account) }, { "external_id", offsetof(struct interaction, external_id) },
	{ "discriminator", offsetof(struct interaction, discriminator) }, { "about", offsetof(struct interaction, about) },
	{ "thread", offsetof(struct interaction, thread) }, { "subject", offsetof(struct interaction, subject) },
	{ "text", offsetof(struct interaction, text) }, { "text_full", offsetof(struct interaction, text_full) },
	{ "details", offsetof(struct interaction, details) }, { "why", offsetof(struct interaction, why) },
	{ "filter", offsetof(struct interaction, filter) },
};

/* Times, in µs. */
static const struct {
	const char *name;
	size_t at;
} times[] = {
	{ "key_us", offsetof(struct interaction, key_us) }, { "occurred_us", offsetof(struct interaction, occurred_us) },
	{ "claimed_us", offsetof(struct interaction, claimed_us) },
};

/* Those of an attachment. */
static const struct {
	const char *name;
	size_t at;
} attachment_texts[] = {
	{ "name", offsetof(struct attachment, name) }, { "media_type", offsetof(struct attachment, media_type) },
	{ "reason", offsetof(struct attachment, reason) }, { "sha256", offsetof(struct attachment, sha256) },
	{ "content_id", offsetof(struct attachment, content_id) }, { "remote_id", offsetof(struct attachment, remote_id) },
};

bool compact_is(struct str content_type)
{
	return str_eq(content_type, STR(COMPACT_TYPE));
}

/* ---- out ---- */

static void put_text(struct json_writer *w, const char *name, struct str text)
{
	if (text.len > 0)
		json_member(w, name, text);
}

static void put_identity(struct json_writer *w, const struct identity *id)
{
	json_open(w, '{');
	json_member(w, "scheme", str_from(scheme_name(id->scheme)));
	json_member(w, "value", id->value);
	put_text(w, "scope", id->scope);
	json_close(w, '}');
}

static void put_party(struct json_writer *w, const struct party *p)
{
	json_open(w, '{');
	json_member(w, "role", str_from(role_name(p->role)));
	put_text(w, "name", p->name);
	json_name(w, "identities");
	json_open(w, '[');
	for (size_t i = 0; i < p->n_ids; i++)
		put_identity(w, &p->ids[i]);
	json_close(w, ']');
	json_close(w, '}');
}

static void put_attachment(struct json_writer *w, const struct attachment *a)
{
	json_open(w, '{');
	json_member(w, "state", str_from(attachment_state_name(a->state)));
	json_member_int(w, "size", a->size);
	for (size_t i = 0; i < countof(attachment_texts); i++)
		put_text(w, attachment_texts[i].name, *(const struct str *)((const char *)a + attachment_texts[i].at));
	json_close(w, '}');
}

static void put_lists(struct json_writer *w, const struct interaction *it)
{
	json_name(w, "participants");
	json_open(w, '[');
	for (size_t i = 0; i < it->n_parties; i++)
		put_party(w, &it->parties[i]);
	json_close(w, ']');
	json_name(w, "attachments");
	json_open(w, '[');
	for (size_t i = 0; i < it->n_attachments; i++)
		put_attachment(w, &it->attachments[i]);
	json_close(w, ']');
}

static void put_item(struct json_writer *w, const struct interaction *it)
{
	json_open(w, '{');
	if (it->channel != CHANNEL_NONE) {	/* else nothing of it is left */
		json_member(w, "channel", str_from(channel_name(it->channel)));
		json_member(w, "direction", str_from(direction_name(it->direction)));
		json_member(w, "kind", str_from(kind_name(it->kind)));
		for (size_t i = 0; i < countof(times); i++)
			json_member_int(w, times[i].name, *(const int64_t *)((const char *)it + times[i].at));
		put_lists(w, it);
	}
	for (size_t i = 0; i < countof(texts); i++)
		put_text(w, texts[i].name, *(const struct str *)((const char *)it + texts[i].at));
	json_close(w, '}');
}

void compact_put(struct buf *out, const struct interactions *items)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '[');
	for (size_t i = 0; i < items->n_items; i++)
		put_item(&w, &items->items[i]);
	json_close(&w, ']');
}

void compact_put_gone(struct buf *out, size_t n, struct str reason)
{
	const struct interaction gone = { .filter = reason };
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '[');
	for (size_t i = 0; i < n; i++)
		put_item(&w, &gone);
	json_close(&w, ']');
}

/* ---- in ---- */

static void read_party(struct json_object *value, struct interaction *it, struct arena *arena)
{
	struct party *p = interaction_add_party(it, arena, role_from(json_str(value, "role")), arena_str(arena, json_str(value, "name")));
	struct json_object *ids = json_get(value, "identities");

	for (size_t i = 0; p != NULL && i < json_count(ids); i++) {
		struct json_object *id = json_at(ids, i);

		party_add_identity(p, arena, scheme_from(json_str(id, "scheme")), arena_str(arena, json_str(id, "value")),
				   arena_str(arena, json_str(id, "scope")));
	}
}

static void read_attachment(struct json_object *value, struct interaction *it, struct arena *arena)
{
	struct attachment *a = interaction_add_attachment(it, arena);

	if (a == NULL)
		return;
	a->state = attachment_state_from(json_str(value, "state"));
	json_int(json_get(value, "size"), &a->size);
	for (size_t i = 0; i < countof(attachment_texts); i++)
		*(struct str *)((char *)a + attachment_texts[i].at) = arena_str(arena, json_str(value, attachment_texts[i].name));
}

static void read_item(struct json_object *value, struct interaction *it, struct arena *arena)
{
	struct json_object *parties = json_get(value, "participants"), *attachments = json_get(value, "attachments");

	it->channel = channel_from(json_str(value, "channel"));
	it->direction = direction_from(json_str(value, "direction"));
	it->kind = kind_from(json_str(value, "kind"));
	for (size_t i = 0; i < countof(times); i++)
		json_int(json_get(value, times[i].name), (int64_t *)((char *)it + times[i].at));
	for (size_t i = 0; i < countof(texts); i++)
		*(struct str *)((char *)it + texts[i].at) = arena_str(arena, json_str(value, texts[i].name));
	for (size_t i = 0; i < json_count(parties); i++)
		read_party(json_at(parties, i), it, arena);
	for (size_t i = 0; i < json_count(attachments); i++)
		read_attachment(json_at(attachments, i), it, arena);
}

bool compact_parse(struct str json, struct interactions *items, struct err *err)
{
	auto_json struct json_object *list = json_parse(json, MAX_DEPTH, MAX_NODES, err);

	if (list == NULL)
		return err_prefixf(err, "what remained of it");
	for (size_t i = 0; i < json_count(list); i++) {
		struct interaction *it = interactions_add(items);

		if (it == NULL)
			return err_setf(err, ERR_LIMIT, "what remained of it is more than there may be");
		read_item(json_at(list, i), it, items->arena);
	}
	return true;
}
