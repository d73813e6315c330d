/* Whose is it: from the identities of one party and what the store found for them to a contact, with
 * the reason. Pure; called by the writer. Law 7: an exact identity beats a variant; two candidates
 * by variant are for a person to decide. */
#pragma once

#include <daybook/conf.h>
#include <daybook/interaction.h>

#include "model/identity.h"

/* One identity found in the store. */
struct match_candidate {
	size_t identity;		/* index into the party's ids: what was looked up */
	int64_t contact;		/* > 0 */
	enum variant variant;		/* VARIANT_NONE: the very identity */
	enum scheme found;		/* scheme of the identity in the store */
};

enum { MATCH_MAX_CONTACTS = 8, MATCH_WHY_SIZE = 200 };

struct match_decision {
	int64_t contact;		/* 0: nobody */
	bool is_ambiguous;		/* a person should look; contact may be set all the same */
	bool is_by_variant;
	int64_t contacts[MATCH_MAX_CONTACTS];	/* all that came into question, the best first */
	size_t n_contacts;
	char why[MATCH_WHY_SIZE];	/* "e-mail", "WhatsApp number, by the ninth digit" … */
};

void match_decide(const struct party *party, const struct match_candidate *candidates, size_t n,
		  struct match_decision *out);

/* ---- may a contact be made for somebody unknown? ---- */

enum match_create { MATCH_CREATE_INBOUND, MATCH_CREATE_BOTH, MATCH_CREATE_NEVER };

struct match_policy {
	enum match_create create;
	struct conf_list ignore;	/* globs over identity values: "no-reply@*", "+55800*" */
};

struct own;

/* Noise, our own people, ignored and machine addresses never; else whoever wrote to us, with
 * MATCH_CREATE_BOTH also whom we wrote to. *why says which rule decided, either way. Identities must
 * be canonical, it->direction decided. */
bool match_may_create(const struct match_policy *policy, const struct interaction *it,
		      const struct party *party, const struct own *own, const char **why);

/* "*" any run, "?" any one byte, ASCII case folded; linear in practice, never exponential. */
bool match_glob(struct str pattern, struct str text);
/* no-reply, mailer-daemon, bounces, notifications, mailing lists: nobody reads what is sent there. */
bool match_is_machine(struct str email);
