/* One change as the feed, the live stream and webhooks tell it. */
#pragma once

#include "api/rights.h"
#include "base/json.h"

enum { CHANGE_CONTACTS = 32 };		/* of one entry, that are told */

/* Whom it concerns. */
struct change_of {
	int64_t contacts[CHANGE_CONTACTS];
	size_t n;
};

/* Kinds that one hears of with these rights, as VIEW_CHANGE() bits. */
int64_t change_kinds(const struct powers *powers);
/* The object; *of may be NULL. */
bool change_put(struct json_writer *w, struct store *st, const struct viewer *v, const struct view_change *change,
		struct change_of *of, struct err *err);
