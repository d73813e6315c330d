/* Tries to log in: five that fail are free, then each waits longer (store/session.h). */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct call;

/* *may false: the answer says how long to wait. name empty: the address alone counts. */
bool tries_may(struct call *c, struct str name, bool *may, struct err *err);
/* In a deed. */
bool tries_note(struct call *c, struct str name, struct err *err);
