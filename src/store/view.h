/* Law 9: what somebody may see, decided in SQL and nowhere else. Whatever the API shows of contacts and entries comes
 * from here; what may not be seen is ERR_MISSING, as if it were not there. Reader handles. */
#pragma once

#include "store/change.h"
#include "store/consent.h"
#include "store/lookalike.h"
#include "store/store.h"

enum sees { SEES_NOTHING, SEES_OWN, SEES_TEAM, SEES_ALL };

/* OWN: contacts whose owner is `me`. TEAM: also those of a member of the team, and those that are nobody's. An entry is
 * seen by who sees a contact that took part in it; one without any contact is nobody's. A restricted contact is seen by its owner
 * and by ALL, and so is an entry in which one takes part, whoever else does. */
struct viewer {
	enum sees sees;
	struct str me;			/* a name from staff; empty: nobody */
	struct str team;		/* JSON array of names from staff; empty: none */
};

struct view_contact {
	struct contact_row row;
	struct str owner;		/* empty: nobody */
	int64_t version;		/* one more with each decision about it */
	bool is_restricted;
};

enum view_order { VIEW_BY_LAST, VIEW_BY_NAME };	/* newest first; by name as it is sorted without case */

struct view_contacts {
	struct str text;		/* part of a name or handle; empty: all */
	struct str company;		/* of this one; empty: of any */
	bool is_owned;			/* only those of this owner */
	struct str owner;		/* empty: of nobody */
	enum view_order order;
	bool is_next;			/* the position of the last one shown stands below */
	int64_t last_us, id;
	struct str name;
	size_t limit;
};

bool view_contact(struct store *st, const struct viewer *v, int64_t id, struct arena *arena, struct view_contact *out,
		  struct err *err);
typedef bool (*view_contact_fn)(const struct view_contact *c, void *arg);
bool view_each_contact(struct store *st, const struct viewer *v, const struct view_contacts *q, view_contact_fn fn,
		       void *arg, struct err *err);

/* Of its timeline. The contact must have been seen by view_contact(). */
bool view_count_entries(struct store *st, const struct viewer *v, int64_t contact, int64_t *n, struct err *err);
/* Restricted contacts that take part in an entry, which must have been seen. */
bool view_each_restricted_of(struct store *st, int64_t interaction, id_fn fn, void *arg, struct err *err);

struct view_company {
	struct str name;		/* a mail domain, or what a person wrote */
	int64_t n_contacts, last_us;	/* of those who are seen */
};
typedef bool (*view_company_fn)(const struct view_company *row, void *arg);
/* Those with somebody who is seen, by name, behind `after`; text: a part of the name, empty: all. */
bool view_each_company(struct store *st, const struct viewer *v, struct str text, struct str after, size_t limit, view_company_fn fn,
		       void *arg, struct err *err);
bool view_company(struct store *st, const struct viewer *v, struct str name, struct arena *arena, struct view_company *out, struct err *err);

/* What they agree to, and those merged into them (consent.h); ERR_MISSING when the contact is not seen. */
bool view_each_consent(struct store *st, const struct viewer *v, int64_t contact, struct arena *arena, consent_fn fn, void *arg,
		       struct err *err);

/* Masks are of 1 << enum value; 0: any. */
struct view_filter {
	int64_t channels, directions, kinds;
	int64_t from_us, to_us;		/* of occurred_us; to_us is not in it, 0: no end */
};

struct view_timeline {
	int64_t contact;
	struct view_filter filter;
	bool is_next;
	int64_t occurred_us, id;	/* of the last one shown */
	size_t limit;			/* VIEW_MAX at most */
};

enum { VIEW_MAX = 201 };

/* Rows come without what these eyes are not shown of them (interaction_row.share): below everything without text and details, and who
 * shows them shows no attachment and no bytes; below subject without that. Connectors and people decide it (store/share.h). */

/* All kinds but status; newest first. The contact must have been seen by view_contact(). */
bool view_timeline(struct store *st, const struct viewer *v, const struct view_timeline *q, interaction_fn fn, void *arg,
		   struct err *err);
/* Of all of a company who are seen, each entry once; want->contact is not looked at. */
bool view_company_timeline(struct store *st, const struct viewer *v, struct str company, const struct view_timeline *want, interaction_fn fn,
			   void *arg, struct err *err);
bool view_interaction(struct store *st, const struct viewer *v, int64_t id, interaction_fn fn, void *arg, struct err *err);

/* Of what came by it and is no entry. */
bool view_share_of_connector(struct store *st, const struct viewer *v, int64_t connector, enum share *share, struct err *err);

struct view_search {
	struct str match;		/* as search_text() writes it; empty: no words */
	struct view_filter filter;
	struct str from, to;		/* part of a name or address; empty: anybody */
	bool has_attachment;
	int64_t before_id;		/* 0: from the newest on */
	size_t limit;			/* VIEW_MAX at most */
	int64_t patience_us;		/* 0: two seconds */
};

/* Newest first as recorded; ERR_LIMIT when patience ends. By words and attachments only what is shown in full is found. */
bool view_search(struct store *st, const struct viewer *v, const struct view_search *q, interaction_fn fn, void *arg,
		 struct err *err);

/* What one hears of changes. The kinds about entries, contacts and review follow what is seen now; of what is gone, whose it
 * was. Those about dead letters and connectors are nobody's: who has no right to them leaves them out of kinds. */
struct view_change {
	int64_t seq, at_us, id;
	enum change_kind kind;
	int64_t other;			/* of change_kind; 0: none, or not seen */
	struct str connector;		/* with CHANGE_CONNECTOR_STATE: its name and what it does now */
	struct str state;
};
#define VIEW_CHANGE(kind) (INT64_C(1) << (kind))
/* VIEW_CHANGE() bits of the kinds one may hear of by the eyes alone. */
#define VIEW_CHANGES_SEEN (VIEW_CHANGE(CHANGE_REVIEW_CLOSED + 1) - VIEW_CHANGE(CHANGE_ENTRY_CREATED))
#define VIEW_CHANGES_FOR_ALL (VIEW_CHANGE(CHANGE_STORE_REBUILT) | VIEW_CHANGE(CHANGE_STORE_RESTORED))
typedef bool (*view_change_fn)(const struct view_change *change, void *arg);
/* Those above `after` and up to `until`, in their order. */
bool view_each_change(struct store *st, const struct viewer *v, int64_t kinds, int64_t after, int64_t until, view_change_fn fn,
		      void *arg, struct err *err);
/* Contacts that took part in an entry, those that are seen. */
bool view_each_contact_of(struct store *st, const struct viewer *v, int64_t interaction, id_fn fn, void *arg, struct err *err);

/* Items about entries that are seen; oldest first, after the given id. */
bool view_each_review(struct store *st, const struct viewer *v, int64_t after_id, size_t limit, review_fn fn, void *arg,
		      struct err *err);

/* Pairs of contacts that may be one person for one of these reasons, both of them seen; in the order of the older one, behind a pair. */
bool view_each_lookalike(struct store *st, const struct viewer *v, unsigned reasons, int64_t after_one, int64_t after_other, size_t limit,
			 lookalike_fn fn, void *arg, struct err *err);
