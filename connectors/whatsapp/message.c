#include "content.h"

#include "base/crypto.h"

enum { MAX_TYPE = 48, EDIT_DIGEST_BYTES = 8 };

struct message_type {
	const char *name;
	enum kind kind;
	wa_read_fn *read;		/* NULL: nothing to read */
};

static wa_read_fn read_reaction, read_edit, read_revoke, read_system, read_unsupported;

static const struct message_type types[] = {
	{ "text", KIND_MESSAGE, wa_read_text },
	{ "image", KIND_MESSAGE, wa_read_media },
	{ "audio", KIND_MESSAGE, wa_read_media },
	{ "video", KIND_MESSAGE, wa_read_media },
	{ "sticker", KIND_MESSAGE, wa_read_media },
	{ "document", KIND_MESSAGE, wa_read_document },
	{ "interactive", KIND_MESSAGE, wa_read_interactive },
	{ "button", KIND_MESSAGE, wa_read_button },
	{ "location", KIND_MESSAGE, wa_read_location },
	{ "contacts", KIND_MESSAGE, wa_read_contacts },
	{ "order", KIND_MESSAGE, wa_read_order },
	{ "request_welcome", KIND_MESSAGE, NULL },
	{ "reaction", KIND_REACTION, read_reaction },
	{ "edit", KIND_EDIT, read_edit },
	{ "revoke", KIND_DELETE, read_revoke },
	{ "system", KIND_IDENTITY, read_system },
	{ "unsupported", KIND_UNSUPPORTED, read_unsupported },
};

static const struct message_type *find_type(struct str name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (str_eq(str_from(types[i].name), name))
			return &types[i];
	return NULL;
}

/* ---- messages about others ---- */

static bool read_reaction(struct wa_reading *r, struct err *why)
{
	struct str target = json_str(r->body, "message_id");

	if (target.len == 0)
		return err_setf(why, ERR_INPUT, "reaction.message_id is missing");
	r->it->about = wa_text(r->ch, target);
	/* Absent or empty: the reaction was taken back. */
	r->it->text = wa_text(r->ch, json_str(r->body, "emoji"));
	r->it->discriminator = r->it->text;
	return true;
}

static bool read_revoke(struct wa_reading *r, struct err *why)
{
	struct str target = json_str(r->body, "original_message_id");

	if (target.len == 0)
		return err_setf(why, ERR_INPUT, "revoke.original_message_id is missing");
	r->it->about = wa_text(r->ch, target);
	return true;
}

static bool read_edit(struct wa_reading *r, struct err *why)
{
	struct str target = json_str(r->body, "original_message_id");
	struct wa_reading inner = *r;
	const struct message_type *type;
	unsigned char digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	if (target.len == 0)
		return err_setf(why, ERR_INPUT, "edit.original_message_id is missing");
	r->it->about = wa_text(r->ch, target);
	inner.message = json_get(r->body, "message");
	type = find_type(json_str(inner.message, "type"));
	if (type == NULL || type->kind != KIND_MESSAGE || type->read == NULL)
		return err_setf(why, ERR_INPUT, "edit.message is missing or of an unknown type");
	inner.body = json_get(inner.message, type->name);
	json_member(r->w, "edit", str_from(type->name));
	if (!type->read(&inner, why))
		return err_prefixf(why, "edit.message");
	r->it->kind = KIND_EDIT;
	/* Two edits of one second stay two even where they carry the id of what they edit. */
	crypto_sha256(r->it->text, digest);
	r->it->discriminator = arena_str(
		r->ch->out->arena, str_from(crypto_hex(digest, EDIT_DIGEST_BYTES, hex)));
	return true;
}

static bool read_unsupported(struct wa_reading *r, struct err *why)
{
	(void)why;
	wa_put_text(r->w, "unsupported_type", json_str(r->body, "type"));
	r->it->why = STR("the provider says that it cannot pass this type on");
	return true;
}

/* ---- who somebody became ---- */

static struct str first_of(struct str a, struct str b)
{
	return a.len > 0 ? a : b;
}

static void put_person(struct json_writer *w, const char *name, struct str wa, struct str bsuid,
		       struct str parent)
{
	json_name(w, name);
	json_open(w, '{');
	wa_put_text(w, "wa", wa);
	wa_put_text(w, "wa_bsuid", bsuid);
	wa_put_text(w, "wa_parent_bsuid", parent);
	json_close(w, '}');
}

