/* What somebody agrees to, such as mail that advertises: each word of it with its time, its source and who wrote it down. Words
 * are added, never changed; the newest counts. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct arena;
struct store;

enum consent_state { CONSENT_NONE, CONSENT_GIVEN, CONSENT_WITHDRAWN, CONSENT_UNKNOWN, CONSENT_STATE_COUNT };
const char *consent_state_name(enum consent_state s);
enum consent_state consent_state_from(struct str name);

struct consent {
	struct str what;		/* what for, by a name of the company's: "marketing.email" */
	enum consent_state state;
	struct str basis;		/* of GDPR art. 6(1), LGPD art. 7: consent, contract, legal_obligation …; may be empty */
	struct str source;		/* where it was said, in words; may be empty */
	int64_t said_us;		/* by whom it is of; 0: when it was written down */
};
/* ERR_INPUT: it cannot be so, with what may be. */
bool consent_check(const struct consent *c, struct err *err);

struct consent_row {
	int64_t decision, contact;	/* contact: whom it was said of, which may be merged into another */
	struct consent consent;
	struct str by;
	bool counts;			/* the newest of its kind */
};
/* Writer handle, in a transaction. */
bool store_put_consent(struct store *st, const struct consent_row *row, struct err *err);
bool store_forget_consents(struct store *st, int64_t contact, struct err *err);
/* Of the contact and of all that are merged into it; by what, the newest first. */
typedef bool (*consent_fn)(const struct consent_row *row, void *arg);
bool store_each_consent(struct store *st, int64_t contact, consent_fn fn, void *arg, struct err *err);
