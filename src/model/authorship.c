#include "model/authorship.h"

#include "base/json.h"
#include "model/authentication.h"
#include "model/email.h"
#include "model/identity.h"
#include "model/match.h"
#include "model/own.h"

enum { DETAILS_DEPTH = 16, DETAILS_NODES = 20000 };

static struct party *find_from(struct interaction *it)
{
	for (size_t i = 0; i < it->n_parties; i++)
		if (it->parties[i].role == ROLE_FROM && it->parties[i].n_ids > 0)
			return &it->parties[i];
	return NULL;
}

static bool is_ours(const struct own *own, const struct party *p)
{
	return p != NULL && own_party(own, p).kind != OWN_NONE;
}

static bool is_recipient(const struct party *p)
{
	return p->n_ids > 0 && (p->role == ROLE_TO || p->role == ROLE_CC || p->role == ROLE_BCC);
}

static size_t count_recipients(const struct interaction *it, const struct own *own, bool ours)
{
	size_t n = 0;

	for (size_t i = 0; i < it->n_parties; i++)
		n += is_recipient(&it->parties[i]) && is_ours(own, &it->parties[i]) == ours;
	return n;
}

/* An address that came in as text; false when it is none. */
static bool read_address(struct str text, const char *region, struct arena *arena, struct identity *id)
{
	struct err ignored;

	*id = (struct identity){ .scheme = SCHEME_EMAIL, .value = text };
	return text.len > 0 && identity_canonical(id, arena, region, &ignored);
}

/* ---- who did not write it ---- */

/* Is one of a list of headers of a server of ours, and against it? */
static bool is_disproved(struct json_object *holder, const struct own *own, struct arena *arena, struct str *why)
{
	struct json_object *headers = json_get(holder, "authentication_results");

	for (size_t i = 0; i < json_count(headers); i++)
		if (authentication_disproves(json_text(json_at(headers, i)), own, arena, why))
			return true;
	return false;
}

/* Nobody's: our address stays as what the mail claims, and no contact is made of it. */
static bool settle_forged(struct interaction *it, const struct own *own, struct json_object *details,
			  enum folder_hint hint, struct arena *arena)
{
	struct str why;

	if (hint == FOLDER_SENT || !is_ours(own, find_from(it)) || !is_disproved(details, own, arena, &why))
		return false;
	it->direction = DIRECTION_IN;
	interaction_add_why(it, arena, arena_strf(arena, "From names one of us, but it is not from us: " STR_FMT, STR_ARG(why)));
	return true;
}

/* One of us is named as the author elsewhere than as the one address in From: in the Reply-To of a list, in Sender, in a From of
 * several. Whatever a server says of the mail, it does not say it of them. A list of ours answers for its own people. */
static bool settle_unvouched(struct interaction *it, const struct own *own, struct json_object *details,
			     enum folder_hint hint, struct arena *arena)
{
	struct json_object *author = json_get(details, "author");
	struct str where = json_str(author, "named_in");
	struct identity list;

	if (hint == FOLDER_SENT || where.len == 0 || !is_ours(own, direction_sender(it)) ||
	    (read_address(json_str(author, "written_from"), NULL, arena, &list) && own_is(own, &list).kind != OWN_NONE))
		return false;
	it->direction = DIRECTION_IN;
	interaction_add_why(it, arena, arena_strf(arena, "one of us is named as its author, but in " STR_FMT ", where anybody may name us",
						  STR_ARG(where)));
	return true;
}

/* ---- forms that write for their visitors ---- */

/* "From: site@ours, To: sales@ours, Reply-To: ana@x": the visitor wrote it. A colleague's own mail stays what it is. */
static void settle_form(struct interaction *it, const struct own *own, struct json_object *details,
			enum folder_hint hint, struct arena *arena)
{
	struct json_object *reply_to = json_get(details, "reply_to");
	struct str address = json_str(json_at(reply_to, 0), "address");
	struct party *from = find_from(it);
	struct identity *id;

	if (from == NULL || own_party(own, from).kind != OWN_ORGANIZATION || hint == FOLDER_SENT ||
	    it->kind != KIND_MESSAGE || json_count(reply_to) != 1 || count_recipients(it, own, false) > 0 ||
	    count_recipients(it, own, true) == 0)
		return;
	id = arena_new(arena, struct identity);
	if (id == NULL || !read_address(address, NULL, arena, id) || own_is(own, id).kind != OWN_NONE ||
	    match_is_machine(id->value) || str_chr(email_local(id->value), '+') != STR_NONE)
		return;
	from->role = ROLE_AGENT;
	from = interaction_add_party(it, arena, ROLE_FROM, json_str(json_at(reply_to, 0), "name"));
	if (from == NULL)
		return;
	from->name = arena_str(arena, from->name);
	from->ids = id;
	from->n_ids = 1;
	interaction_add_why(it, arena, STR("an address of ours wrote to us for the one in Reply-To, as forms do"));
}

