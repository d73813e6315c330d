#include "change.h"

#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"

enum { DIGEST_BYTES = 16, MIN_NUMBER = 7, MAX_NUMBER = 15 };

struct str wa_text(struct wa_change *ch, struct str s)
{
	static const struct str replacement = STR("\xef\xbf\xbd");
	struct arena *arena = ch->out->arena;
	size_t n_nul = 0, at = 0;
	char *copy;

	if (s.len == 0 || memchr(s.ptr, '\0', s.len) == NULL)
		return arena_str(arena, s);
	for (size_t i = 0; i < s.len; i++)
		n_nul += s.ptr[i] == '\0';
	copy = arena_alloc(arena, s.len + n_nul * (replacement.len - 1) + 1);
	if (copy == NULL)
		return (struct str){ NULL, 0 };
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != '\0') {
			copy[at++] = s.ptr[i];
			continue;
		}
		memcpy(copy + at, replacement.ptr, replacement.len);
		at += replacement.len;
	}
	return (struct str){ copy, at };
}

struct str wa_join(struct wa_change *ch, struct str a, char between, struct str b)
{
	char *out = arena_alloc(ch->out->arena, a.len + b.len + 2);

	if (out == NULL)
		return (struct str){ NULL, 0 };
	memcpy(out, a.len ? a.ptr : "", a.len);
	out[a.len] = between;
	memcpy(out + a.len + 1, b.len ? b.ptr : "", b.len);
	return (struct str){ out, a.len + 1 + b.len };
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_punctuation(char c)
{
	return c == ' ' || c == '-' || c == '(' || c == ')' || c == '.';
}

/* "+" and digits when s is a telephone number in international form, else empty. */
static struct str number_text(struct arena *arena, struct str s)
{
	char digits[MAX_NUMBER + 1] = "+";
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		bool is_plus = i == 0 && s.ptr[i] == '+';

		if (is_digit(s.ptr[i]) && n < MAX_NUMBER)
			digits[++n] = s.ptr[i];
		else if (!is_plus && !is_punctuation(s.ptr[i]))
			return (struct str){ NULL, 0 };
	}
	if (n < MIN_NUMBER)
		return (struct str){ NULL, 0 };
	return arena_str(arena, (struct str){ digits, n + 1 });
}

static void read_contacts(struct wa_change *ch)
{
	struct json_object *list = json_get(ch->value, "contacts");
	size_t n = json_count(list);

	if (n == 0)
		return;
	ch->contacts = arena_alloc(ch->out->arena, n * sizeof(*ch->contacts));
	if (ch->contacts == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		struct json_object *contact = json_at(list, i);
		struct json_object *profile = json_get(contact, "profile");

		ch->contacts[i] = (struct wa_contact){
			.wa = json_scalar(json_get(contact, "wa_id")),
			.bsuid = json_str(contact, "user_id"),
			.parent = json_str(contact, "parent_user_id"),
			.name = json_str(profile, "name"),
			.username = json_str(profile, "username"),
		};
	}
	ch->n_contacts = n;
}

static bool is_wanted(const struct conf_list *wanted, struct str id)
{
	if (wanted->n_items == 0)
		return true;
	for (size_t i = 0; i < wanted->n_items; i++)
		if (str_eq(str_from(wanted->items[i]), id))
			return true;
	return false;
}

void wa_change_init(struct wa_change *ch)
{
	struct json_object *metadata = json_get(ch->value, "metadata");
	struct arena *arena = ch->out->arena;
	struct str number;

	ch->account = wa_text(ch, json_scalar(json_get(metadata, "phone_number_id")));
	number = number_text(arena, json_scalar(json_get(metadata, "display_phone_number")));
	if (number.len > 0)
		ch->ours = (struct identity){ SCHEME_PHONE, number, { NULL, 0 } };
	else if (ch->account.len > 0)
		ch->ours = (struct identity){ SCHEME_EXT, ch->account, STR("whatsapp") };
	if (!is_wanted(&ch->conf->phone_number_ids, ch->account))
		ch->filter = arena_strf(arena, "phone number id \"" STR_FMT "\" is not one of "
					"phone_number_ids", STR_ARG(str_sub(ch->account, 0, 64)));
	read_contacts(ch);
}

struct interaction *wa_event(struct wa_change *ch, struct err *err)
{
	struct interaction *it = interactions_add(ch->out);

	if (it == NULL && ch->out->n_items >= ch->out->max_items)
		err_setf(err, ERR_LIMIT, "more than %zu events in one webhook", ch->out->max_items);
	else if (it == NULL)
		err_setf(err, ERR_LIMIT, "the events of this webhook need too much memory");
	else {
		it->channel = CHANNEL_WHATSAPP;
		it->account = ch->account;
		it->filter = ch->filter;
		it->occurred_us = ch->raw->received_us;
	}
	return it;
}

/* Ids of one POST are alike at their front and differ at their end. */
static inline bool same(struct str a, struct str b)
{
	return a.len > 0 && a.len == b.len && a.ptr[a.len - 1] == b.ptr[b.len - 1] && str_eq(a, b);
}

