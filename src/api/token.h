/* Making and ending tokens of the API, for the control socket. Loop thread; the writer writes. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct api;

enum { TOKEN_TEXT_SIZE = 48 };		/* dbk_, 43 characters and a terminator */

struct token_wish {
	struct str name, role, staff;	/* staff empty: nobody's in particular */
	struct str by;
	int64_t expires_us;		/* wall time; 0: never */
};

/* On the loop, once; err NULL: durable. token is empty for a revocation, and the only copy there is. */
typedef void token_done_fn(void *arg, const char *token, const struct err *err);

/* False: nothing was begun. */
bool token_create(struct api *api, const struct token_wish *wish, token_done_fn *done, void *arg, struct err *err);
bool token_revoke(struct api *api, struct str name, struct str by, token_done_fn *done, void *arg, struct err *err);
