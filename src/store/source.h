/* Why a contact's fields say what they say: of each the rule that decided, and when. What a person typed stands before what a form was given, that
 * before the name of a profile, that before what somebody else's address book says. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <daybook/err.h>

struct json_writer;
struct store;

enum field_rule {
	FIELD_EMPTY,
	FIELD_HANDLE,		/* a name made of an address or number, until there is any */
	FIELD_OTHERS,		/* as somebody else's message calls them */
	FIELD_PROFILE,		/* as their own mail or chat calls them */
	FIELD_FORM,		/* as they wrote in a form */
	FIELD_DOMAIN,		/* a company by the mail address */
	FIELD_CONNECTOR,	/* an owner by the connector through which the first entry came */
	FIELD_PERSON,		/* one of us said so */
};

struct field_source {
	enum field_rule rule;
	int64_t at_us;		/* when it was written or said; 0: a rule has no time */
};

struct contact_sources {
	struct field_source name, company, owner;
};

/* Of a contact that is merged into nobody, with what came from those merged into it. Any handle. */
bool store_get_sources(struct store *st, int64_t contact, struct contact_sources *out, struct err *err);
/* "sources": {"name": {"by": "form", "at": …}, "company": null, …}, a member of what is open. */
bool store_put_sources(struct store *st, int64_t contact, struct json_writer *w, struct err *err);
const char *field_rule_name(enum field_rule rule);	/* "person"; "empty" is never told */
