/* The policy for contacts that nobody made by hand: noise never makes one. */
#include "base/mem.h"
#include "model/email.h"
#include "model/match.h"
#include "model/own.h"

bool match_glob(struct str pattern, struct str text)
{
	size_t p = 0, t = 0, star = STR_NONE, resume = 0;

	while (t < text.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			resume = t;
		} else if (p < pattern.len &&
			   (pattern.ptr[p] == '?' ||
			    str_ieq(str_sub(pattern, p, 1), str_sub(text, t, 1)))) {
			p++, t++;
		} else if (star != STR_NONE) {
			p = star + 1;
			t = ++resume;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

/* Without the dots, dashes and underscores that everybody puts elsewhere. */
static struct str squeeze(struct str local, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < local.len && n < size; i++)
		if (local.ptr[i] != '.' && local.ptr[i] != '-' && local.ptr[i] != '_')
			out[n++] = local.ptr[i];
	return (struct str){ out, n };
}

/* info@ and contato@ are not here: in a small company a person answers there. */
bool match_is_machine(struct str email)
{
	static const char *const beginnings[] = {
		"noreply", "donotreply", "dontreply", "nepasrepondre", "naoresponda",
		"naoresponder", "nãoresponda", "nãoresponder", "noresponder", "noresponda",
		"noreplay", "keineantwort", "nichtantworten", "nonrispondere",
		"mailerdaemon", "postmaster", "bounce", "prvs=", "msprvs", "returnpath",
		"notification", "notificacao", "notificacoes", "notificaciones", "newsletter",
		"autoreply", "automailer", "automated", "listserv", "majordomo",
	};
	static const char *const endings[] = {
		"noreply", "donotreply", "-request", "-bounces", "-owner", "-unsubscribe",
	};
	static const char *const lists[] = {
		"googlegroups.com", "groups.io", "yahoogroups.com", "lists.sourceforge.net",
		"noreply.github.com", "users.noreply.github.com", "bounces.google.com",
	};
	struct str local = email_local(email), domain = email_domain(email), squeezed;
	char plain[EMAIL_MAX];

	squeezed = squeeze(local, plain, sizeof(plain));
	for (size_t i = 0; i < countof(beginnings); i++)
		if (str_starts(squeezed, str_from(beginnings[i])))
			return true;
	for (size_t i = 0; i < countof(endings); i++)
		if (str_ends(local, str_from(endings[i])) ||
		    str_ends(squeezed, str_from(endings[i])))
			return true;
	for (size_t i = 0; i < countof(lists); i++)
		if (str_eq(domain, str_from(lists[i])))
			return true;
	return str_starts(local, STR("owner-")) || str_starts(domain, STR("lists."));
}

static bool is_noise(enum kind kind)
{
	return kind == KIND_AUTO_REPLY || kind == KIND_BULK || kind == KIND_BOUNCE ||
	       kind == KIND_RECEIPT || kind == KIND_STATUS || kind == KIND_IDENTITY ||
	       kind == KIND_DOCUMENT_OPENED;
}

static bool is_ignored(const struct conf_list *globs, const struct party *party)
{
	for (size_t i = 0; i < globs->n_items; i++)
		for (size_t k = 0; k < party->n_ids; k++)
			if (match_glob(str_from(globs->items[i]), party->ids[k].value))
				return true;
	return false;
}

/* A machine's address and nothing else to know the party by. */
static bool is_machine_only(const struct party *party)
{
	for (size_t i = 0; i < party->n_ids; i++)
		if (party->ids[i].scheme != SCHEME_EMAIL || !match_is_machine(party->ids[i].value))
			return false;
	return true;
}

static bool decide(bool may, const char *reason, const char **why)
{
	*why = reason;
	return may;
}

bool match_may_create(const struct match_policy *policy, const struct interaction *it,
		      const struct party *party, const struct own *own, const char **why)
{
	bool is_recipient = party->role == ROLE_TO || party->role == ROLE_CC ||
			    party->role == ROLE_BCC || party->role == ROLE_ATTENDEE;

	if (party->n_ids == 0)
		return decide(false, "no identity to know the person by", why);
	if (policy->create == MATCH_CREATE_NEVER)
		return decide(false, "create_contacts is never", why);
	if (is_noise(it->kind))
		return decide(false, "of a kind that never makes a contact", why);
	if (it->direction != DIRECTION_IN && it->direction != DIRECTION_OUT)
		return decide(false, "neither incoming nor outgoing", why);
	if (own_party(own, party).kind != OWN_NONE)
		return decide(false, "one of us", why);
	if (is_ignored(&policy->ignore, party))
		return decide(false, "on the list matching.ignore", why);
	if (is_machine_only(party))
		return decide(false, "an address that nobody reads (no-reply, list, daemon)", why);
	if (it->direction == DIRECTION_IN && party->role == ROLE_FROM)
		return decide(true, "wrote to us", why);
	if (it->direction == DIRECTION_IN)
		return decide(false, "did not write to us, was only named", why);
	if (!is_recipient)
		return decide(false, "not whom we wrote to", why);
	if (policy->create == MATCH_CREATE_BOTH)
		return decide(true, "we wrote to them, create_contacts is both", why);
	return decide(false, "we wrote to them, create_contacts is inbound", why);
}
