/* Who is who, as people decide it over HTTP: the same decisions as the command line's (ingest/people.h), each within what the
 * one who asks may see. */
#include "api/call.h"
#include "api/handlers.h"
#include "ingest/ingest.h"
#include "ingest/people.h"
#include "ingest/rematch.h"
#include "model/identity.h"

enum { MAX_NAME = 200, MAX_OWNERS = 64 };

struct wish {
	struct decision decision;
	struct people_change change;
	int64_t into_version;		/* of decision.into, as it was seen; 0: whatever it is */
	int64_t review;			/* that is answered; 0: none */
};

/* ---- what all of them share ---- */

static struct decision *begin(struct call *c, enum decision_what what)
{
	struct wish *w = arena_new(c->arena, struct wish);

	w->decision.what = what;
	w->decision.by = call_by(c);
	w->change.decision = &w->decision;
	c->wish = w;
	return &w->decision;
}

/* Ids and counts alone: an answer is kept for a day under its Idempotency-Key, and shall hold nothing that anybody wrote. */
static bool put_change(struct call *c, const struct people_change *change, struct err *err)
{
	struct view_contact contact = { 0 };
	struct json_writer w;

	if (change->contact != 0 && !sees_contact(c, change->contact, &contact, err))
		return false;
	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	put_id(&w, "contact", change->contact, "con_");
	json_member_int(&w, "entries", (int64_t)change->n_entries);
	if (change->contact != 0) {
		json_member_int(&w, "version", contact.version);
		put_contact_links(&w, contact.row.id);
		call_header(c, "ETag", arena_strf(c->arena, "\"v%lld\"", (long long)contact.version).ptr);
	}
	json_close(&w, '}');
	return true;
}

/* All that it names is seen; in the writer's transaction once more, for what has changed since. */
static bool sees_all(struct call *c, const struct decision *d, struct view_contact *contact, struct view_contact *into,
		     struct err *err)
{
	return (d->contact == 0 || sees_contact(c, d->contact, contact, err)) &&
	       (d->into == 0 || sees_contact(c, d->into, into, err));
}

/* If-Match is of the contact in the path; the other side of a merge has a field of its own. */
static bool matches_into(struct call *c, const struct wish *w, const struct view_contact *into)
{
	return w->into_version == 0 || w->into_version == into->version ||
	       !problem(c, 412, "changed", "the contact that it is merged into is at version %lld now; look at it again, and send "
			"into_version with that", (long long)into->version);
}

static bool decide(struct call *c, struct err *err)
{
	struct wish *w = c->wish;
	struct view_contact contact = { 0 }, into = { 0 };

	if (!sees_all(c, &w->decision, &contact, &into, err))
		return false;
	if ((w->decision.contact != 0 && !call_matches(c, contact.version)) || !matches_into(c, w, &into))
		return true;
	return people_decide(&w->change, c->config, ingest_parts(c->api->parts.ingest), c->st, err) &&
	       put_change(c, &w->change, err);
}

/* The contact of the path, seen. */
static bool name_contact(struct call *c, struct decision *d, struct view_contact *contact, struct err *err)
{
	return seen_contact(c, c->parts[0], contact, err) && id_parse(c->parts[0], "con_", &d->contact);
}

/* ---- merge, unmerge, split ---- */

static bool put_side(struct call *c, struct json_writer *w, const char *name, const struct view_contact *contact,
		     struct err *err)
{
	int64_t n = 0;

	json_name(w, name);
	json_open(w, '{');
	json_name(w, "contact");
	if (!put_contact(c, w, contact, true, err) || !view_count_entries(c->st, &c->viewer, contact->row.id, &n, err))
		return false;
	json_member_int(w, "entries", n);
	json_close(w, '}');
	return true;
}

/* Both sides, before anybody decides. */
static bool preview(struct call *c, const struct view_contact *one, const struct view_contact *into, struct err *err)
{
	struct json_writer w;

	if (one->row.id == into->row.id)
		return problem(c, 422, "cannot-be-done", "they are one contact already");
	json_begin(&w, &c->reply.json);
	json_open(&w, '{');
	if (!put_side(c, &w, "merged", one, err) || !put_side(c, &w, "into", into, err))
		return false;
	json_close(&w, '}');
	return true;
}

bool api_merge(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_MERGE);
	struct view_contact one, into;
	struct wish *w = c->wish;
	bool is_preview;

	if (!body_id(c, "into", "con_", &d->into) || !body_needs(c, "into", d->into != 0) ||
	    !body_number(c, "into_version", &w->into_version) || !body_flag(c, "preview", &is_preview) || !body_end(c))
		return true;
	if (!name_contact(c, d, &one, err) || !sees_contact(c, d->into, &into, err))
		return false;
	if (is_preview)
		return preview(c, &one, &into, err);
	c->deed = decide;
	return true;
}

