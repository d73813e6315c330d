#include "ingest/people_inside.h"

#include "base/id.h"
#include "ingest/ingest.h"
#include "ingest/touch.h"
#include "model/company.h"
#include "model/identity.h"
#include "model/own.h"
#include "store/erase.h"
#include "store/forget.h"
#include "store/lookalike.h"
#include "store/merge.h"
#include "store/owner.h"

enum { SCRATCH = 256 << 20, MAX_OWNERS = 1024, MAX_CHAIN = 64 };

/* ---- what all of them share ---- */

/* Who is being erased keeps what is theirs until it is taken: whom they are made part of would keep it for good, behind a receipt. */
static bool is_left_alone(struct change *c, int64_t root, struct err *err)
{
	char text[ID_TEXT_SIZE];
	int64_t erasure;

	if (c->out->replays != 0 || c->out->is_of_erasure)
		return true;
	return store_find_erased_contact(c->st, root, &erasure, err) &&
	       (erasure == 0 || err_setf(err, ERR_INPUT, "%s is being erased: nothing about them is decided any more",
					 id_format(root, "con_", text)));
}

bool people_root_of(struct change *c, int64_t id, int64_t *root, struct err *err)
{
	char text[ID_TEXT_SIZE];

	if (store_resolve_contact(c->st, id, root, err))
		return is_left_alone(c, *root, err);
	return err->kind == ERR_MISSING && err_setf(err, ERR_MISSING, "there is no contact %s", id_format(id, "con_", text));
}

bool people_journal(struct change *c, struct err *err)
{
	if (!decision_journal(c->d, c->out->replays, c->st, &c->out->id, err))
		return false;
	c->rematch.decision = c->out->id;
	return true;
}

/* It is not what it was: its name and times are told anew. */
bool people_touch(struct change *c, int64_t contact, struct err *err)
{
	return rematch_touch(&c->rematch, contact, err) && store_bump_contact(c->st, contact, err);
}

bool people_settle(struct change *c, struct err *err)
{
	bool ok = rematch_run(&c->rematch, err);

	c->out->n_entries += c->rematch.n_entries;
	return ok;
}

static struct str by_hand(struct change *c, const char *what)
{
	return arena_strf(c->arena, "%s by " STR_FMT, what, STR_ARG(c->d->by));
}

/* ---- merge ---- */

/* Handles that were nobody's because both of them fitted are the one's now. */
static bool add_decided(struct change *c, int64_t contact, struct err *err)
{
	struct rematch found = { .arena = c->arena };
	bool is;

	if (!store_each_review_of(c->st, contact, 0, rematch_add, &found, err))
		return false;
	for (size_t i = 0; i < found.n_entries; i++) {
		if (!store_is_review_decided(c->st, found.entries[i], &is, err))
			return false;
		if (is && !rematch_add(found.entries[i], &c->rematch))
			return err_setf(err, ERR_LIMIT, "too many entries wait for it");
	}
	return true;
}

static bool add_decided_of_all(struct change *c, int64_t root, struct err *err)
{
	struct rematch below = { .arena = c->arena };

	if (!add_decided(c, root, err) || !store_each_merged_below(c->st, root, rematch_add, &below, err))
		return false;
	for (size_t i = 0; i < below.n_entries; i++)
		if (!add_decided(c, below.entries[i], err))
			return false;
	return true;
}

static bool merge(struct change *c, struct err *err)
{
	const struct contact_touch nothing = { 0 };
	int64_t one, into;

	if (!people_root_of(c, c->d->contact, &one, err) || !people_root_of(c, c->d->into, &into, err))
		return false;
	if (one == into)
		return err_setf(err, ERR_INPUT, "they are one contact already");
	c->out->contact = into;
	c->rematch.keeps_reviews = true;
	/* What is told of it is told of the other one now. */
	return people_journal(c, err) && store_merge_contact(c->st, one, into, c->out->id, err) &&
	       store_set_contact(c->st, one, &nothing, err) &&
	       add_decided_of_all(c, into, err) && people_touch(c, into, err) && people_settle(c, err);
}

/* ---- unmerge ---- */

struct hop {
	int64_t home, since;		/* whom it was merged into, and by which decision */
};

