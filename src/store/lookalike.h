/* Contacts that may be one person: who has to be compared, by what, and what came of it. Which keys there are says
 * model/likeness.h. Writer handle, in a transaction, where it changes anything. */
#pragma once

#include "store/store.h"

struct likeness_key;

/* Somebody has changed since they were compared. Any handle. */
bool store_has_uncompared(struct store *st, bool *has, struct err *err);
bool store_each_uncompared(struct store *st, size_t limit, id_fn fn, void *arg, struct err *err);
/* The name that entries or people tell, copied into the arena; empty: only a handle stands in its place. *is_there: it is
 * no other's part, and not gone. */
bool store_get_told_name(struct store *st, int64_t contact, struct arena *arena, struct str *name, bool *is_there, struct err *err);
/* In place of what was known; n 0: it is alike nobody. Whom it was alike is forgotten. It has been compared then. */
bool store_set_likeness(struct store *st, int64_t contact, const struct likeness_key *keys, size_t n, struct err *err);
/* Others with that key, the oldest first. The hash may be another's too: compare them. */
bool store_each_alike(struct store *st, const struct likeness_key *key, int64_t contact, size_t limit, id_fn fn, void *arg,
		      struct err *err);

struct lookalike {
	int64_t one, other;		/* the older first */
	unsigned shared;		/* 1 << enum likeness */
};
/* Nothing when a person said that they, or any that are merged into them, are two. */
bool store_put_lookalike(struct store *st, int64_t one, int64_t other, unsigned shared, struct err *err);
/* They and whoever is merged into them, each with each. */
bool store_set_apart(struct store *st, int64_t one, int64_t other, int64_t decision, struct err *err);

typedef bool (*lookalike_fn)(const struct lookalike *pair, void *arg);
bool store_each_lookalike(struct store *st, lookalike_fn fn, void *arg, struct err *err);
