#include <daybook/connector.h>
#include <daybook/interaction.h>

struct interaction *interactions_add(struct interactions *out)
{
	struct interaction *items;

	if (out->n_items >= out->max_items)
		return NULL;
	items = arena_grow(out->arena, out->items, out->n_items, sizeof(*items));
	if (items == NULL)
		return NULL;
	out->items = items;
	items[out->n_items] = (struct interaction){ 0 };
	return &items[out->n_items++];
}

struct party *interaction_add_party(struct interaction *it, struct arena *arena, enum role role,
				    struct str name)
{
	struct party *parties = arena_grow(arena, it->parties, it->n_parties, sizeof(*parties));

	if (parties == NULL)
		return NULL;
	it->parties = parties;
	parties[it->n_parties] = (struct party){ .role = role, .name = name };
	return &parties[it->n_parties++];
}

struct identity *party_add_identity(struct party *party, struct arena *arena, enum scheme scheme,
				    struct str value, struct str scope)
{
	struct identity *ids;

	if (party == NULL)
		return NULL;
	ids = arena_grow(arena, party->ids, party->n_ids, sizeof(*ids));
	if (ids == NULL)
		return NULL;
	party->ids = ids;
	ids[party->n_ids] = (struct identity){ scheme, value, scope };
	return &ids[party->n_ids++];
}

struct attachment *interaction_add_attachment(struct interaction *it, struct arena *arena)
{
	struct attachment *list =
		arena_grow(arena, it->attachments, it->n_attachments, sizeof(*list));

	if (list == NULL)
		return NULL;
	it->attachments = list;
	list[it->n_attachments] = (struct attachment){ .size = -1 };
	return &list[it->n_attachments++];
}

struct str raw_meta(const struct raw *raw, struct str name)
{
	struct str rest = raw->meta, line;

	while (str_next(&rest, '\n', &line)) {
		size_t colon = str_chr(line, ':');

		if (colon != STR_NONE && str_eq(str_sub(line, 0, colon), name))
			return str_trim(str_sub(line, colon + 1, line.len));
	}
	return (struct str){ NULL, 0 };
}

static const char *const channels[] = {
	"none", "email", "whatsapp", "instagram", "messenger", "form", "call", "sms", "telegram",
	"slack", "teams", "meeting", "ticket", "document", "order", "payment", "survey", "note",
	"lead",
};
static const char *const directions[] = { "none", "in", "out", "internal", "system" };
static const char *const kinds[] = {
	"none", "message", "edit", "delete", "reaction", "status", "form", "lead", "call",
	"voicemail", "meeting", "meeting_update", "meeting_cancel", "rsvp", "order", "refund",
	"payment", "document_shared", "document_opened", "document_signed", "document_declined",
	"survey", "note", "identity", "auto_reply", "bulk", "bounce", "receipt", "unsupported",
};
static const char *const schemes[] = {
	"none", "email", "phone", "wa", "wa_bsuid", "igsid", "psid", "tg", "slack", "ext",
};
static const char *const roles[] = { "none", "from", "to", "cc", "bcc", "attendee", "agent" };
static const char *const states[] = { "none", "stored", "pending", "expired", "skipped" };

const char *channel_name(enum channel c) { return c < CHANNEL_COUNT ? channels[c] : "none"; }
const char *direction_name(enum direction d) { return d < DIRECTION_COUNT ? directions[d] : "none"; }
const char *kind_name(enum kind k) { return k < KIND_COUNT ? kinds[k] : "none"; }
const char *scheme_name(enum scheme s) { return s < SCHEME_COUNT ? schemes[s] : "none"; }
const char *role_name(enum role r) { return r < ROLE_COUNT ? roles[r] : "none"; }
const char *attachment_state_name(enum attachment_state s)
{
	return s < ATTACHMENT_STATE_COUNT ? states[s] : "none";
}
