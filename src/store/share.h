/* How much of an entry colleagues see: docs/decisions/sharing.md. What a viewer sees of one is decided in view.h. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct store;

enum share { SHARE_NONE, SHARE_METADATA, SHARE_SUBJECT, SHARE_EVERYTHING };

const char *share_name(enum share share);
enum share share_from(struct str name);		/* SHARE_NONE: no such word */

/* Writer handle. Of all entries of the mail's conversation, of another channel of that entry; SHARE_NONE: as its connectors say. */
bool store_share_thread(struct store *st, int64_t entry, enum share share, struct str by, int64_t decision, struct err *err);
