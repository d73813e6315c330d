/* What the files of decisions about people share. Writer thread, in a transaction. */
#pragma once

#include "ingest/people.h"
#include "ingest/rematch.h"

struct change {
	struct people_change *out;
	const struct decision *d;
	struct sources *sources;
	struct store *st;
	struct arena *arena;
	struct rematch rematch;
};

/* The contact that it was merged into, or itself; ERR_MISSING names it, and ERR_INPUT who is being erased. */
bool people_root_of(struct change *c, int64_t id, int64_t *root, struct err *err);
bool people_journal(struct change *c, struct err *err);
/* It is not what it was: its name and times are told anew, by people_settle(). */
bool people_touch(struct change *c, int64_t contact, struct err *err);
bool people_settle(struct change *c, struct err *err);

/* people_words.c: what somebody says of a contact, an entry or a question. */
bool people_name(struct change *c, struct err *err);
bool people_assign(struct change *c, struct err *err);
bool people_company(struct change *c, struct err *err);
bool people_restrict(struct change *c, struct err *err);
bool people_share(struct change *c, struct err *err);
bool people_agree(struct change *c, struct err *err);
bool people_dismiss(struct change *c, struct err *err);
bool people_set_apart(struct change *c, struct err *err);
