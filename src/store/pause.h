/* Connectors that somebody has paused. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct store;

enum { PAUSE_WHY_MAX = 200 };

struct pause {
	char by[64], why[PAUSE_WHY_MAX + 1];	/* by empty: it is not paused */
	int64_t at_us;
};

bool store_get_pause(struct store *st, int64_t connector, struct pause *out, struct err *err);
/* Writer handle, in a transaction, with an entry of the audit log. *is_new: it was not, or was, before. ERR_MISSING: nobody knows it. */
bool store_pause(struct store *st, struct str name, struct str by, struct str why, bool *is_new, struct err *err);
bool store_resume(struct store *st, struct str name, struct str by, bool *is_new, struct err *err);
