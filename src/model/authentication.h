/* Authentication-Results (RFC 8601): does a server of ours say that a mail is not from whom it names? Pure. */
#pragma once

#include <daybook/arena.h>

struct own;

/* One header's value. False: it is not of a server of ours, or says nothing against the sender. *why is for people. */
bool authentication_disproves(struct str header, const struct own *own, struct arena *arena, struct str *why);
