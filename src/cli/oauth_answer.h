/* What a browser brings back from a login: the query of the address it was sent to. Pure. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct oauth_answer {
	char state[512], code[4096];
};

/* A whole URL, or what stands behind the host, with white space around it. ERR_INPUT: there is no code in it;
 * ERR_DENIED: the provider says why not. */
bool oauth_answer_read(struct str text, struct oauth_answer *answer, struct err *err);
