/* The canonical record: what a normalizer makes of what came in. Plain data; every slice lives
 * in the message's arena or in the raw bytes, which live as long. */
#pragma once

#include <daybook/arena.h>
#include <daybook/err.h>
#include <daybook/str.h>

/* The numbers of these enums are stored in the database: append, never renumber. */
enum channel {
	CHANNEL_NONE,
	CHANNEL_EMAIL, CHANNEL_WHATSAPP, CHANNEL_INSTAGRAM, CHANNEL_MESSENGER, CHANNEL_FORM,
	CHANNEL_CALL, CHANNEL_SMS, CHANNEL_TELEGRAM, CHANNEL_SLACK, CHANNEL_TEAMS,
	CHANNEL_MEETING, CHANNEL_TICKET, CHANNEL_DOCUMENT, CHANNEL_ORDER, CHANNEL_PAYMENT,
	CHANNEL_SURVEY, CHANNEL_NOTE, CHANNEL_LEAD,
	CHANNEL_COUNT
};

enum direction {
	DIRECTION_NONE,		/* the normalizer cannot know: model/direction.c decides */
	DIRECTION_IN,		/* customer to us */
	DIRECTION_OUT,		/* us to customer */
	DIRECTION_INTERNAL,
	DIRECTION_SYSTEM,
	DIRECTION_COUNT
};

enum kind {
	KIND_NONE,
	KIND_MESSAGE, KIND_EDIT, KIND_DELETE, KIND_REACTION, KIND_STATUS, KIND_FORM, KIND_LEAD,
	KIND_CALL, KIND_VOICEMAIL, KIND_MEETING, KIND_MEETING_UPDATE, KIND_MEETING_CANCEL,
	KIND_RSVP, KIND_ORDER, KIND_REFUND, KIND_PAYMENT, KIND_DOCUMENT_SHARED,
	KIND_DOCUMENT_OPENED, KIND_DOCUMENT_SIGNED, KIND_DOCUMENT_DECLINED, KIND_SURVEY,
	KIND_NOTE, KIND_IDENTITY, KIND_AUTO_REPLY, KIND_BULK, KIND_BOUNCE, KIND_RECEIPT,
	KIND_UNSUPPORTED,
	KIND_COUNT
};

enum scheme {
	SCHEME_NONE,
	SCHEME_EMAIL,		/* canonical address, see model/email.h */
	SCHEME_PHONE,		/* E.164 with the plus */
	SCHEME_WA,		/* wa_id verbatim: digits, for sending back */
	SCHEME_WA_BSUID,	/* business-scoped user id, verbatim */
	SCHEME_IGSID, SCHEME_PSID, SCHEME_TG, SCHEME_SLACK,
	SCHEME_EXT,		/* a provider's own id; scope is the connector */
	SCHEME_COUNT
};

enum role {
	ROLE_NONE, ROLE_FROM, ROLE_TO, ROLE_CC, ROLE_BCC,
	ROLE_ATTENDEE,		/* of a meeting; of a bounce: whom our mail did not reach */
	ROLE_AGENT,
	ROLE_ORIGINAL,		/* author of the mail that this one passes on */
	ROLE_COUNT
};

enum attachment_state {
	ATTACHMENT_NONE,
	ATTACHMENT_STORED,	/* bytes are kept under their SHA-256 */
	ATTACHMENT_PENDING,	/* named by the provider, not fetched yet */
	ATTACHMENT_EXPIRED,
	ATTACHMENT_SKIPPED,	/* reason says why */
	ATTACHMENT_STATE_COUNT
};

/* As a normalizer read it: value need not be canonical, the pipeline canonicalises
 * (model/identity.h) before anybody compares. */
struct identity {
	enum scheme scheme;
	struct str value;
	struct str scope;	/* connector name for SCHEME_EXT, else empty */
};

/* One participant. Several identities are several handles of the same person as the
 * provider says (wa_id and BSUID; e-mail and phone of one form). The first is the one shown. */
struct party {
	enum role role;
	struct str name;	/* as given, may be empty */
	struct identity *ids;
	size_t n_ids;
};

struct attachment {
	struct str name;	/* for people; never a path */
	struct str media_type;
	int64_t size;		/* bytes, -1 unknown */
	enum attachment_state state;
	struct str reason;	/* for SKIPPED and EXPIRED */
	struct str sha256;	/* 64 hex digits once stored (WhatsApp: as the provider claims) */
	struct str remote_id;	/* for PENDING: what fetch() needs; for SKIPPED: not empty when it can be fetched yet */
	struct str content_id;	/* of an inline image, without <> */
	struct str body;	/* the bytes, between normalizer and blob store only */
	struct str encoded;	/* the slice of the raw bytes that is body in clean base64; empty: none is */
};

struct interaction {
	enum channel channel;
	enum direction direction;
	enum kind kind;

	/* The dedupe key: channel + account + external_id + kind (not of mail) + discriminator, at key_us. */
	struct str account;		/* our side's account (phone_number_id …); empty for mail */
	struct str external_id;		/* the provider's own id of the thing */
	struct str discriminator;	/* what tells events of one thing apart */
	int64_t key_us;			/* provider's time as claimed, the same in every delivery; 0 none */

	struct str about;		/* external_id that this edits, deletes, reacts to, reports on */
	struct str thread;
	int64_t occurred_us;		/* µs since 1970, never later than the receipt */
	int64_t claimed_us;		/* what the provider or the Date header claimed; 0 none */

	struct str subject;		/* UTF-8, NFC */
	struct str text;		/* the new text */
	struct str text_full;		/* with quote and signature; empty when the same as text */
	struct str details;		/* a JSON object, or empty */
	struct str why;			/* why this kind and direction, for people */
	struct str filter;		/* not empty: keep in the journal only, for this reason */

	struct party *parties;
	size_t n_parties;
	struct attachment *attachments;
	size_t n_attachments;
};

/* The kind as far as the dedupe key knows it. What sort of mail a mail is (bulk, automatic …) is a judgement, which
 * may differ by the way it came and changes with better rules: the same mail must stay the same. */
static inline enum kind interaction_key_kind(enum channel channel, enum kind kind)
{
	return channel == CHANNEL_EMAIL ? KIND_MESSAGE : kind;
}

/* What normalize() fills. */
struct interactions {
	struct arena *arena;
	struct interaction *items;
	size_t n_items;
	size_t max_items;
};

/* A fresh zeroed item; NULL at max_items or when the arena is used up. The pointer is valid
 * until the next interactions_add. */
struct interaction *interactions_add(struct interactions *out);
/* The same for a party, an identity of it, an attachment. NULL: arena used up; a NULL party gets no
 * identities, so that nobody need ask before the arena is asked at the end. */
struct party *interaction_add_party(struct interaction *it, struct arena *arena, enum role role,
				    struct str name);
struct identity *party_add_identity(struct party *party, struct arena *arena, enum scheme scheme,
				    struct str value, struct str scope);
struct attachment *interaction_add_attachment(struct interaction *it, struct arena *arena);

/* Names as they stand in JSON and on the screen: "email", "in", "message", "wa_bsuid" …
 * The _from functions give …_NONE for an unknown name. */
const char *channel_name(enum channel c);
const char *direction_name(enum direction d);
const char *kind_name(enum kind k);
const char *scheme_name(enum scheme s);
const char *role_name(enum role r);
const char *attachment_state_name(enum attachment_state s);
enum channel channel_from(struct str name);
enum direction direction_from(struct str name);
enum kind kind_from(struct str name);
enum scheme scheme_from(struct str name);
enum role role_from(struct str name);
enum attachment_state attachment_state_from(struct str name);
