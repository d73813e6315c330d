/* Address lists of mail headers: what a person would read out of them. */
#pragma once

#include "mime/decode.h"

struct address {
	struct str name;	/* decoded, may be empty */
	struct str addr;	/* as written, without brackets; empty when there is only a name */
};

struct addresses {
	struct address *items;
	size_t n_items;
	size_t n_found;		/* how many the field has; more than n_items when capped */
};

/* One field's list, at most max of it. Groups are flattened, ";" separates like ",", a comment
 * names an address that has no other name, unclosed quotes, comments and brackets are plain
 * characters. Linear, no recursion. */
struct addresses address_parse(struct decode *dec, struct str field, size_t max);
/* Without a word of what is wrong with it: of a field that is not, or not alone, this mail's own. */
struct addresses address_parse_quietly(const struct decode *dec, struct str field, size_t max);
