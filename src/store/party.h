/* Who wrote to whom, as each entry spells it: what from: and to: look into before they look at entries. It follows the entries
 * behind a durable watermark (search_state.listed_id), as the index of words does, and says nothing that they do not.
 * Writer handles, inside a transaction. */
#pragma once

#include "base/buf.h"
#include "store/inside.h"

enum party_side { PARTY_FROM = 1, PARTY_TO = 2 };	/* the second: to, cc and bcc */

/* Those of after < id <= last, which are not in it yet. */
bool party_list(struct store *st, int64_t after, int64_t last, struct err *err);
/* Of an entry that goes, while its row is there. A spelling goes with the last entry it stands in. */
bool party_forget(struct store *st, int64_t entry, struct err *err);
/* A word of party_entry, with a blank before it. */
void party_put_id(struct buf *ids, enum party_side side, int64_t party);