static const struct wa_contact *find_contact(const struct wa_change *ch, struct str wa,
					     struct str bsuid, size_t hint)
{
	for (size_t n = 0; n < ch->n_contacts; n++) {
		const struct wa_contact *c = &ch->contacts[(hint + n) % ch->n_contacts];

		if (same(bsuid, c->bsuid) || same(wa, c->wa))
			return c;
	}
	return NULL;
}

/* Some senders put the business-scoped id where the number stands: two letters, a dot. */
static bool is_bsuid(struct str s)
{
	return s.len > 3 && s.ptr[0] >= 'A' && s.ptr[0] <= 'Z' && s.ptr[1] >= 'A' &&
	       s.ptr[1] <= 'Z' && s.ptr[2] == '.';
}

struct wa_person wa_person(const struct wa_change *ch, struct str wa, struct str bsuid,
			   struct str parent, size_t hint)
{
	struct wa_person who = { wa, bsuid, parent, NULL };

	if (is_bsuid(wa)) {
		who.bsuid = bsuid.len > 0 ? bsuid : wa;
		who.wa = (struct str){ NULL, 0 };
	}
	who.contact = find_contact(ch, who.wa, who.bsuid, hint);
	if (who.contact == NULL)
		return who;
	if (who.wa.len == 0)
		who.wa = who.contact->wa;
	if (who.bsuid.len == 0)
		who.bsuid = who.contact->bsuid;
	if (who.parent.len == 0)
		who.parent = who.contact->parent;
	return who;
}

void wa_add_person(struct wa_change *ch, struct interaction *it, enum role role,
		   const struct wa_person *who)
{
	static const struct str no_scope;
	struct arena *arena = ch->out->arena;
	struct str name = who->contact ? who->contact->name : no_scope, number;
	struct party *party = interaction_add_party(it, arena, role, wa_text(ch, name));

	if (who->wa.len > 0) {
		party_add_identity(party, arena, SCHEME_WA, wa_text(ch, who->wa), no_scope);
		number = number_text(arena, who->wa);
		if (number.len > 0)
			party_add_identity(party, arena, SCHEME_PHONE, number, no_scope);
	}
	if (who->bsuid.len > 0)
		party_add_identity(party, arena, SCHEME_WA_BSUID, wa_text(ch, who->bsuid), no_scope);
	if (who->parent.len > 0 && !str_eq(who->parent, who->bsuid))
		party_add_identity(party, arena, SCHEME_WA_BSUID, wa_text(ch, who->parent), no_scope);
}

void wa_add_ours(struct wa_change *ch, struct interaction *it, enum role role)
{
	struct arena *arena = ch->out->arena;
	struct party *party;

	if (ch->ours.scheme == SCHEME_NONE)
		return;
	party = interaction_add_party(it, arena, role, (struct str){ NULL, 0 });
	party_add_identity(party, arena, ch->ours.scheme, ch->ours.value, ch->ours.scope);
}

struct str wa_thread(struct wa_change *ch, struct str group, const struct wa_person *who)
{
	struct str person = who->bsuid.len > 0 ? who->bsuid : who->wa;

	if (group.len > 0)
		return wa_text(ch, group);
	if (person.len == 0)
		return person;
	return wa_join(ch, ch->account, ':', wa_text(ch, person));
}

/* Whole seconds, written as a number or a string, perhaps with a sign or a fraction. */
static bool read_seconds(struct str s, int64_t *us)
{
	bool is_negative = s.len > 0 && s.ptr[0] == '-';
	size_t dot;
	int64_t n;

	s = str_sub(str_trim(s), is_negative, s.len);
	dot = str_chr(s, '.');
	if (dot != STR_NONE)
		s = str_sub(s, 0, dot);
	if (!str_int64(s, &n) || __builtin_mul_overflow(n, US_PER_S, &n))
		return false;
	*us = is_negative ? -n : n;
	return true;
}

void wa_set_time(struct interaction *it, const struct raw *raw, struct json_object *timestamp)
{
	int64_t us;

	if (!read_seconds(json_scalar(timestamp), &us))
		return;
	it->key_us = us;
	it->claimed_us = us;
	if (us > 0 && us < raw->received_us)
		it->occurred_us = us;
}

struct str wa_digest(struct wa_change *ch, struct json_object *thing)
{
	unsigned char digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	buf_clear(ch->scratch);
	json_put_value(ch->scratch, thing);
	crypto_sha256(buf_str(ch->scratch), digest);
	return arena_strf(ch->out->arena, "sha256:%s", crypto_hex(digest, DIGEST_BYTES, hex));
}

void wa_put_raw(struct json_writer *w, const char *name, struct json_object *value)
{
	if (json_kind_of(value) == JSON_NULL)
		return;
	json_name(w, name);
	json_put_value(w->out, value);
	w->needs_comma = true;
}

void wa_put_text(struct json_writer *w, const char *name, struct str s)
{
	if (s.len > 0)
		json_member(w, name, s);
}

void wa_put_errors(struct json_writer *w, struct json_object *errors)
{
	if (json_count(errors) == 0)
		return;
	wa_put_raw(w, "error_code", json_get(json_at(errors, 0), "code"));
	wa_put_raw(w, "errors", errors);
}
