/* Is a message that is here one of somebody on its connector's block list? Any thread. */
#pragma once

#include <daybook/connector.h>

#include "store/store.h"

/* By the same header fields as before it would be fetched. False: it cannot be read now. Whose bytes are
 * gone is nobody's: true, with ERR_MISSING in err. */
bool blocked_row(const struct connector *type, const void *conf, const struct journal_row *row, const char *dir, bool *is,
		 struct err *err);