static bool read_system(struct wa_reading *r, struct err *why)
{
	struct json_object *system = r->body;
	struct str bsuid = json_str(r->message, "from_user_id");
	struct str wa;

	if (json_kind_of(system) != JSON_OBJECT)
		return err_setf(why, ERR_INPUT, "system is missing");
	r->it->direction = DIRECTION_SYSTEM;
	r->it->why = STR("WhatsApp's own notice about this person");
	r->it->text = wa_text(r->ch, json_str(system, "body"));
	wa_put_text(r->w, "system_type", json_str(system, "type"));
	put_person(r->w, "old", json_scalar(json_get(r->message, "from")),
		   first_of(json_str(system, "previous_user_id"), bsuid),
		   json_str(system, "previous_parent_user_id"));
	wa = json_scalar(json_get(system, "wa_id"));
	put_person(r->w, "new", first_of(wa, json_scalar(json_get(system, "new_wa_id"))),
		   first_of(json_str(system, "user_id"), bsuid), json_str(system, "parent_user_id"));
	wa_put_raw(r->w, "identity", json_get(r->message, "identity"));
	return true;
}

/* ---- every message ---- */

/* Of a system message the old identity: the timeline it belongs to is the one that exists. */
static struct wa_person sender_of(struct wa_change *ch, struct json_object *m, size_t index)
{
	struct json_object *system = json_get(m, "system");
	struct str bsuid = json_str(m, "from_user_id"), parent = json_str(m, "from_parent_user_id");

	if (json_kind_of(system) == JSON_OBJECT) {
		bsuid = first_of(json_str(system, "previous_user_id"), bsuid);
		parent = json_str(system, "previous_parent_user_id");
	}
	return wa_person(ch, json_scalar(json_get(m, "from")), bsuid, parent, index);
}

static void put_context(struct json_writer *w, struct json_object *m)
{
	struct json_object *context = json_get(m, "context");

	wa_put_text(w, "group_id", json_str(m, "group_id"));
	if (json_kind_of(context) == JSON_OBJECT) {
		wa_put_text(w, "reply_to", json_str(context, "id"));
		if (json_true(json_get(context, "forwarded")))
			json_member_bool(w, "forwarded", true);
		if (json_true(json_get(context, "frequently_forwarded")))
			json_member_bool(w, "frequently_forwarded", true);
		wa_put_raw(w, "referred_product", json_get(context, "referred_product"));
	}
	wa_put_raw(w, "referral", json_get(m, "referral"));
	wa_put_errors(w, json_get(m, "errors"));
}

/* What it says, by its type; what cannot be read stands there as unsupported with the reason. */
static void read_content(struct wa_reading *r, struct str type_name)
{
	const struct message_type *type = find_type(type_name);
	struct err why = { 0 };
	bool is_read;

	if (type == NULL && type_name.len > 0)
		is_read = err_setf(&why, ERR_INPUT, "message type \"" STR_FMT "\" is not known",
				   STR_ARG(str_sub(type_name, 0, MAX_TYPE)));
	else if (type == NULL)
		is_read = err_setf(&why, ERR_INPUT, "type is missing");
	else {
		r->it->kind = type->kind;
		r->body = json_get(r->message, type->name);
		is_read = type->read == NULL || type->read(r, &why);
	}
	if (is_read)
		return;
	r->it->kind = KIND_UNSUPPORTED;
	r->it->direction = DIRECTION_IN;
	r->it->text = (struct str){ NULL, 0 };
	r->it->n_attachments = 0;
	r->it->discriminator = (struct str){ NULL, 0 };
	json_member(r->w, "error", str_from(why.msg));
	r->it->why = arena_str(r->ch->out->arena, str_from(why.msg));
}

bool wa_message(struct wa_change *ch, struct json_object *m, size_t index, struct err *err)
{
	struct wa_person who = sender_of(ch, m, index);
	struct str id = json_scalar(json_get(m, "id")), type = json_str(m, "type");
	struct interaction *it = wa_event(ch, err);
	struct json_writer w;
	struct wa_reading r = { ch, m, NULL, it, &w };

	if (it == NULL)
		return false;
	it->direction = DIRECTION_IN;
	it->why = STR("received on our number");
	it->external_id = id.len > 0 ? wa_text(ch, id) : wa_digest(ch, m);
	it->thread = wa_thread(ch, json_str(m, "group_id"), &who);
	wa_set_time(it, ch->raw, json_get(m, "timestamp"));
	wa_add_person(ch, it, ROLE_FROM, &who);
	wa_add_ours(ch, it, ROLE_TO);

	buf_clear(ch->scratch);
	json_begin(&w, ch->scratch);
	json_open(&w, '{');
	wa_put_text(&w, "type", type);
	if (who.contact != NULL)
		wa_put_text(&w, "username", who.contact->username);
	put_context(&w, m);
	read_content(&r, type);
	json_close(&w, '}');
	it->details = arena_str(ch->out->arena, buf_str(ch->scratch));
	return true;
}
