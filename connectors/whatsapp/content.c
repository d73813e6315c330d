#include "content.h"

#include <stdio.h>

#include "base/crypto.h"

/* The text of a member that must be there; a number for a string is a habit, not a fault. */
static bool need_text(struct wa_reading *r, const char *type, const char *name, struct err *why)
{
	struct json_object *value = json_get(r->body, name);

	if (json_kind_of(value) == JSON_NULL || json_kind_of(value) >= JSON_ARRAY)
		return err_setf(why, ERR_INPUT, "%s.%s is missing", type, name);
	r->it->text = wa_text(r->ch, json_scalar(value));
	return true;
}

bool wa_read_text(struct wa_reading *r, struct err *why)
{
	return need_text(r, "text", "body", why);
}

bool wa_read_button(struct wa_reading *r, struct err *why)
{
	wa_put_text(r->w, "payload", json_scalar(json_get(r->body, "payload")));
	return need_text(r, "button", "text", why);
}

/* ---- media ---- */

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

/* The webhook gives the digest in base64, the media answer in hex: hex it is. */
static struct str digest_text(struct wa_change *ch, struct str claimed)
{
	unsigned char digest[SHA256_SIZE] = { 0 };
	char hex[SHA256_HEX_SIZE];
	unsigned bits = 0;
	size_t n = 0;

	if (crypto_unhex(claimed, digest, sizeof(digest)))
		return arena_str(ch->out->arena, claimed);
	if (claimed.len == 44 && claimed.ptr[43] == '=')
		claimed.len = 43;
	if (claimed.len != 43)
		return (struct str){ NULL, 0 };
	for (size_t i = 0; i < claimed.len; i++) {
		int value = base64_value(claimed.ptr[i]);

		if (value < 0)
			return (struct str){ NULL, 0 };
		bits = bits << 6 | (unsigned)value;
		if (i % 4 != 0)
			digest[n++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
	}
	return arena_str(ch->out->arena, str_from(crypto_hex(digest, sizeof(digest), hex)));
}

static void add_media(struct wa_reading *r)
{
	struct attachment *a = interaction_add_attachment(r->it, r->ch->out->arena);
	struct str id = json_scalar(json_get(r->body, "id"));

	if (a == NULL)
		return;
	a->name = wa_text(r->ch, json_str(r->body, "filename"));
	a->media_type = wa_text(r->ch, json_str(r->body, "mime_type"));
	a->sha256 = digest_text(r->ch, json_str(r->body, "sha256"));
	a->remote_id = wa_text(r->ch, id.len > 0 ? id : json_str(r->body, "url"));
	if (!json_int(json_get(r->body, "file_size"), &a->size) || a->size < 0)
		a->size = -1;
	a->state = ATTACHMENT_PENDING;
	if (a->remote_id.len == 0) {
		a->state = ATTACHMENT_SKIPPED;
		a->reason = STR("the webhook names no media id");
	} else if (r->ch->conf->media == WHATSAPP_MEDIA_IGNORE) {
		a->state = ATTACHMENT_SKIPPED;
		a->reason = STR("media: ignore");
	}
}

bool wa_read_media(struct wa_reading *r, struct err *why)
{
	if (json_kind_of(r->body) != JSON_OBJECT)
		return err_setf(why, ERR_INPUT, "the member with the media is missing");
	r->it->text = wa_text(r->ch, json_scalar(json_get(r->body, "caption")));
	if (json_true(json_get(r->body, "voice")))
		json_member_bool(r->w, "voice", true);
	if (json_true(json_get(r->body, "animated")))
		json_member_bool(r->w, "animated", true);
	add_media(r);
	return true;
}

bool wa_read_document(struct wa_reading *r, struct err *why)
{
	if (!wa_read_media(r, why))
		return false;
	if (r->it->text.len == 0)
		r->it->text = wa_text(r->ch, json_str(r->body, "filename"));
	return true;
}

/* ---- places, cards, orders ---- */

static void add_piece(struct buf *b, const char *between, struct str piece)
{
	if (piece.len == 0)
		return;
	if (b->len > 0)
		buf_add(b, str_from(between));
	buf_add(b, piece);
}

bool wa_read_location(struct wa_reading *r, struct err *why)
{
	struct buf *b = r->ch->pieces;

	if (json_kind_of(r->body) != JSON_OBJECT)
		return err_setf(why, ERR_INPUT, "location is missing");
	buf_clear(b);
	add_piece(b, ", ", json_str(r->body, "name"));
	add_piece(b, ", ", json_str(r->body, "address"));
	r->it->text = wa_text(r->ch, buf_str(b));
	wa_put_raw(r->w, "location", r->body);
	return true;
}

/* The name on a card, or its number where the card has no name outside its vCard. */
static void add_card(struct buf *b, struct json_object *card)
{
	struct json_object *name = json_get(card, "name");
	struct str formatted = json_str(name, "formatted_name");
	struct str first = json_str(name, "first_name"), last = json_str(name, "last_name");

	if (formatted.len > 0)
		return add_piece(b, ", ", formatted);
	if (first.len + last.len > 0) {
		add_piece(b, ", ", first);
		return add_piece(b, first.len > 0 ? " " : ", ", last);
	}
	add_piece(b, ", ", json_scalar(json_get(json_at(json_get(card, "phones"), 0), "phone")));
}

bool wa_read_contacts(struct wa_reading *r, struct err *why)
{
	struct buf *b = r->ch->pieces;

	if (json_kind_of(r->body) != JSON_ARRAY)
		return err_setf(why, ERR_INPUT, "contacts is missing");
	buf_clear(b);
	for (size_t i = 0; i < json_count(r->body); i++)
		add_card(b, json_at(r->body, i));
	r->it->text = wa_text(r->ch, buf_str(b));
	wa_put_text(r->w, "origin", json_str(r->message, "origin"));
	wa_put_raw(r->w, "contacts", r->body);
	return true;
}

bool wa_read_order(struct wa_reading *r, struct err *why)
{
	if (json_kind_of(r->body) != JSON_OBJECT)
		return err_setf(why, ERR_INPUT, "order is missing");
	r->it->text = wa_text(r->ch, json_scalar(json_get(r->body, "text")));
	wa_put_raw(r->w, "order", r->body);
	return true;
}

/* ---- interactive ---- */

struct answer {
	struct wa_reading *r;
	struct buf *lines;
};

static void add_value(struct buf *b, struct json_object *value)
{
	size_t n = json_count(value);

	if (json_kind_of(value) == JSON_OBJECT)
		json_put_value(b, value);
	else if (json_kind_of(value) != JSON_ARRAY)
		buf_add(b, json_scalar(value));
	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_at(value, i);

		if (i > 0)
			buf_add(b, STR(", "));
		if (json_kind_of(item) >= JSON_ARRAY)
			json_put_value(b, item);
		else
			buf_add(b, json_scalar(item));
	}
}

