/* Message-IDs in their canonical form: no brackets, no white space, no comments. */
#pragma once

#include "mime/decode.h"

enum { MSGID_MAX = 512 };

/* The next id in a field; false when no more is in it. Tolerates missing brackets, "<<a@b>>" and
 * text between ids. The id may be longer than MSGID_MAX. */
bool msgid_next(struct decode *dec, struct str *rest, struct str *id);

/* The first id of a field, empty when there is none; one that is too long becomes
 * "sha256:<hex>", so that it stays an id. */
struct str msgid_first(struct decode *dec, struct str field);