static bool find_chain(struct change *c, int64_t contact, struct hop hops[MAX_CHAIN], size_t *n, struct err *err)
{
	int64_t into, by;

	for (*n = 0;; (*n)++) {
		if (!store_get_merge(c->st, contact, &into, &by, err))
			return false;
		if (into == 0)
			return true;
		if (*n == MAX_CHAIN)
			return err_setf(err, ERR_LIMIT, "a chain of more than %d merges", MAX_CHAIN);
		hops[*n] = (struct hop){ .home = into, .since = by };
		contact = into;
	}
}

/* Wherever it stands now: what an entry that was moved away has linked is linked by it again. */
static bool add_entries_of(struct change *c, int64_t root, int64_t handle, int64_t since, struct err *err)
{
	return store_each_entry_by(c->st, root, handle, rematch_add, &c->rematch, err) &&
	       store_each_naming(c->st, handle, since, rematch_add, &c->rematch, err);
}

static bool add_since(struct change *c, int64_t root, const struct hop *hops, size_t n, struct rematch *handles,
		      struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (!store_each_linked_since(c->st, root, hops[i].home, hops[i].since, rematch_add, handles, err) ||
		    !store_each_review_of(c->st, hops[i].home, hops[i].since, rematch_add, &c->rematch, err))
			return false;
	for (size_t i = 0; i < handles->n_entries; i++)
		if (!add_entries_of(c, root, handles->entries[i], hops[0].since, err))
			return false;
	return store_each_naming_of(c->st, root, hops[0].since, rematch_add, &c->rematch, err);
}

static bool unlink_all(struct change *c, const struct rematch *handles, struct err *err)
{
	for (size_t i = 0; i < handles->n_entries; i++)
		if (!store_unlink_identity(c->st, handles->entries[i], err))
			return false;
	return true;
}

static bool unmerge(struct change *c, struct err *err)
{
	struct rematch handles = { .arena = c->arena };
	struct hop hops[MAX_CHAIN];
	int64_t contact = c->d->contact, root;
	size_t n;

	if (!people_root_of(c, contact, &root, err) || !find_chain(c, contact, hops, &n, err))
		return false;
	if (n == 0)
		return err_setf(err, ERR_INPUT, "it was not merged into anybody");
	c->out->contact = contact;
	return people_journal(c, err) && add_since(c, root, hops, n, &handles, err) && unlink_all(c, &handles, err) &&
	       store_unmerge_contact(c->st, contact, err) && people_touch(c, contact, err) &&
	       people_touch(c, root, err) && people_settle(c, err);
}

/* ---- handles ---- */

static bool count_handle(const struct identity_row *row, void *arg)
{
	(void)row;
	++*(size_t *)arg;
	return true;
}

static bool count_handles(struct change *c, int64_t contact, size_t *n, struct err *err)
{
	*n = 0;
	return store_each_identity(c->st, contact, count_handle, n, err);
}

/* Each is the contact's, and not all that are. */
static bool check_handles(struct change *c, int64_t contact, struct handle *found, struct err *err)
{
	size_t n_all;

	for (size_t i = 0; i < c->d->n_handles; i++) {
		if (!store_find_handle(c->st, &c->d->handles[i], &found[i], err))
			return false;
		if (found[i].contact != contact)
			return err_setf(err, ERR_INPUT, STR_FMT " is not theirs", STR_ARG(c->d->handles[i].value));
	}
	if (!count_handles(c, contact, &n_all, err))
		return false;
	if (c->d->n_handles == 0)
		return err_setf(err, ERR_INPUT, "which address or number?");
	return c->d->n_handles < n_all ||
	       err_setf(err, ERR_INPUT, "nothing would be left by which they are known");
}

static bool rehome_all(struct change *c, const struct handle *found, int64_t home, struct str why, struct err *err)
{
	for (size_t i = 0; i < c->d->n_handles; i++)
		if (!store_rehome(c->st, found[i].id, home, why, c->out->id, err))
			return false;
	return true;
}

