/* What POST /api/v1/interactions takes: the canonical record as JSON, in the words in which the API shows it. Taken is what is
 * listed here and nothing else: what the daemon says of an entry (its id, when it was recorded, the hash of a file) is not the
 * sender's to claim. An error begins with the JSON pointer of its place. */
#include <stdio.h>
#include <string.h>

#include "record.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "model/text.h"
#include "model/validate.h"

enum { MAX_DEPTH = 12, MAX_NODES = 20000, MAX_POINTER = 80 };

struct reading {
	struct interaction *it;
	struct arena *arena;
	struct err *err;		/* kind NONE: fine so far */
};

static bool refuse(struct reading *r, const char *pointer, const char *why)
{
	if (r->err->kind == ERR_NONE)
		err_setf(r->err, ERR_INPUT, "%s: %s", pointer, why);
	return false;
}

/* ---- texts ---- */

/* Not given, or null: empty. */
static struct str text_of(struct reading *r, struct json_object *value, const char *pointer)
{
	struct str text = json_text(value);

	if (json_kind_of(value) != JSON_NULL && json_kind_of(value) != JSON_STRING)
		refuse(r, pointer, "it is a text");
	if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL)
		refuse(r, pointer, "it holds a NUL character");
	return text;
}

static struct str member_within(struct reading *r, struct json_object *value, const char *name, size_t max)
{
	char pointer[MAX_POINTER], why[80];
	struct str text;

	snprintf(pointer, sizeof(pointer), "/%s", name);
	text = str_trim(text_of(r, json_get(value, name), pointer));
	snprintf(why, sizeof(why), "it has %zu bytes, %zu at most are kept", text.len, max);
	if (text.len > max)
		refuse(r, pointer, why);
	return arena_str(r->arena, text);
}

static struct str member(struct reading *r, struct json_object *value, const char *name)
{
	return member_within(r, value, name, VALIDATE_MAX_KEY);
}

static struct str prose(struct reading *r, struct json_object *value, const char *name, size_t max)
{
	return text_nfc(member_within(r, value, name, max), r->arena);
}

/* ---- fields ---- */

struct allowed {
	struct reading *r;
	const char *const *names;
	const char *where;
};

static void check_name(struct str name, struct json_object *value, void *arg)
{
	const struct allowed *a = arg;
	char place[2 * MAX_POINTER];

	(void)value;
	for (const char *const *n = a->names; *n != NULL; n++)
		if (str_eq(name, str_from(*n)))
			return;
	name = str_sub(name, 0, 40);
	name.len = str_utf8_length(name);
	snprintf(place, sizeof(place), "%s/" STR_FMT, a->where, STR_ARG(name));
	refuse(a->r, place, "there is no such field");
}

static void check_names(struct reading *r, struct json_object *value, const char *where, const char *const *names)
{
	struct allowed a = { r, names, where };

	json_each(value, check_name, &a);
}

static void read_time(struct reading *r, struct json_object *value)
{
	struct str text = member(r, value, "occurred_at");

	if (text.len == 0)
		refuse(r, "/occurred_at", "it is missing; when did it happen?");
	else if (!clock_parse(text, &r->it->occurred_us) || r->it->occurred_us <= 0)
		refuse(r, "/occurred_at", "it is a time such as 2026-10-01T08:00:00Z");
	r->it->claimed_us = r->it->occurred_us;
}

static bool is_about_another(enum kind kind)
{
	return kind == KIND_EDIT || kind == KIND_DELETE || kind == KIND_REACTION || kind == KIND_STATUS;
}

static void read_sort(struct reading *r, struct json_object *value)
{
	struct str direction = member(r, value, "direction");

	r->it->channel = channel_from(member(r, value, "channel"));
	if (r->it->channel == CHANNEL_NONE)
		refuse(r, "/channel", "it is a channel such as email, whatsapp, sms, call, ticket or order");
	r->it->kind = kind_from(member(r, value, "kind"));
	if (r->it->kind == KIND_NONE)
		refuse(r, "/kind", "it is a kind such as message, call, meeting, order, payment or note");
	r->it->direction = direction_from(direction);
	if (direction.len > 0 && r->it->direction == DIRECTION_NONE)
		refuse(r, "/direction", "it is in, out, internal or system; left out, it follows from who wrote to whom");
}

static void read_keys(struct reading *r, struct json_object *value)
{
	r->it->external_id = member(r, value, "external_id");
	if (r->it->external_id.len == 0)
		refuse(r, "/external_id", "it is missing; by it the same thing sent twice is stored once");
	r->it->about = member(r, value, "about");
	if (r->it->about.len == 0 && is_about_another(r->it->kind))
		refuse(r, "/about", "it is missing; the external_id of what this changes");
	r->it->thread = member(r, value, "thread");
}

static void read_details(struct reading *r, struct json_object *value)
{
	struct json_object *details = json_get(value, "details");
	struct buf text;

	if (details == NULL)
		return;
	if (json_kind_of(details) != JSON_OBJECT) {
		refuse(r, "/details", "it is a JSON object");
		return;
	}
	buf_init(&text, VALIDATE_MAX_DETAILS);
	json_put_value(&text, details);
	r->it->details = arena_str(r->arena, buf_str(&text));
	buf_finish(&text);
}