bool api_unmerge(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_UNMERGE);
	struct view_contact contact;

	if (!body_end(c))
		return true;
	if (!name_contact(c, d, &contact, err))
		return false;
	c->deed = decide;
	return true;
}

/* They are two: what the list of duplicates is told when it is wrong. */
bool api_apart(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_APART);
	struct view_contact one, other;

	if (!body_id(c, "from", "con_", &d->into) || !body_needs(c, "from", d->into != 0) || !body_end(c))
		return true;
	if (!name_contact(c, d, &one, err) || !sees_contact(c, d->into, &other, err))
		return false;
	c->deed = decide;
	return true;
}

bool api_split(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_SPLIT);
	struct view_contact contact;

	if (!body_identities(c, "identities", &d->handles, &d->n_handles) ||
	    !body_needs(c, "identities", d->n_handles > 0) || !body_end(c))
		return true;
	if (!name_contact(c, d, &contact, err))
		return false;
	c->deed = decide;
	return true;
}

/* ---- a contact by hand ---- */

/* Whose one of them is already, as far as this token sees them. */
static bool are_free(struct call *c, const struct decision *d, bool *are, struct err *err)
{
	struct view_contact other = { 0 };
	int64_t identity, owner;

	*are = true;
	for (size_t i = 0; *are && i < d->n_handles; i++) {
		if (!store_find_identity(c->st, &d->handles[i], &identity, &owner, err))
			return false;
		if (owner == 0)
			continue;
		if (!sees_contact(c, owner, &other, err) && err->kind != ERR_MISSING)
			return false;
		*are = !problem_conflict(c, other.row.id, STR_FMT " is somebody's already", STR_ARG(d->handles[i].value));
	}
	return true;
}

static bool make(struct call *c, struct err *err)
{
	struct wish *w = c->wish;
	char id[ID_TEXT_SIZE];
	bool are;

	if (!are_free(c, &w->decision, &are, err))
		return false;
	if (!are)
		return true;
	if (!decide(c, err))
		return false;
	call_created(c, arena_strf(c->arena, "/api/v1/contacts/%s", id_format(w->change.contact, "con_", id)));
	return true;
}

bool api_contact_make(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_CONTACT);

	(void)err;
	if (!body_line(c, "name", MAX_NAME, &d->text) || !body_identities(c, "identities", &d->handles, &d->n_handles) ||
	    !body_needs(c, "identities", d->n_handles > 0) || !body_end(c))
		return true;
	d->author = c->token.staff;
	if (c->viewer.sees == SEES_OWN && d->author.len == 0)
		return problem(c, 422, "cannot-be-done", "this token is nobody's, and would not see whom it makes known");
	c->deed = make;
	return true;
}

/* ---- name ---- */

bool api_contact_change(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_NAME);
	struct view_contact contact;

	if (!body_line(c, "name", MAX_NAME, &d->text) ||
	    !body_needs(c, "name", json_has(c->json, "name")) || !body_end(c))
		return true;
	if (!name_contact(c, d, &contact, err))
		return false;
	c->deed = decide;
	return true;
}

/* Empty, or null: by their mail address again. */
bool api_set_company(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_COMPANY);
	struct view_contact contact;

	if (!body_line(c, "company", MAX_NAME, &d->text) || !body_needs(c, "company", json_has(c->json, "company")) || !body_end(c))
		return true;
	if (!name_contact(c, d, &contact, err))
		return false;
	c->deed = decide;
	return true;
}

/* Who gives a contact away, or restricts it, may see it no more. */
static bool assign(struct call *c, struct err *err)
{
	struct wish *w = c->wish;
	struct view_contact contact;

	if (!sees_contact(c, w->decision.contact, &contact, err))
		return false;
	if (!call_matches(c, contact.version))
		return true;
	if (!people_decide(&w->change, c->config, ingest_parts(c->api->parts.ingest), c->st, err))
		return false;
	if (!sees_contact(c, w->change.contact, &contact, err)) {
		if (err->kind != ERR_MISSING)
			return false;
		w->change.contact = 0;
	}
	return put_change(c, &w->change, err);
}

bool api_assign(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_ASSIGN);
	struct view_contact contact;

	if (!body_line(c, "owner", MAX_NAME, &d->text) || !body_needs(c, "owner", json_has(c->json, "owner")) || !body_end(c))
		return true;
	if (!name_contact(c, d, &contact, err))
		return false;
	if (d->text.len > 0 && !role_has_staff(c->config, d->text))
		return problem_body(c, "/owner", "not_in_staff", "\"" STR_FMT "\" is not in staff", STR_ARG(d->text));
	c->deed = assign;
	return true;
}