static bool company_of(struct change *c, int64_t *company, struct err *err)
{
	*company = 0;
	for (size_t i = 0; i < c->d->n_handles; i++) {
		const struct identity *who = &c->d->handles[i];
		struct str domain = who->scheme == SCHEME_EMAIL ? company_domain(who->value, c->sources->rules->own)
								: (struct str){ NULL, 0 };

		if (domain.len > 0)
			return store_company(c->st, domain, company, err);
	}
	return true;
}

static bool split(struct change *c, struct err *err)
{
	struct handle *found = arena_alloc(c->arena, (c->d->n_handles + 1) * sizeof(*found));
	const struct contact_touch nothing = { 0 };
	struct str owner;		/* what was somebody's stays theirs */
	int64_t contact, company;

	if (!people_root_of(c, c->d->contact, &contact, err) || !check_handles(c, contact, found, err) || !people_journal(c, err))
		return false;
	c->out->contact = store_following_id(c->st);
	return company_of(c, &company, err) && store_get_owner(c->st, contact, c->arena, &owner, err) &&
	       store_put_contact(c->st, c->out->contact, company, &nothing, err) &&
	       store_put_made_owner(c->st, c->out->contact, owner, 0, err) &&
	       store_restrict_as(c->st, c->out->contact, contact, err) &&
	       rehome_all(c, found, c->out->contact, by_hand(c, "split off"), err) &&
	       people_touch(c, contact, err) && people_touch(c, c->out->contact, err) && people_settle(c, err);
}

static bool take_off(struct change *c, struct err *err)
{
	struct handle *found = arena_alloc(c->arena, (c->d->n_handles + 1) * sizeof(*found));
	int64_t contact;

	if (!people_root_of(c, c->d->contact, &contact, err) || !check_handles(c, contact, found, err))
		return false;
	c->out->contact = contact;
	return people_journal(c, err) && rehome_all(c, found, 0, by_hand(c, "taken off"), err) &&
	       people_touch(c, contact, err) && people_settle(c, err);
}

/* ---- one more handle ---- */

static bool check_new(struct change *c, int64_t contact, const struct handle *h, struct err *err)
{
	const struct identity *who = &c->d->handles[0];
	char id[ID_TEXT_SIZE];
	size_t n;

	if (own_is(c->sources->rules->own, who).kind != OWN_NONE)
		return err_setf(err, ERR_INPUT, STR_FMT " is one of our own", STR_ARG(who->value));
	if (h->contact == contact)
		return err_setf(err, ERR_INPUT, STR_FMT " is theirs already", STR_ARG(who->value));
	if (h->contact == 0)
		return true;
	if (!is_left_alone(c, h->contact, err))
		return false;
	if (!c->d->takes)
		return err_setf(err, ERR_INPUT, STR_FMT " is %s's: merge the two, or take it from them with --move",
				STR_ARG(who->value), id_format(h->contact, "con_", id));
	return count_handles(c, h->contact, &n, err) &&
	       (n > 1 || err_setf(err, ERR_INPUT, STR_FMT " is all that %s is known by: merge the two", STR_ARG(who->value),
				  id_format(h->contact, "con_", id)));
}

/* Other forms of the number that were nobody's match now. */
static bool add_variants(struct change *c, size_t i, struct err *err)
{
	struct identity_variant variants[IDENTITY_MAX_VARIANTS];
	size_t n = identity_variants(&c->d->handles[i], c->arena, variants);
	struct handle h;

	for (size_t v = 0; v < n; v++) {
		if (!store_find_handle(c->st, &variants[v].id, &h, err))
			return false;
		if (h.id != 0 && h.contact == 0 && !h.by_hand &&
		    !store_each_entry_by(c->st, 0, h.id, rematch_add, &c->rematch, err))
			return false;
	}
	return true;
}

static bool forget_questions(struct change *c, int64_t identity, struct err *err)
{
	struct rematch entries = { .arena = c->arena };

	if (!store_each_entry_by(c->st, 0, identity, rematch_add, &entries, err))
		return false;
	for (size_t i = 0; i < entries.n_entries; i++)
		if (!store_forget_reviews_of(c->st, entries.entries[i], err))
			return false;
	return true;
}

static bool give(struct change *c, size_t i, struct handle *h, int64_t contact, struct err *err)
{
	if (h->id == 0 && !store_put_identity(c->st, &c->d->handles[i], 0, STR(""), c->out->id, &h->id, err))
		return false;
	return (h->contact != 0 || forget_questions(c, h->id, err)) &&
	       store_rehome(c->st, h->id, contact, by_hand(c, "added"), c->out->id, err);
}

