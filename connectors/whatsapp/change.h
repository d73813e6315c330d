/* One change of a webhook while it is read: what its messages and statuses share. */
#pragma once

#include <daybook/connector.h>

#include "base/json.h"
#include "whatsapp.h"

struct wa_contact {
	struct str wa, bsuid, parent, name, username;
};

struct wa_change {
	const struct whatsapp_conf *conf;
	const struct raw *raw;
	struct interactions *out;
	/* For details and for text made of pieces; their memory serves every event of the POST. */
	struct buf *scratch, *pieces;
	struct json_object *value;

	struct str account;		/* our phone_number_id */
	struct identity ours;		/* our side, as a participant; no scheme: not said */
	struct wa_contact *contacts;
	size_t n_contacts;
	struct str filter;		/* not empty: all events of this change are filtered */
};

/* Reads metadata and contacts. */
void wa_change_init(struct wa_change *ch);

/* One event each; false with ERR_LIMIT only: what cannot be understood becomes an event that says so. */
bool wa_message(struct wa_change *ch, struct json_object *message, size_t index, struct err *err);
bool wa_status(struct wa_change *ch, struct json_object *status, size_t index, struct err *err);

/* A new event of this change, or NULL with ERR_LIMIT. */
struct interaction *wa_event(struct wa_change *ch, struct err *err);

/* Who a message is from or to. Any of them may be empty. */
struct wa_person {
	struct str wa, bsuid, parent;
	const struct wa_contact *contact;	/* the entry of contacts[] that has one of these ids */
};

/* contacts[] is searched by id; `hint` is only where the search begins. */
struct wa_person wa_person(const struct wa_change *ch, struct str wa, struct str bsuid,
			   struct str parent, size_t hint);
void wa_add_person(struct wa_change *ch, struct interaction *it, enum role role,
		   const struct wa_person *who);
void wa_add_ours(struct wa_change *ch, struct interaction *it, enum role role);
/* What names the conversation with this person: the group, else our number and the person. */
struct str wa_thread(struct wa_change *ch, struct str group, const struct wa_person *who);

/* Sets key, claim and occurred_us from a `timestamp` of any JSON type. */
void wa_set_time(struct interaction *it, const struct raw *raw, struct json_object *timestamp);

/* a, the character between, b: in the arena. */
struct str wa_join(struct wa_change *ch, struct str a, char between, struct str b);
/* In the arena, without NULs. */
struct str wa_text(struct wa_change *ch, struct str s);
/* "sha256:" and 32 hex digits: stands for the id that a thing does not have. */
struct str wa_digest(struct wa_change *ch, struct json_object *thing);
/* details.errors and details.error_code, when there are any. */
void wa_put_errors(struct json_writer *w, struct json_object *errors);
/* A member as it came, when it is there and not null. */
void wa_put_raw(struct json_writer *w, const char *name, struct json_object *value);
/* A member as text, when it is not empty. */
void wa_put_text(struct json_writer *w, const char *name, struct str s);