static bool restrict_contact(struct call *c, enum decision_what what, struct err *err)
{
	struct decision *d = begin(c, what);
	struct view_contact contact;

	if (!body_end(c))
		return true;
	if (!name_contact(c, d, &contact, err))
		return false;
	c->deed = assign;
	return true;
}

bool api_restrict(struct call *c, struct err *err)
{
	return restrict_contact(c, DECISION_RESTRICT, err);
}

bool api_unrestrict(struct call *c, struct err *err)
{
	return restrict_contact(c, DECISION_UNRESTRICT, err);
}

/* ---- handles ---- */

/* Whose it is now is told to those who see that contact. */
static bool is_free(struct call *c, const struct decision *d, bool *is, struct err *err)
{
	struct view_contact mine, other;
	int64_t identity, owner;

	*is = true;
	if (!sees_contact(c, d->contact, &mine, err) || !store_find_identity(c->st, &d->handles[0], &identity, &owner, err))
		return false;
	if (owner == 0 || owner == mine.row.id)
		return true;
	if (sees_contact(c, owner, &other, err)) {
		*is = d->takes || !problem_conflict(c, other.row.id, STR_FMT " is somebody else's: merge the two, or take it "
						    "with \"move\"", STR_ARG(d->handles[0].value));
		return true;
	}
	*is = false;
	return err->kind == ERR_MISSING && problem_conflict(c, 0, STR_FMT " is somebody else's, whom this token does not see",
							    STR_ARG(d->handles[0].value));
}

static bool add(struct call *c, struct err *err)
{
	struct wish *w = c->wish;
	bool is;

	if (!is_free(c, &w->decision, &is, err))
		return false;
	return !is || decide(c, err);
}

static bool may_take(struct call *c, const struct decision *d)
{
	return !d->takes || (c->powers.rights & RIGHT_MERGE) ||
	       !problem(c, 403, "missing-right", "to take it from somebody else needs the right \"merge\"");
}

bool api_identity_add(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_ADD);
	struct view_contact contact;
	struct str scheme, value;

	d->handles = arena_new(c->arena, struct identity);
	d->n_handles = 1;
	if (!body_line(c, "scheme", 20, &scheme) || !body_line(c, "value", 1000, &value) ||
	    !body_flag(c, "move", &d->takes) || !body_end(c) || !identity_read(c, "", scheme, value, d->handles) ||
	    !may_take(c, d))
		return true;
	if (!name_contact(c, d, &contact, err))
		return false;
	c->deed = add;
	return true;
}

bool api_identity_remove(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_REMOVE);
	struct view_contact contact;
	struct str scheme = param_str(c, "scheme"), value = param_str(c, "value");

	d->handles = arena_new(c->arena, struct identity);
	d->n_handles = 1;
	if (!params_end(c) || !identity_read(c, "", scheme, value, d->handles))
		return true;
	if (!name_contact(c, d, &contact, err))
		return false;
	c->deed = decide;
	return true;
}

/* ---- one entry ---- */

/* Nobody takes an entry off the timeline of somebody he does not see. *whose: the one that it leaves; of an entry that is
 * nobody's yet, the one that gets it; of one that is several people's, nobody. */
static bool sees_owners(struct call *c, const struct decision *d, struct view_contact *whose, struct err *err)
{
	int64_t *owners = arena_alloc(c->arena, MAX_OWNERS * sizeof(*owners));
	struct view_contact into, seen;
	size_t n, n_others = 0;

	if (owners == NULL || !sees_contact(c, d->into, &into, err) ||
	    !rematch_owners(c->st, d->entry, c->arena, owners, MAX_OWNERS, &n, err))
		return false;
	*whose = into;
	for (size_t i = 0; i < n; i++) {
		if (owners[i] == 0 || owners[i] == into.row.id)
			continue;
		if (!sees_contact(c, owners[i], &seen, err))
			return err->kind == ERR_MISSING &&
			       err_setf(err, ERR_INPUT, "others take part in it whom this token does not see: say whose timeline "
							"it leaves with \"from\"");
		*whose = n_others++ == 0 ? seen : (struct view_contact){ 0 };
	}
	return true;
}