static bool add(struct change *c, struct err *err)
{
	struct handle h;
	int64_t contact;

	if (c->d->n_handles != 1)
		return err_setf(err, ERR_INPUT, "which address or number?");
	if (!people_root_of(c, c->d->contact, &contact, err) || !store_find_handle(c->st, &c->d->handles[0], &h, err) ||
	    !check_new(c, contact, &h, err))
		return false;
	c->out->contact = contact;
	return people_journal(c, err) && give(c, 0, &h, contact, err) && add_variants(c, 0, err) &&
	       people_touch(c, contact, err) && people_touch(c, h.contact, err) && people_settle(c, err);
}

/* ---- a contact by hand ---- */

static bool check_free(struct change *c, struct handle *found, struct err *err)
{
	char id[ID_TEXT_SIZE];

	for (size_t i = 0; i < c->d->n_handles; i++) {
		const struct identity *who = &c->d->handles[i];

		if (own_is(c->sources->rules->own, who).kind != OWN_NONE)
			return err_setf(err, ERR_INPUT, STR_FMT " is one of our own", STR_ARG(who->value));
		if (!store_find_handle(c->st, who, &found[i], err))
			return false;
		if (found[i].contact != 0)
			return err_setf(err, ERR_INPUT, STR_FMT " is %s's", STR_ARG(who->value),
					id_format(found[i].contact, "con_", id));
	}
	return c->d->n_handles > 0 || err_setf(err, ERR_INPUT, "which address or number?");
}

/* The same twice in one list is one. */
static bool give_all(struct change *c, struct handle *found, int64_t contact, struct err *err)
{
	for (size_t i = 0; i < c->d->n_handles; i++)
		if (!store_find_handle(c->st, &c->d->handles[i], &found[i], err) ||
		    (found[i].contact != contact && !give(c, i, &found[i], contact, err)) || !add_variants(c, i, err))
			return false;
	return true;
}

static bool make(struct change *c, struct err *err)
{
	struct handle *found = arena_alloc(c->arena, (c->d->n_handles + 1) * sizeof(*found));
	const struct contact_touch nothing = { 0 };
	int64_t contact, company;

	if (!check_free(c, found, err) || !people_journal(c, err) || !company_of(c, &company, err))
		return false;
	contact = c->out->contact = store_following_id(c->st);
	return store_put_contact(c->st, contact, company, &nothing, err) && give_all(c, found, contact, err) &&
	       (c->d->text.len == 0 || store_type_name(c->st, contact, c->d->text, id_wall_us(c->out->id), err)) &&
	       (c->d->author.len == 0 ||
		store_assign_owner(c->st, contact, c->d->author, id_wall_us(c->out->id), err)) &&
	       store_settle_owner(c->st, contact, err) && rematch_touch(&c->rematch, contact, err) && people_settle(c, err);
}

/* ---- one entry ---- */

struct placed {
	int64_t occurred_us;
	enum direction direction;
	bool is_there;
};

static bool see(const struct interaction_row *row, void *arg)
{
	*(struct placed *)arg = (struct placed){ row->it.occurred_us, row->it.direction, true };
	return true;
}

