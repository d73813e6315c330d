#include "change.h"

#include "base/crypto.h"

/* Webhook JSON to events: every entry, change, message and status of a POST. Whatever was signed gives
 * at least one event; only what is no JSON at all is an error. */

enum { MAX_DEPTH = 32, MAX_NODES = 400 * 1000, MAX_NAME = 64, DIGEST_BYTES = 16 };

/* Fields of the same URL that speak of the business and its account, never of a customer. */
static const char *const business_fields[] = {
	"account_", "automatic_events", "business_", "flows", "message_template_", "partner_",
	"payment_configuration_", "phone_number_", "security", "template_", "tracking_events",
};

static bool is_about_business(struct str field)
{
	for (size_t i = 0; i < sizeof(business_fields) / sizeof(*business_fields); i++)
		if (str_starts(field, str_from(business_fields[i])))
			return true;
	return false;
}

/* Kept in the journal only. Its id is the body's and its place in it: the same in each delivery. */
static bool add_filtered(struct wa_change *ch, struct str place, struct str reason, struct err *err)
{
	struct interaction *it = wa_event(ch, err);
	unsigned char digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	if (it == NULL)
		return false;
	crypto_sha256(ch->raw->body, digest);
	it->kind = KIND_UNSUPPORTED;
	it->direction = DIRECTION_SYSTEM;
	it->external_id = arena_strf(ch->out->arena, "sha256:%s" STR_FMT,
				     crypto_hex(digest, DIGEST_BYTES, hex), STR_ARG(place));
	it->filter = reason;
	it->why = reason;
	return true;
}

static bool add_errors(struct wa_change *ch, struct str place, struct json_object *errors,
		       struct err *err)
{
	struct json_object *first = json_at(errors, 0);
	struct str reason = arena_strf(
		ch->out->arena, "WhatsApp reports error " STR_FMT ": " STR_FMT,
		STR_ARG(str_sub(json_scalar(json_get(first, "code")), 0, MAX_NAME)),
		STR_ARG(str_sub(json_str(first, "title"), 0, 200)));

	return add_filtered(ch, place, reason, err);
}

static bool read_messages(struct wa_change *ch, struct str place, struct err *err)
{
	struct json_object *messages = json_get(ch->value, "messages");
	struct json_object *statuses = json_get(ch->value, "statuses");
	struct json_object *errors = json_get(ch->value, "errors");

	wa_change_init(ch);
	for (size_t i = 0; i < json_count(messages); i++)
		if (!wa_message(ch, json_at(messages, i), i, err))
			return false;
	for (size_t i = 0; i < json_count(statuses); i++)
		if (!wa_status(ch, json_at(statuses, i), i, err))
			return false;
	if (json_count(errors) > 0)
		return add_errors(ch, place, errors, err);
	if (json_count(messages) + json_count(statuses) > 0)
		return true;
	return add_filtered(ch, place, STR("no message, status or error in it"), err);
}

static bool read_change(struct wa_change *ch, struct json_object *change, struct str place,
			struct err *err)
{
	struct str field = json_str(change, "field"), name = str_sub(field, 0, MAX_NAME);
	struct arena *arena = ch->out->arena;

	ch->value = json_get(change, "value");
	if (field.len == 0 || str_eq(field, STR("messages")))
		return read_messages(ch, place, err);
	if (is_about_business(field))
		return add_filtered(ch, place, arena_strf(arena, "field \"" STR_FMT
				    "\" is not about a customer", STR_ARG(name)), err);
	return add_filtered(ch, place, arena_strf(arena, "field \"" STR_FMT "\" is not read by this "
			    "version; kept in the journal", STR_ARG(name)), err);
}

static bool read_entries(const struct wa_change *base, struct json_object *root, struct err *err)
{
	struct json_object *entries = json_get(root, "entry");

	for (size_t i = 0; i < json_count(entries); i++) {
		struct json_object *changes = json_get(json_at(entries, i), "changes");

		for (size_t k = 0; k < json_count(changes); k++) {
			struct wa_change ch = *base;
			struct str place = arena_strf(ch.out->arena, "/%zu/%zu", i, k);

			if (!read_change(&ch, json_at(changes, k), place, err))
				return false;
		}
	}
	return true;
}

static bool read_root(struct wa_change *base, struct json_object *root, struct err *err)
{
	struct str object = json_str(root, "object");
	size_t before = base->out->n_items;

	if (object.len > 0 && !str_eq(object, STR("whatsapp_business_account")))
		return add_filtered(base, STR(""), arena_strf(base->out->arena, "object \"" STR_FMT
				    "\" is not WhatsApp's", STR_ARG(str_sub(object, 0, MAX_NAME))),
				    err);
	if (!read_entries(base, root, err))
		return false;
	if (base->out->n_items == before)
		return add_filtered(base, STR(""), STR("no entry with a change in it"), err);
	return true;
}

bool whatsapp_normalize(const void *conf, const struct raw *raw, struct interactions *out,
			struct err *err)
{
	size_t before = out->n_items, room = raw->body.len * 8 + 4096;
	struct buf scratch, pieces;
	struct wa_change base = {
		.conf = conf, .raw = raw, .out = out, .scratch = &scratch, .pieces = &pieces,
	};
	auto_json struct json_object *root = json_parse(raw->body, MAX_DEPTH, MAX_NODES, err);
	bool is_read;

	if (root == NULL)
		return false;
	buf_init(&scratch, room);
	buf_init(&pieces, room);
	is_read = read_root(&base, root, err);
	if (!is_read)
		out->n_items = before;
	buf_finish(&pieces);
	buf_finish(&scratch);
	return is_read;
}

const struct connector whatsapp_reader = {
	.api = CONNECTOR_API, .name = "whatsapp", .conf_size = sizeof(struct whatsapp_conf), .keys = whatsapp_keys,
	.normalize = whatsapp_normalize,
};
