#include "ingest/link.h"

#include "base/buf.h"
#include "ingest/touch.h"
#include "model/company.h"
#include "model/identity.h"
#include "model/own.h"
#include "store/merge.h"
#include "store/owner.h"

enum { MAX_REASON = 1000, MAX_CANDIDATES = 32 };

/* ---- find ---- */

struct candidates {
	struct match_candidate items[MAX_CANDIDATES];
	size_t n;
};

static void add_candidate(struct candidates *c, size_t identity, int64_t contact,
			  enum scheme found, enum variant variant)
{
	if (contact != 0 && c->n < MAX_CANDIDATES)
		c->items[c->n++] = (struct match_candidate){
			.identity = identity, .contact = contact, .variant = variant, .found = found,
		};
}

/* Where there is no store nobody is known. */
static bool find_handle(struct store *st, const struct identity *identity, struct handle *h, struct err *err)
{
	*h = (struct handle){ 0 };
	return st == NULL || store_find_handle(st, identity, h, err);
}

static bool find_variants(struct intake *in, struct store *st, const struct identity *id, size_t i,
			  struct candidates *c, struct err *err)
{
	struct identity_variant variants[IDENTITY_MAX_VARIANTS];
	size_t n = identity_variants(id, in->arena, variants);
	struct handle h;

	for (size_t v = 0; v < n; v++) {
		if (!find_handle(st, &variants[v].id, &h, err))
			return false;
		add_candidate(c, i, h.contact, variants[v].id.scheme, variants[v].variant);
	}
	return true;
}

static bool find_one(struct link *link, size_t i, int64_t entry, struct intake *in, struct store *st, struct candidates *c,
		     struct err *err)
{
	const struct identity *id = &link->party->ids[i];
	struct handle h;

	if (!find_handle(st, id, &h, err))
		return false;
	link->identities[i] = h.id;
	link->contacts[i] = h.contact;
	link->is_settled[i] = h.by_hand && h.contact == 0;
	if (i == 0) {
		link->is_new = h.id == 0 || h.first_id == entry;
		link->home = h.home;
		link->is_mixed = false;
	}
	link->is_mixed |= link->party->n_ids > 1 && (h.home == 0 || h.home != link->home);
	add_candidate(c, i, h.contact, id->scheme, VARIANT_NONE);
	return h.contact != 0 || link->is_settled[i] || find_variants(in, st, id, i, c, err);
}

static bool find_party(struct link *link, int64_t entry, struct intake *in, struct store *st, struct err *err)
{
	const struct party *party = link->party;
	struct candidates c = { .n = 0 };

	link->identities = arena_alloc(in->arena, party->n_ids * sizeof(int64_t));
	link->contacts = arena_alloc(in->arena, party->n_ids * sizeof(int64_t));
	link->is_settled = arena_alloc(in->arena, party->n_ids * sizeof(bool));
	if (link->identities == NULL || link->contacts == NULL || link->is_settled == NULL)
		return err_setf(err, ERR_BUG, "no room to look up %zu identities", party->n_ids);
	for (size_t i = 0; i < party->n_ids; i++)
		if (!find_one(link, i, entry, in, st, &c, err))
			return false;
	match_decide(party, c.items, c.n, &link->decision);
	return true;
}

/* A chat or a form has two sides, and the other one is ours whether or not our number is configured. A
 * mail may have anybody anywhere. */
static bool is_our_side(const struct interaction *it, const struct party *party)
{
	if (it->channel == CHANNEL_EMAIL || it->channel == CHANNEL_NOTE)
		return false;
	return (it->direction == DIRECTION_IN && party->role == ROLE_TO) ||
	       (it->direction == DIRECTION_OUT && party->role == ROLE_FROM);
}

bool link_is_foreign(const struct intake *in, const struct interaction *it, const struct party *party)
{
	return party->n_ids > 0 && !is_our_side(it, party) &&
	       own_party(in->source->rules->own, party).kind == OWN_NONE;
}

static void add_reason(struct buf *reason, const struct link *link)
{
	if (buf_is_exceeded(reason))
		return;
	if (reason->len > 0)
		buf_add(reason, STR("; "));
	buf_add(reason, str_from(role_name(link->party->role)));
	buf_add(reason, STR(": "));
	buf_add(reason, str_from(link->decision.why));
}

/* The same person twice (From and Cc) is one participant a role, which the table's key allows. */
bool links_find(struct links *links, struct intake *in, struct store *st, int64_t entry, const struct interaction *it,
		struct err *err)
{
	struct buf reason;

