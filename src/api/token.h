/* Making and ending tokens of the API, for the control socket. Loop thread; the writer writes. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#include "store/token.h"

struct api;

enum { TOKEN_TEXT_SIZE = 48 };		/* dbk_, 43 characters and a terminator */

/* One that was never before; hash is what the store keeps of it. */
void token_random(char token[TOKEN_TEXT_SIZE], unsigned char hash[TOKEN_HASH_SIZE]);
/* Writer's thread, in a transaction, with an entry in the audit log: row->made_by, by. */
bool token_put(struct store *st, const struct token_row *row, const unsigned char hash[TOKEN_HASH_SIZE], struct err *err);
bool token_end(struct store *st, struct str name, struct str by, struct err *err);	/* ERR_MISSING */

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
