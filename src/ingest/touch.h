/* What entries tell of a contact: when there was one, which way, and a name. A sum of them is the same in whatever order
 * they came. */
#pragma once

#include "store/store.h"

struct arena;

/* Of one entry, of the contact behind one of its parties. */
struct contact_touch touch_of(const struct interaction *it, const struct party *party);
/* Of all entries that the identity took part in while it was nobody's. Names are copied into the arena. */
bool touch_of_the_past(struct store *st, int64_t identity, const struct identity *who, struct arena *arena,
		       struct contact_touch *sum, struct err *err);
/* Of all entries that a contact takes part in, and what he is called when none of them says: the first of his handles. */
bool touch_of_contact(struct store *st, int64_t contact, struct arena *arena, struct contact_touch *sum, struct err *err);
/* The same, written down. Writer handle, in a transaction. */
bool touch_settle(struct store *st, int64_t contact, struct err *err);
