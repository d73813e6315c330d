/* Is a message that is here one of somebody on its connector's block list? Any thread. */
#pragma once

#include <daybook/connector.h>

#include "store/store.h"

enum blocked {
	BLOCKED_NO, BLOCKED_YES,
	BLOCKED_UNKNOWN,		/* its bytes are gone: err says which */
};

/* By the same header fields as before it would be fetched. False: it cannot be read now. */
bool blocked_row(const struct connector *type, const void *conf, const struct journal_row *row, const char *dir,
		 enum blocked *is, struct err *err);