static bool reassign(struct call *c, struct err *err)
{
	struct wish *w = c->wish;
	struct view_contact whose = { 0 };
	char id[ID_TEXT_SIZE];

	if (!seen_entry(c, str_from(id_format(w->decision.entry, "int_", id)), &w->decision.entry, err) ||
	    (w->decision.contact == 0 && !sees_owners(c, &w->decision, &whose, err)))
		return false;
	return (whose.row.id != 0 && !call_matches(c, whose.version)) || decide(c, err);
}

bool api_reassign(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_MOVE);
	struct view_contact contact, into;

	if (!body_id(c, "contact", "con_", &d->into) || !body_needs(c, "contact", d->into != 0) ||
	    !body_id(c, "from", "con_", &d->contact) || !body_end(c))
		return true;
	if (!seen_entry(c, c->parts[0], &d->entry, err) || !sees_all(c, d, &contact, &into, err))
		return false;
	c->deed = reassign;
	return true;
}

static bool take_share(const struct interaction_row *row, void *arg)
{
	*(enum share *)arg = row->share;
	return true;
}

/* Who does not see all of it cannot open it to themselves; an admin can, and the audit log has it. */
static bool may_share(struct call *c, struct err *err)
{
	const struct wish *w = c->wish;
	enum share share;

	if (!view_interaction(c->st, &c->viewer, w->decision.entry, take_share, &share, err))
		return false;
	if (share < SHARE_EVERYTHING && c->powers.rights != RIGHT_ALL)
		problem(c, 403, "not-shared", "who does not see all of this entry cannot say who else does");
	return true;
}

static bool share_it(struct call *c, struct err *err)
{
	return may_share(c, err) && (c->reply.status >= 400 || decide(c, err));
}

bool api_share(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_SHARE);

	if (!body_line(c, "level", 20, &d->text) || !body_needs(c, "level", d->text.len > 0) || !body_end(c))
		return true;
	if (!seen_entry(c, c->parts[0], &d->entry, err) || !may_share(c, err))
		return false;
	if (share_from(d->text) == SHARE_NONE && !str_eq(d->text, STR("default")))
		return problem_body(c, "/level", "unknown_value", "level is everything, subject, metadata or default");
	c->deed = share_it;
	return true;
}

/* ---- review ---- */

static bool take_review(const struct review_row *row, void *arg)
{
	*(struct review_row *)arg = *row;
	return false;
}

static bool seen_review(struct call *c, int64_t id, struct review_row *row, struct err *err)
{
	*row = (struct review_row){ 0 };
	return view_each_review(c->st, &c->viewer, id - 1, 1, take_review, row, err) &&
	       ((row->id == id && id != 0) || err_setf(err, ERR_MISSING, "there is no such review item"));
}

static bool name_review(struct call *c, int64_t *id, struct review_row *row, struct err *err)
{
	return id_parse(c->parts[0], "rev_", id) ? seen_review(c, *id, row, err)
						 : err_setf(err, ERR_MISSING, "there is no such review item");
}

/* Asked once more by the writer: a question that somebody has answered meanwhile is none. */
static bool is_asked(struct call *c, int64_t review, bool *is, struct err *err)
{
	struct review_row row;
	int64_t version;

	if (!seen_review(c, review, &row, err) || !seen_version(c, &row, &version, err))
		return false;
	*is = call_matches(c, version);
	return true;
}

static bool dismiss(struct call *c, struct err *err)
{
	struct wish *w = c->wish;
	bool is;

	return is_asked(c, w->decision.review, &is, err) && (!is || decide(c, err));
}

bool api_review_dismiss(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_DISMISS);
	struct review_row row;

	if (!body_end(c))
		return true;
	if (!name_review(c, &d->review, &row, err))
		return false;
	c->deed = dismiss;
	return true;
}

static bool answer(struct call *c, struct err *err)
{
	struct wish *w = c->wish;
	struct view_contact whose;
	bool is;

	return is_asked(c, w->review, &is, err) &&
	       (!is || (sees_owners(c, &w->decision, &whose, err) && decide(c, err)));
}

/* Whose an entry is that was nobody's: it goes there, and what was asked about it is answered. */
bool api_review_answer(struct call *c, struct err *err)
{
	struct decision *d = begin(c, DECISION_MOVE);
	struct view_contact contact, into;
	struct wish *w = c->wish;
	struct review_row row;

	if (!body_id(c, "contact", "con_", &d->into) || !body_needs(c, "contact", d->into != 0) || !body_end(c))
		return true;
	if (!name_review(c, &w->review, &row, err) || !sees_all(c, d, &contact, &into, err))
		return false;
	if (row.interaction == 0)
		return problem(c, 422, "cannot-be-done", "this item is about two contacts: merge them, or dismiss it");
	d->entry = row.interaction;
	c->deed = answer;
	return true;
}
