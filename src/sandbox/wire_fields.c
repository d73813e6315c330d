#include "sandbox/wire_fields.h"

#include "base/mem.h"
#include "sandbox/wire.h"

#define VALUE(struct_, member_) { #member_, offsetof(struct struct_, member_), WIRE_MAX_VALUE, WIRE_TEXT }
#define LONG(struct_, member_, rule_) \
	{ #member_, offsetof(struct struct_, member_), WIRE_MAX_BLOCK, (rule_) }

static const struct wire_field interaction_rows[] = {
	VALUE(interaction, account),
	VALUE(interaction, external_id),
	VALUE(interaction, discriminator),
	VALUE(interaction, about),
	VALUE(interaction, thread),
	VALUE(interaction, subject),
	LONG(interaction, text, WIRE_TEXT),
	LONG(interaction, text_full, WIRE_TEXT),
	LONG(interaction, details, WIRE_JSON),
	VALUE(interaction, why),
	VALUE(interaction, filter),
};

static const struct wire_field party_rows[] = {
	VALUE(party, name),
};

static const struct wire_field identity_rows[] = {
	VALUE(identity, value),
	VALUE(identity, scope),
};

static const struct wire_field attachment_rows[] = {
	VALUE(attachment, name),
	VALUE(attachment, media_type),
	VALUE(attachment, reason),
	{ "sha256", offsetof(struct attachment, sha256), 64, WIRE_DIGEST },
	VALUE(attachment, remote_id),
	VALUE(attachment, content_id),
};

const struct wire_fields wire_interaction = { interaction_rows, countof(interaction_rows) };
const struct wire_fields wire_party = { party_rows, countof(party_rows) };
const struct wire_fields wire_identity = { identity_rows, countof(identity_rows) };
const struct wire_fields wire_attachment = { attachment_rows, countof(attachment_rows) };
