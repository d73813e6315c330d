/* Who is who by decision: handles have a home, homes are merged into others, and all of it can be undone, because nothing
 * is forgotten by it. Writer handle, in a transaction, where it changes anything.
 *
 * What always holds: identity.contact is the end of the chain that begins at identity.home, and an entry stands with
 * the end of the chain of whom it was moved to, or else with the contact of its identity. */
#pragma once

#include "store/store.h"

struct handle {
	int64_t id;			/* 0: unknown */
	int64_t contact, home;		/* 0: nobody's */
	int64_t since, first_id;	/* the entry or decision that made it theirs; the entry it was seen in first */
	bool by_hand;			/* a person said whose it is, or that it is nobody's */
};
bool store_find_handle(struct store *st, const struct identity *identity, struct handle *out, struct err *err);
/* Whose it is by a person's word, with its entries, those aside that were moved. home 0: nobody's. */
bool store_rehome(struct store *st, int64_t identity, int64_t home, struct str why, int64_t decision, struct err *err);
/* It was seen first in the entry that is matched anew: its reason is that of today. */
bool store_set_nobody_why(struct store *st, int64_t identity, struct str why, struct err *err);

/* The end of the chain; id itself when it is merged into nobody. ERR_MISSING when there is no such contact. */
bool store_resolve_contact(struct store *st, int64_t id, int64_t *root, struct err *err);
/* *into and *by are 0 when it is merged into nobody. */
bool store_get_merge(struct store *st, int64_t id, int64_t *into, int64_t *by, struct err *err);
/* Both ends of chains, and not the same. */
bool store_merge_contact(struct store *st, int64_t id, int64_t into, int64_t decision, struct err *err);
/* It stands for itself again, with all that was merged into it and what is at home there. */
bool store_unmerge_contact(struct store *st, int64_t id, struct err *err);
/* Those that are merged into it, at once. */
bool store_each_merged(struct store *st, int64_t into, id_fn fn, void *arg, struct err *err);
bool store_has_merged(struct store *st, int64_t into, bool *has, struct err *err);
/* All below it, in however many steps, the nearest first. */
bool store_each_merged_below(struct store *st, int64_t into, id_fn fn, void *arg, struct err *err);

/* Handles that rules (no person) gave this home from a decision on, now with the contact root; fn must not write. */
bool store_each_linked_since(struct store *st, int64_t root, int64_t home, int64_t since, id_fn fn, void *arg, struct err *err);
/* Nobody's again, for the reason of then, and its entries with it. */
bool store_unlink_identity(struct store *st, int64_t identity, struct err *err);

/* A party of the entry came by this handle and by others, which were not all at home with one contact, or with one that
 * another was merged into. */
bool store_note_named(struct store *st, int64_t identity, int64_t interaction, struct err *err);
/* Had one party come by both of them before that entry? */
bool store_were_named(struct store *st, int64_t identity, int64_t other, int64_t before, bool *were, struct err *err);
/* Such entries behind an id, with one handle, and those of it that were moved; with any handle of a contact. fn must not
 * write. */
bool store_each_naming(struct store *st, int64_t identity, int64_t after, id_fn fn, void *arg, struct err *err);
bool store_each_naming_of(struct store *st, int64_t contact, int64_t after, id_fn fn, void *arg, struct err *err);
bool store_is_participant(struct store *st, int64_t contact, int64_t occurred_us, int64_t interaction, bool *is, struct err *err);
/* Entries that stand with a contact by one identity, in the order of their ids. fn must not write. */
bool store_each_entry_by(struct store *st, int64_t contact, int64_t identity, id_fn fn, void *arg, struct err *err);

/* ---- entries on other timelines than their handles' ---- */
struct moved {
	int64_t identity;		/* 0: the entry names nobody */
	enum role role;
	int64_t contact;		/* whom it was moved to */
};
typedef bool (*moved_fn)(const struct moved *moved, void *arg);
bool store_each_moved(struct store *st, int64_t interaction, moved_fn fn, void *arg, struct err *err);
/* All that this entry has with `from` (0: nobody) goes to the end of `to`'s chain; *n tells how many participants. */
bool store_move_entry(struct store *st, int64_t interaction, int64_t occurred_us, int64_t from, int64_t to, int64_t decision,
		      int *n, struct err *err);
/* One that names nobody at all. */
bool store_give_entry(struct store *st, int64_t interaction, int64_t occurred_us, enum role role, int64_t to, int64_t decision,
		      struct err *err);
/* An entry has been matched anew: what had been moved of it is moved again. */
bool store_move_again(struct store *st, int64_t interaction, int64_t occurred_us, struct err *err);
/* How a contact takes part in an entry. */
struct part {
	enum role role;
	int64_t identity;		/* 0: it names nobody */
	struct identity who;		/* that one */
	bool is_moved;
};
typedef bool (*part_fn)(const struct interaction_row *row, const struct part *part, void *arg);
bool store_each_part(struct store *st, int64_t contact, part_fn fn, void *arg, struct err *err);

/* Why an entry is on the timelines where it is. */
bool store_set_match(struct store *st, int64_t interaction, struct str match, struct err *err);

/* ---- what a person typed ---- */
bool store_type_name(struct store *st, int64_t contact, struct str name, int64_t at_us, struct err *err);
/* Its own, or else the newest of those merged into it; empty: none. In arena. */
bool store_get_typed_name(struct store *st, int64_t contact, struct arena *arena, struct str *name, int64_t *at_us,
			  struct err *err);

/* One more: somebody who changes it on the ground of what it was is told. 0: nobody's. */
bool store_bump_contact(struct store *st, int64_t contact, struct err *err);

/* ---- review ---- */
bool store_forget_reviews_of(struct store *st, int64_t interaction, struct err *err);
bool store_forget_review(struct store *st, int64_t id, bool *was_there, struct err *err);
/* All that was asked about an entry answers itself: those in question are one contact now. */
bool store_is_review_decided(struct store *st, int64_t interaction, bool *is, struct err *err);
/* Entries that a person is asked about, with this contact among those in question, behind an id. */
bool store_each_review_of(struct store *st, int64_t contact, int64_t after, id_fn fn, void *arg, struct err *err);
