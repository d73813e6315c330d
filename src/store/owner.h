/* Whose a contact is, and of which company: the connector's owner by which it was made, or whom a person assigned it to. A
 * contact without a word of its own has the owner of those that were merged into it. Writer handle. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct arena;
struct store;

/* entry: by which it was made; 0: by none. The contact is new. */
bool store_put_made_owner(struct store *st, int64_t contact, struct str owner, int64_t entry, struct err *err);
bool store_get_made_owner(struct store *st, int64_t contact, struct arena *arena, struct str *owner, struct err *err);
/* As things stand, by whichever rule; empty: nobody. */
bool store_get_owner(struct store *st, int64_t contact, struct arena *arena, struct str *owner, struct err *err);
/* The entry came to a place that is everybody's too: whom it made are nobody's now, unless a person said otherwise. */
bool store_share_made_by(struct store *st, int64_t entry, struct err *err);
bool store_assign_owner(struct store *st, int64_t contact, struct str owner, int64_t at_us, struct err *err);
/* Seen from now on by its owner and by who sees everybody; lifted, with those merged into it too (docs/decisions/restricted.md). */
bool store_restrict(struct store *st, int64_t contact, bool is, struct err *err);
bool store_restrict_as(struct store *st, int64_t contact, int64_t whole, struct err *err);	/* who is split off from it */
/* The company that a person says; empty: by their mail address again. And the one that follows from the address alone; empty: none. */
bool store_assign_company(struct store *st, int64_t contact, struct str company, int64_t at_us, struct err *err);
bool store_get_made_company(struct store *st, int64_t contact, struct arena *arena, struct str *company, struct err *err);
/* contact.owner, contact.company and contact.restricted anew, after anything that they follow from. */
bool store_settle_owner(struct store *st, int64_t contact, struct err *err);
