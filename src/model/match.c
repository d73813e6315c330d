#include "model/match.h"

#include <stdio.h>

static bool is_exact(const struct match_candidate *c)
{
	return c->variant == VARIANT_NONE || c->variant == VARIANT_SAME_NUMBER;
}

/* Argentina's 9 counts between two WhatsApp ids only; the store may have found it otherwise. */
static bool is_allowed(const struct party *party, const struct match_candidate *c)
{
	if (c->contact <= 0 || c->identity >= party->n_ids)
		return false;
	return c->variant != VARIANT_ARGENTINE_9 ||
	       (c->found == SCHEME_WA && party->ids[c->identity].scheme == SCHEME_WA);
}

/* The identity that is shown before the others, the very identity before the same number in another
 * scheme; then the older contact, so that the order of rows says nothing. */
static bool is_better(const struct match_candidate *a, const struct match_candidate *b)
{
	if (a->identity != b->identity)
		return a->identity < b->identity;
	if (a->variant != b->variant)
		return a->variant < b->variant;
	return a->contact < b->contact;
}

static bool is_listed(const struct match_decision *d, int64_t contact)
{
	for (size_t i = 0; i < d->n_contacts; i++)
		if (d->contacts[i] == contact)
			return true;
	return false;
}

/* The best candidate of a contact that is not listed yet. */
static const struct match_candidate *next_best(const struct party *party,
					       const struct match_candidate *all, size_t n,
					       const struct match_decision *d, bool exact)
{
	const struct match_candidate *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (is_allowed(party, &all[i]) && is_exact(&all[i]) == exact &&
		    !is_listed(d, all[i].contact) && (best == NULL || is_better(&all[i], best)))
			best = &all[i];
	return best;
}

static const char *scheme_text(enum scheme scheme)
{
	switch (scheme) {
	case SCHEME_EMAIL: return "e-mail";
	case SCHEME_PHONE: return "phone";
	case SCHEME_WA: return "WhatsApp number";
	case SCHEME_WA_BSUID: return "WhatsApp user id";
	case SCHEME_IGSID: return "Instagram id";
	case SCHEME_PSID: return "Messenger id";
	case SCHEME_TG: return "Telegram id";
	case SCHEME_SLACK: return "Slack id";
	case SCHEME_EXT: return "the provider's id";
	case SCHEME_NONE:
	case SCHEME_COUNT: break;
	}
	return "identity";
}

static void say(const struct party *party, const struct match_candidate *c, char *out, size_t size)
{
	const char *what = scheme_text(party->ids[c->identity].scheme);

	if (c->variant == VARIANT_NONE)
		snprintf(out, size, "%s", what);
	else if (c->variant == VARIANT_SAME_NUMBER)
		snprintf(out, size, "%s, equal to the %s", what,
			 c->found == SCHEME_WA ? "WhatsApp number" : "phone");
	else
		snprintf(out, size, "%s, by %s", what, variant_text(c->variant));
}

static void list_contacts(const struct party *party, const struct match_candidate *all, size_t n,
			  bool exact, struct match_decision *out)
{
	const struct match_candidate *c;

	while (out->n_contacts < MATCH_MAX_CONTACTS &&
	       (c = next_best(party, all, n, out, exact)) != NULL)
		out->contacts[out->n_contacts++] = c->contact;
}

void match_decide(const struct party *party, const struct match_candidate *candidates, size_t n,
		  struct match_decision *out)
{
	const struct match_candidate *best, *second;
	char first[80], other[80];
	bool exact = true;

	*out = (struct match_decision){ .why = "nobody known" };
	best = next_best(party, candidates, n, out, true);
	if (best == NULL) {
		exact = false;
		best = next_best(party, candidates, n, out, false);
	}
	if (best == NULL)
		return;
	out->contacts[out->n_contacts++] = best->contact;
	say(party, best, first, sizeof(first));
	second = next_best(party, candidates, n, out, exact);
	out->is_by_variant = !exact;
	if (second == NULL) {
		out->contact = best->contact;
		snprintf(out->why, sizeof(out->why), "%s", first);
		return;
	}

	out->is_ambiguous = true;
	list_contacts(party, candidates, n, exact, out);
	say(party, second, other, sizeof(other));
	if (exact) {
		/* The provider says that they are one person, the store that they are two. */
		out->contact = best->contact;
		snprintf(out->why, sizeof(out->why), "%s; but %s belongs to another contact", first,
			 other);
	} else {
		snprintf(out->why, sizeof(out->why), "several contacts fit: %s; %s", first, other);
	}
}