static bool has(const int64_t *ids, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* The one person whose it is beside `into`; nobody's entries may be taken by anybody. */
static bool choose_from(const int64_t *owners, size_t n, int64_t into, int64_t *from, struct err *err)
{
	size_t n_others = 0;

	*from = 0;
	for (size_t i = 0; i < n; i++) {
		if (owners[i] == into || owners[i] == 0)
			continue;
		*from = owners[i];
		n_others++;
	}
	if (n_others > 1)
		return err_setf(err, ERR_INPUT, "several people take part in it: say with \"from\" whose timeline it leaves");
	return n_others == 1 || has(owners, n, 0) || err_setf(err, ERR_INPUT, "it is on that timeline already");
}

/* Whose timeline it leaves; *is_on_any: it is on one, be it nobody's. */
static bool find_from(struct change *c, int64_t into, int64_t *from, bool *is_on_any, struct err *err)
{
	int64_t *owners = arena_alloc(c->arena, MAX_OWNERS * sizeof(*owners));
	size_t n;

	if (!rematch_owners(c->st, c->d->entry, c->arena, owners, MAX_OWNERS, &n, err))
		return false;
	*is_on_any = n > 0;
	if (c->d->contact == 0)
		return n == 0 || (choose_from(owners, n, into, from, err) && is_left_alone(c, *from, err));
	if (!people_root_of(c, c->d->contact, from, err))
		return false;
	if (*from == into)
		return err_setf(err, ERR_INPUT, "they are one contact already");
	return has(owners, n, *from) || err_setf(err, ERR_INPUT, "the entry is not on that contact's timeline");
}

static bool move(struct change *c, struct err *err)
{
	struct placed entry = { 0 };
	int64_t into, from = 0;
	bool is_on_any, ok;
	int n;

	if (!people_root_of(c, c->d->into, &into, err) || !store_get_interaction(c->st, c->d->entry, see, &entry, err) ||
	    !find_from(c, into, &from, &is_on_any, err))
		return false;
	c->out->contact = into;
	if (!people_journal(c, err))
		return false;
	ok = is_on_any ? store_move_entry(c->st, c->d->entry, entry.occurred_us, from, into, c->out->id, &n, err)
		       : store_give_entry(c->st, c->d->entry, entry.occurred_us,
					  entry.direction == DIRECTION_OUT ? ROLE_TO : ROLE_FROM, into, c->out->id, err);
	c->out->n_entries = 1;
	return ok && store_forget_reviews_of(c->st, c->d->entry, err) && people_touch(c, into, err) &&
	       people_touch(c, from, err) && people_settle(c, err);
}

/* ---- the whole ---- */

static bool run(struct change *c, struct err *err)
{
	switch (c->d->what) {
	case DECISION_MERGE: return merge(c, err);
	case DECISION_UNMERGE: return unmerge(c, err);
	case DECISION_SPLIT: return split(c, err);
	case DECISION_MOVE: return move(c, err);
	case DECISION_ADD: return add(c, err);
	case DECISION_REMOVE: return take_off(c, err);
	case DECISION_NAME: return people_name(c, err);
	case DECISION_CONTACT: return make(c, err);
	case DECISION_DISMISS: return people_dismiss(c, err);
	case DECISION_ASSIGN: return people_assign(c, err);
	case DECISION_COMPANY: return people_company(c, err);
	case DECISION_CONSENT: return people_agree(c, err);
	case DECISION_APART: return people_set_apart(c, err);
	case DECISION_RESTRICT:
	case DECISION_UNRESTRICT: return people_restrict(c, err);
	case DECISION_SHARE: return people_share(c, err);
	case DECISION_NONE:
	case DECISION_NOTE:
	case DECISION_RETRY:
	case DECISION_DROP: break;
	}
	return err_setf(err, ERR_BUG, "no decision about people");
}

/* Whoever it was about may have been taken away since: it stays in the journal and does nothing. */
static bool run_again(struct change *c, struct err *err)
{
	struct err why;

	if (run(c, &why))
		return true;
	if (c->out->id == 0 && (why.kind == ERR_MISSING || why.kind == ERR_INPUT))
		return people_journal(c, err);
	*err = why;
	return false;
}

bool people_decide(struct people_change *change, const struct config *config, const struct ingest_parts *parts,
		   struct store *st, struct err *err)
{
	struct sources sources;
	bool ok = sources_init(&sources, config, parts->import, parts->known, st, err) &&
		  people_apply(change, &sources, st, err);

	sources_finish(&sources);
	return ok;
}

bool people_apply(struct people_change *change, struct sources *sources, struct store *st, struct err *err)
{
	struct change c = { .out = change, .d = change->decision, .sources = sources, .st = st,
			    .arena = arena_create(SCRATCH) };
	bool ok;

	change->id = change->contact = 0;
	change->n_entries = 0;
	rematch_init(&c.rematch, st, sources, 0, false);
	ok = change->replays != 0 ? run_again(&c, err) : run(&c, err);
	rematch_finish(&c.rematch);
	arena_destroy(c.arena);
	return ok;
}