	*links = (struct links){ .items = arena_alloc(in->arena, it->n_parties * sizeof(struct link)), .entry = entry,
				  .since = entry };
	if (links->items == NULL && it->n_parties > 0)
		return err_setf(err, ERR_BUG, "no room for %zu participants", it->n_parties);
	buf_init(&reason, MAX_REASON);
	for (size_t i = 0; i < it->n_parties; i++) {
		struct link *link = &links->items[links->n_items];

		if (!link_is_foreign(in, it, &it->parties[i]))
			continue;
		link->party = &it->parties[i];
		if (!find_party(link, entry, in, st, err)) {
			buf_finish(&reason);
			return false;
		}
		add_reason(&reason, link);
		links->n_items++;
	}
	links->reason = arena_str(in->arena, buf_str(&reason));
	buf_finish(&reason);
	return true;
}

/* ---- put ---- */

static bool company_of(struct intake *in, struct store *st, const struct party *party,
		       int64_t *company, struct err *err)
{
	*company = 0;
	for (size_t i = 0; i < party->n_ids; i++) {
		struct str domain = { NULL, 0 };

		if (party->ids[i].scheme == SCHEME_EMAIL)
			domain = company_domain(party->ids[i].value, in->source->rules->own);
		if (domain.len > 0)
			return store_company(st, domain, company, err);
	}
	return true;
}

static bool make_contact(struct link *link, int64_t entry, struct intake *in, struct store *st,
			 const struct contact_touch *touch, struct err *err)
{
	struct contact_touch first = *touch;
	int64_t company;

	if (first.name.len == 0)	/* until anybody says one */
		first.name = link->party->ids[0].value;
	link->decision.contact = store_following_id(st);
	return company_of(in, st, link->party, &company, err) &&
	       store_put_contact(st, link->decision.contact, company, &first, err) &&
	       (in->source->owner.len == 0 ||
		store_put_made_owner(st, link->decision.contact, in->source->owner, entry, err));
}

bool link_may_create(const struct link *link, const struct intake *in, const struct interaction *it,
		     const char **why)
{
	if (str_eq(raw_meta(&in->raw, STR("privacy")), STR("personal"))) {
		*why = "a personal mailbox makes no contacts";
		return false;
	}
	return link->decision.contact == 0 && !link->decision.is_ambiguous &&
	       match_may_create(&in->source->policy, it, link->party, in->source->rules->own, why);
}

/* The entries that it took part in while it was nobody's become the contact's, and tell of him what they would have
 * told had he been known. */
static bool take_identity(struct link *link, size_t i, int64_t since, struct intake *in, struct store *st, struct err *err)
{
	const struct match_decision *d = &link->decision;
	struct contact_touch past;

	return touch_of_the_past(st, link->identities[i], &link->party->ids[i], in->arena, &past, err) &&
	       store_link_identity(st, link->identities[i], d->contact, str_from(d->why), since, err) &&
	       (past.first_us == 0 || store_touch_contact(st, d->contact, &past, err));
}

/* A handle that somebody else has already stays his: moving it is a person's decision. So does one that a person said is
 * nobody's, until it comes by itself. */
static bool may_take(const struct link *link, size_t i)
{
	return link->contacts[i] == 0 && link->decision.contact != 0 && (!link->is_settled[i] || link->party->n_ids == 1);
}

static bool put_identity(struct link *link, size_t i, const struct links *links, struct intake *in, struct store *st,
			 struct err *err)
{
	const struct match_decision *d = &link->decision;

	if (link->identities[i] == 0)
		return store_put_identity(st, &link->party->ids[i], d->contact, str_from(d->why), links->entry, &link->identities[i],
					  err);
	if (may_take(link, i))
		return take_identity(link, i, links->since, in, st, err);
	/* Matched anew: the reason why it was nobody's is that of today. */
	return i > 0 || !link->is_new || d->contact != 0 || link->is_settled[i] ||
	       store_set_nobody_why(st, link->identities[i], str_from(d->why), err);
}

/* Would it be read otherwise if two contacts were not one? What such a party links hangs on all of its handles. */
static bool is_worth_noting(const struct link *link, struct store *st, bool *is, struct err *err)
{
	*is = link->is_mixed;
	return *is || link->party->n_ids < 2 || store_has_merged(st, link->decision.contact, is, err);
}

static bool put_identities(struct link *link, const struct links *links, struct intake *in, struct store *st,
			   struct err *err)
{
	bool is;

	if (!is_worth_noting(link, st, &is, err))
		return false;
	for (size_t i = 0; i < link->party->n_ids; i++)
		if (!put_identity(link, i, links, in, st, err) ||
		    (is && !store_note_named(st, link->identities[i], links->entry, err)))
			return false;
	return true;
}

