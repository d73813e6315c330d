/* Who stands in a header, by a bounded scan: these bytes come from anybody, and are read here without a parser process
 * only to decide whether the mail is fetched at all. Linear, does not recurse, allocates nothing. */
#pragma once

#include <daybook/str.h>

enum header_fields {
	HEADER_SENDERS,		/* From, Sender */
	HEADER_PEOPLE,		/* these, Reply-To, To, Cc, Bcc, and the same of who resent it */
};

/* The next field, folded lines and all, and its name; false: the end of the header. */
bool header_next(struct str *rest, struct str *name, struct str *field);
/* Each address, without its name; fn false: enough. An address of more than 320 bytes, or one without "@", is none. */
void header_each_address(struct str header, enum header_fields which, bool (*fn)(struct str address, void *arg), void *arg);
/* The names of these fields, for asking a server; ends with NULL. */
const char *const *header_names(enum header_fields which);
