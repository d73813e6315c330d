/* How many at a time: sessions of one account, connections that are being made to one server, and mailboxes that read
 * old mail. For all pulls of an ingest; loop thread only. */
#pragma once

#include <daybook/str.h>

#include "ingest/turnstile.h"

struct caps;

struct caps *caps_create(size_t most_sessions, size_t most_connects, size_t most_backfills);
void caps_destroy(struct caps *caps);
/* After a reload. */
void caps_set(struct caps *caps, size_t most_sessions, size_t most_connects);

/* Made at the first call, and then the same for as long as the caps live. */
struct turnstile *caps_account(struct caps *caps, struct str host, struct str user);
struct turnstile *caps_host(struct caps *caps, struct str host);
struct turnstile *caps_backfill(struct caps *caps);