/* ---- who took part ---- */

static void read_identity(struct reading *r, struct party *party, struct json_object *value, const char *where)
{
	static const char *const names[] = { "scheme", "value", NULL };
	enum scheme scheme = scheme_from(json_str(value, "scheme"));
	struct str text = text_of(r, json_get(value, "value"), where);

	if (json_kind_of(value) != JSON_OBJECT) {
		refuse(r, where, "it is {\"scheme\", \"value\"}");
		return;
	}
	check_names(r, value, where, names);
	if (scheme == SCHEME_NONE)
		refuse(r, where, "scheme is email, phone, wa, wa_bsuid, igsid, psid, tg, slack or ext");
	if (str_trim(text).len == 0)
		refuse(r, where, "value is missing");
	party_add_identity(party, r->arena, scheme, arena_str(r->arena, str_trim(text)),
			   scheme == SCHEME_EXT ? STR("api") : STR(""));
}

static void read_identities(struct reading *r, struct party *party, struct json_object *value, const char *where)
{
	struct json_object *one = json_get(value, "identity"), *list = json_get(value, "identities");
	char place[MAX_POINTER + 40];

	if (one != NULL) {
		snprintf(place, sizeof(place), "%s/identity", where);
		read_identity(r, party, one, place);
	}
	if (json_kind_of(list) != JSON_NULL && json_kind_of(list) != JSON_ARRAY)
		refuse(r, where, "identities is a list");
	for (size_t i = 0; i < json_count(list); i++) {
		snprintf(place, sizeof(place), "%s/identities/%zu", where, i);
		read_identity(r, party, json_at(list, i), place);
	}
}

static void read_party(struct reading *r, struct json_object *value, size_t n)
{
	static const char *const names[] = { "role", "identity", "identities", "name", NULL };
	struct party *party;
	char where[MAX_POINTER];
	enum role role;

	snprintf(where, sizeof(where), "/participants/%zu", n);
	if (json_kind_of(value) != JSON_OBJECT) {
		refuse(r, where, "it is {\"role\", \"identity\", \"name\"}");
		return;
	}
	check_names(r, value, where, names);
	role = role_from(json_str(value, "role"));
	if (role == ROLE_NONE || role == ROLE_ORIGINAL)
		refuse(r, where, "role is from, to, cc, bcc, attendee or agent");
	party = interaction_add_party(r->it, r->arena, role,
				      text_nfc(arena_str(r->arena, str_trim(text_of(r, json_get(value, "name"), where))), r->arena));
	if (party == NULL)
		return;			/* the arena remembers */
	read_identities(r, party, value, where);
	if (party->n_ids == 0 && party->name.len == 0)
		refuse(r, where, "it has neither identity nor name");
}

static void read_parties(struct reading *r, struct json_object *value)
{
	struct json_object *list = json_get(value, "participants");

	if (json_kind_of(list) != JSON_ARRAY || json_count(list) == 0)
		refuse(r, "/participants", "it is a list of one at least");
	for (size_t i = 0; i < json_count(list) && r->err->kind == ERR_NONE; i++)
		read_party(r, json_at(list, i), i);
}

/* ---- the whole ---- */

static bool read_record(struct reading *r, struct json_object *value)
{
	static const char *const names[] = {
		"channel", "kind", "direction", "external_id", "about", "thread", "occurred_at", "participants",
		"subject", "text", "text_full", "details", NULL,
	};

	if (json_kind_of(value) != JSON_OBJECT)
		return refuse(r, "", "the record is a JSON object");
	check_names(r, value, "", names);
	read_sort(r, value);
	read_keys(r, value);
	read_time(r, value);
	read_parties(r, value);
	r->it->account = STR("api");	/* nobody else's things have its names */
	r->it->why = STR("its sender says so");
	r->it->subject = prose(r, value, "subject", VALIDATE_MAX_LINE);
	r->it->text = prose(r, value, "text", VALIDATE_MAX_TEXT);
	r->it->text_full = prose(r, value, "text_full", VALIDATE_MAX_TEXT);
	read_details(r, value);
	return r->err->kind == ERR_NONE;
}

static bool normalize(const void *conf, const struct raw *raw, struct interactions *out, struct err *err)
{
	struct reading r = { .arena = out->arena, .err = err };
	auto_json struct json_object *value = NULL;

	(void)conf;
	err->kind = ERR_NONE;
	value = json_parse(raw->body, MAX_DEPTH, MAX_NODES, err);
	if (value == NULL)
		return false;
	r.it = interactions_add(out);
	if (r.it != NULL && read_record(&r, value))
		return true;
	out->n_items = 0;
	return err->kind != ERR_NONE ? false : err_setf(err, ERR_LIMIT, "no room");
}

const struct connector api_reader = { .api = CONNECTOR_API, .name = "api", .normalize = normalize };