/* ---- drop addresses ---- */

static void refuse(struct interaction *it, struct arena *arena, struct str by, struct str why)
{
	it->filter = arena_strf(arena, "left at the drop address by " STR_FMT ": " STR_FMT,
				STR_ARG(by.len > 0 ? by : STR("nobody named")), STR_ARG(why));
}

/* The mail is not the one that came, but the one in it: what that says is believed of who passed it on. */
static bool is_passed_on(struct json_object *dropped)
{
	return dropped != NULL && !str_eq(json_str(dropped, "how"), STR("copied"));
}

/* Only what one of us left there is believed; of strangers' mail only that which was written to another of us as well. */
static void settle_drop(struct interaction *it, const struct own *own, struct json_object *dropped, struct arena *arena)
{
	struct str by = json_str(dropped, "by"), how = json_str(dropped, "how"), address = json_str(dropped, "address"), why;
	struct identity id;
	bool is_wrapped = is_passed_on(dropped);
	bool is_by_us = read_address(by, NULL, arena, &id) && own_is(own, &id).kind != OWN_NONE;

	if (!is_by_us) {
		if (is_wrapped || count_recipients(it, own, true) == 0)
			refuse(it, arena, by, STR("not one of us"));
		return;
	}
	if (is_disproved(dropped, own, arena, &why)) {
		refuse(it, arena, by, why);
		return;
	}
	if (is_wrapped)
		interaction_add_why(it, arena, arena_strf(arena, "forwarded (" STR_FMT ") by " STR_FMT " to the drop address " STR_FMT,
							  STR_ARG(how), STR_ARG(by), STR_ARG(address)));
	else
		interaction_add_why(it, arena, arena_strf(arena, "it came by the drop address " STR_FMT, STR_ARG(address)));
}

void authorship_settle(struct interaction *it, const struct own *own, enum folder_hint hint, struct arena *arena)
{
	auto_json struct json_object *details = NULL;
	struct json_object *dropped;
	struct err ignored;

	if (it->channel != CHANNEL_EMAIL || it->direction != DIRECTION_NONE || it->details.len == 0)
		return;
	/* Of a stranger's mail there is nothing to ask, but whether it was left at a drop address. */
	if (!is_ours(own, direction_sender(it)) && str_find(it->details, STR("\"dropped\":{")) == STR_NONE)
		return;
	details = json_parse(it->details, DETAILS_DEPTH, DETAILS_NODES, &ignored);
	dropped = json_get(details, "dropped");
	if (dropped != NULL)
		settle_drop(it, own, dropped, arena);
	if (is_passed_on(dropped) || settle_unvouched(it, own, details, hint, arena) || dropped != NULL ||
	    settle_forged(it, own, details, hint, arena))
		return;
	settle_form(it, own, details, hint, arena);
}

/* ---- mail that was passed on ---- */

static bool has_party(const struct interaction *it, const struct identity *id)
{
	for (size_t i = 0; i < it->n_parties; i++)
		for (size_t k = 0; k < it->parties[i].n_ids; k++)
			if (identity_eq(&it->parties[i].ids[k], id))
				return true;
	return false;
}

void authorship_add_original(struct interaction *it, const struct own *own, const char *region, struct arena *arena)
{
	auto_json struct json_object *details = NULL;
	struct json_object *forwarded;
	struct party *party;
	struct identity id;
	struct err ignored;

	if (it->channel != CHANNEL_EMAIL || it->direction != DIRECTION_INTERNAL ||
	    str_find(it->details, STR("\"forwarded\":{")) == STR_NONE)
		return;
	details = json_parse(it->details, DETAILS_DEPTH, DETAILS_NODES, &ignored);
	forwarded = json_get(details, "forwarded");
	if (!read_address(json_str(forwarded, "from"), region, arena, &id) || own_is(own, &id).kind != OWN_NONE ||
	    has_party(it, &id))
		return;
	party = interaction_add_party(it, arena, ROLE_ORIGINAL, arena_str(arena, json_str(forwarded, "name")));
	party_add_identity(party, arena, id.scheme, arena_str(arena, id.value), id.scope);
	interaction_add_why(it, arena, arena_strf(arena, "it passes on a mail of " STR_FMT " (" STR_FMT ")", STR_ARG(id.value),
						  STR_ARG(json_str(forwarded, "how"))));
}
