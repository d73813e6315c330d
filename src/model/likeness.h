/* What two contacts may have in common that lets one think they are one person: a reason to ask somebody, never to link
 * (law 7). A contact has keys; two that share one are alike for the reason that the key's kind says. Pure.
 *
 * Role addresses and machines (model/role_address.h, match_is_machine()) have no keys: they are nobody's name. */
#pragma once

#include <daybook/arena.h>
#include <daybook/interaction.h>

enum likeness {
	LIKE_MAILBOX,		/* Gmail's dots, a tag where the provider says that it is the same mailbox */
	LIKE_TAG,		/* the same address but for a tag after a plus, anywhere else */
	LIKE_NAME_COMPANY,	/* the same name, addresses of the same company */
	LIKE_NAME_NUMBER,	/* the same name, the last eight digits of a number */
	LIKE_COUNT
};

struct likeness_key {
	enum likeness kind;
	struct str text;
};

struct likeness_person {
	struct str name;		/* empty: nobody has said one */
	const struct identity *ids;	/* canonical */
	size_t n_ids;
};

enum { LIKENESS_MAX_KEYS = 64 };

/* Those of the first handles, as far as there is room. The texts live in the arena or in the person. */
size_t likeness_keys(const struct likeness_person *person, struct arena *arena, struct likeness_key out[LIKENESS_MAX_KEYS]);

/* What they share: 1 << kind. */
unsigned likeness_shared(const struct likeness_key *a, size_t n_a, const struct likeness_key *b, size_t n_b);

/* 1 << kind of these names, as the configuration has them; others are none. */
unsigned likeness_mask(const char *const *names, size_t n);
/* For people; a score is "almost certain" or "likely". */
const char *likeness_reason(enum likeness kind);
const char *likeness_score(unsigned shared);
