/* Bodies of the public header: growing the record, and names both ways. */
#include <daybook/connector.h>
#include <daybook/interaction.h>

#include "base/mem.h"

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

	if (party == NULL)	/* the arena was used up before: it remembers */
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
	struct attachment *all = arena_grow(arena, it->attachments, it->n_attachments,
					    sizeof(*all));

	if (all == NULL)
		return NULL;
	it->attachments = all;
	all[it->n_attachments] = (struct attachment){ .size = -1 };
	return &all[it->n_attachments++];
}

struct str raw_meta(const struct raw *raw, struct str name)
{
	struct str rest = raw->meta, line;

	while (str_next(&rest, '\n', &line))
		if (line.len > name.len && line.ptr[name.len] == ':' && str_starts(line, name))
			return str_trim(str_sub(line, name.len + 1, line.len));
	return (struct str){ NULL, 0 };
}

static const char *const channels[CHANNEL_COUNT] = {
	[CHANNEL_NONE] = "none", [CHANNEL_EMAIL] = "email", [CHANNEL_WHATSAPP] = "whatsapp",
	[CHANNEL_INSTAGRAM] = "instagram", [CHANNEL_MESSENGER] = "messenger",
	[CHANNEL_FORM] = "form", [CHANNEL_CALL] = "call", [CHANNEL_SMS] = "sms",
	[CHANNEL_TELEGRAM] = "telegram", [CHANNEL_SLACK] = "slack", [CHANNEL_TEAMS] = "teams",
	[CHANNEL_MEETING] = "meeting", [CHANNEL_TICKET] = "ticket",
	[CHANNEL_DOCUMENT] = "document", [CHANNEL_ORDER] = "order",
	[CHANNEL_PAYMENT] = "payment", [CHANNEL_SURVEY] = "survey", [CHANNEL_NOTE] = "note",
	[CHANNEL_LEAD] = "lead",
};

static const char *const directions[DIRECTION_COUNT] = {
	[DIRECTION_NONE] = "none", [DIRECTION_IN] = "in", [DIRECTION_OUT] = "out",
	[DIRECTION_INTERNAL] = "internal", [DIRECTION_SYSTEM] = "system",
};

static const char *const kinds[KIND_COUNT] = {
	[KIND_NONE] = "none", [KIND_MESSAGE] = "message", [KIND_EDIT] = "edit",
	[KIND_DELETE] = "delete", [KIND_REACTION] = "reaction", [KIND_STATUS] = "status",
	[KIND_FORM] = "form", [KIND_LEAD] = "lead", [KIND_CALL] = "call",
	[KIND_VOICEMAIL] = "voicemail", [KIND_MEETING] = "meeting",
	[KIND_MEETING_UPDATE] = "meeting_update", [KIND_MEETING_CANCEL] = "meeting_cancel",
	[KIND_RSVP] = "rsvp", [KIND_ORDER] = "order", [KIND_REFUND] = "refund",
	[KIND_PAYMENT] = "payment", [KIND_DOCUMENT_SHARED] = "document_shared",
	[KIND_DOCUMENT_OPENED] = "document_opened", [KIND_DOCUMENT_SIGNED] = "document_signed",
	[KIND_DOCUMENT_DECLINED] = "document_declined", [KIND_SURVEY] = "survey",
	[KIND_NOTE] = "note", [KIND_IDENTITY] = "identity", [KIND_AUTO_REPLY] = "auto_reply",
	[KIND_BULK] = "bulk", [KIND_BOUNCE] = "bounce", [KIND_RECEIPT] = "receipt",
	[KIND_UNSUPPORTED] = "unsupported",
};

static const char *const schemes[SCHEME_COUNT] = {
	[SCHEME_NONE] = "none", [SCHEME_EMAIL] = "email", [SCHEME_PHONE] = "phone",
	[SCHEME_WA] = "wa", [SCHEME_WA_BSUID] = "wa_bsuid", [SCHEME_IGSID] = "igsid",
	[SCHEME_PSID] = "psid", [SCHEME_TG] = "tg", [SCHEME_SLACK] = "slack",
	[SCHEME_EXT] = "ext",
};

static const char *const roles[ROLE_COUNT] = {
	[ROLE_NONE] = "none", [ROLE_FROM] = "from", [ROLE_TO] = "to", [ROLE_CC] = "cc",
	[ROLE_BCC] = "bcc", [ROLE_ATTENDEE] = "attendee", [ROLE_AGENT] = "agent",
	[ROLE_ORIGINAL] = "original",
};

static const char *const attachment_states[ATTACHMENT_STATE_COUNT] = {
	[ATTACHMENT_NONE] = "none", [ATTACHMENT_STORED] = "stored",
	[ATTACHMENT_PENDING] = "pending", [ATTACHMENT_EXPIRED] = "expired",
	[ATTACHMENT_SKIPPED] = "skipped",
};

/* A number from outside (the database of a later version, a hostile process) may be anything. */
static const char *name_of(const char *const *names, size_t n, unsigned value)
{
	return value < n ? names[value] : "unknown";
}

static unsigned value_of(const char *const *names, size_t n, struct str name)
{
	for (size_t i = 1; i < n; i++)
		if (str_eq(name, str_from(names[i])))
			return (unsigned)i;
	return 0;
}

const char *channel_name(enum channel c)
{
	return name_of(channels, countof(channels), c);
}

const char *direction_name(enum direction d)
{
	return name_of(directions, countof(directions), d);
}

const char *kind_name(enum kind k)
{
	return name_of(kinds, countof(kinds), k);
}

const char *scheme_name(enum scheme s)
{
	return name_of(schemes, countof(schemes), s);
}

const char *role_name(enum role r)
{
	return name_of(roles, countof(roles), r);
}

const char *attachment_state_name(enum attachment_state s)
{
	return name_of(attachment_states, countof(attachment_states), s);
}

enum channel channel_from(struct str name)
{
	return value_of(channels, countof(channels), name);
}

enum direction direction_from(struct str name)
{
	return value_of(directions, countof(directions), name);
}

enum kind kind_from(struct str name)
{
	return value_of(kinds, countof(kinds), name);
}

enum scheme scheme_from(struct str name)
{
	return value_of(schemes, countof(schemes), name);
}

enum role role_from(struct str name)
{
	return value_of(roles, countof(roles), name);
}

enum attachment_state attachment_state_from(struct str name)
{
	return value_of(attachment_states, countof(attachment_states), name);
}