/* The handle under which he takes part: the first of those that are his. */
static int64_t shown_identity(const struct link *link)
{
	for (size_t i = 0; i < link->party->n_ids; i++)
		if (link->contacts[i] == link->decision.contact || may_take(link, i))
			return link->identities[i];
	return link->identities[0];
}

static bool ask_a_person(const struct link *link, struct store *st, int64_t interaction,
			 struct err *err)
{
	struct review_row row = { .interaction = interaction, .type = REVIEW_AMBIGUOUS,
				  .reason = str_from(link->decision.why) };
	struct buf list;
	bool ok;

	buf_init(&list, MAX_REASON);
	buf_addc(&list, '[');
	for (size_t i = 0; i < link->decision.n_contacts; i++)
		buf_addf(&list, "%s%lld", i ? "," : "", (long long)link->decision.contacts[i]);
	buf_addc(&list, ']');
	row.id = store_following_id(st);
	row.candidates = buf_str(&list);
	ok = store_put_review(st, &row, err);
	buf_finish(&list);
	return ok;
}

/* Handles of two contacts, each of them exact, in one party: somebody says that they are one person. Once for the two. */
static bool is_news_of_two(const struct link *link, const struct links *links, struct store *st, bool *is, struct err *err)
{
	bool were = true;

	*is = false;
	if (link->decision.contact == 0)
		return true;
	for (size_t i = 1; were && i < link->party->n_ids; i++)
		if (!store_were_named(st, link->identities[0], link->identities[i], links->entry, &were, err))
			return false;
	*is = !were;
	return true;
}

static bool ask_if_news(const struct link *link, const struct links *links, struct store *st, struct err *err)
{
	bool is = link->is_new;

	if (!link->decision.is_ambiguous)
		return true;
	return (is || is_news_of_two(link, links, st, &is, err)) && (!is || ask_a_person(link, st, links->entry, err));
}

/* A colleague passes on a mail of somebody whom nobody knows: offered to a person, once. */
static bool offer_original(const struct link *link, struct intake *in, struct store *st, int64_t interaction,
			   struct err *err)
{
	struct review_row row = { .interaction = interaction, .type = REVIEW_UNMATCHED };

	if (link->party->role != ROLE_ORIGINAL || link->decision.contact != 0 || link->decision.is_ambiguous || !link->is_new)
		return true;
	row.reason = arena_strf(in->arena, "passed on by one of us, the mail was written by " STR_FMT ", whom nobody knows",
				STR_ARG(link->party->ids[0].value));
	row.id = store_following_id(st);
	return store_put_review(st, &row, err);
}

static bool put_link(struct link *link, const struct links *links, struct intake *in, struct store *st,
		     const struct interaction *it, struct err *err)
{
	const struct contact_touch touch = touch_of(it, link->party);
	const int64_t interaction = links->entry;
	const char *why;
	bool is_made = link_may_create(link, in, it, &why);
	int64_t contact;

	if (is_made && !make_contact(link, interaction, in, st, &touch, err))
		return false;
	contact = link->decision.contact;
	if (!put_identities(link, links, in, st, err) ||
	    !store_put_participant(st, contact, it->occurred_us, interaction, shown_identity(link),
				   link->party->role, err))
		return false;
	if (!ask_if_news(link, links, st, err))
		return false;
	if (!offer_original(link, in, st, interaction, err))
		return false;
	if (contact == 0 || is_made || touch.first_us == 0)
		return true;
	return store_touch_contact(st, contact, &touch, err);
}

/* Nobody at all, and not among ourselves: a person has to say whose it is. */
static bool note_unmatched(struct store *st, int64_t interaction, const struct interaction *it,
			   struct err *err)
{
	struct review_row row = { .interaction = interaction, .type = REVIEW_UNMATCHED,
				  .reason = STR("it names nobody") };

	if (it->direction == DIRECTION_INTERNAL || it->direction == DIRECTION_SYSTEM ||
	    it->kind == KIND_STATUS)
		return true;
	row.id = store_following_id(st);
	return store_put_review(st, &row, err);
}

bool links_put(struct links *links, struct intake *in, struct store *st, const struct interaction *it, struct err *err)
{
	for (size_t i = 0; i < links->n_items; i++) {
		struct link *link = &links->items[i];

		/* The party before may be the same person, and known only since a moment. */
		if (i > 0 && link->is_new && !find_party(link, links->entry, in, st, err))
			return false;
		if (!put_link(link, links, in, st, it, err))
			return false;
	}
	return links->n_items > 0 || note_unmatched(st, links->entry, it, err);
}