static void add_answer(struct str name, struct json_object *value, void *arg)
{
	struct answer *a = arg;

	/* Names the flow's session, says nothing about the customer. */
	if (str_eq(name, STR("flow_token")))
		return;
	if (a->lines->len > 0)
		buf_addc(a->lines, '\n');
	buf_add(a->lines, name);
	buf_add(a->lines, STR(": "));
	add_value(a->lines, value);
	json_name_str(a->r->w, name);
	json_put_value(a->r->w->out, value);
	a->r->w->needs_comma = true;
}

/* A flow's answers: JSON inside a string. One that is not JSON is kept as text. */
static void read_flow(struct wa_reading *r, struct json_object *reply)
{
	struct json_object *response = json_get(reply, "response_json");
	struct answer a = { r, r->ch->pieces };
	struct err ignored;
	auto_json struct json_object *parsed = NULL;

	r->it->kind = KIND_FORM;
	wa_put_text(r->w, "flow", json_str(reply, "name"));
	wa_put_text(r->w, "body", json_str(reply, "body"));
	if (json_kind_of(response) == JSON_STRING)
		parsed = json_parse(json_text(response), 32, 5000, &ignored);
	if (parsed == NULL && json_kind_of(response) == JSON_STRING) {
		r->it->text = wa_text(r->ch, json_text(response));
		return;
	}
	buf_clear(a.lines);
	json_name(r->w, "fields");
	json_open(r->w, '{');
	json_each(parsed ? parsed : response, add_answer, &a);
	json_close(r->w, '}');
	r->it->text = wa_text(r->ch, buf_str(a.lines));
}

bool wa_read_interactive(struct wa_reading *r, struct err *why)
{
	struct str type = json_str(r->body, "type");
	struct json_object *reply;
	char name[64];

	if (type.len == 0 || type.len >= sizeof(name))
		return err_setf(why, ERR_INPUT, "interactive.type is missing");
	snprintf(name, sizeof(name), STR_FMT, STR_ARG(type));
	reply = json_get(r->body, name);
	if (json_kind_of(reply) != JSON_OBJECT)
		return err_setf(why, ERR_INPUT, "interactive.%s is missing", name);
	json_member(r->w, "interactive", type);
	if (str_eq(type, STR("nfm_reply"))) {
		read_flow(r, reply);
		return true;
	}
	r->it->text = wa_text(r->ch, json_str(reply, "title"));
	if (r->it->text.len == 0)
		r->it->text = wa_text(r->ch, json_str(reply, "body"));
	wa_put_raw(r->w, "reply", reply);
	return true;
}
