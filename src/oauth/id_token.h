/* What a provider says of who has signed in (OpenID Connect Core 1.0 §2, §3.1.3.7), believed only when all of it holds. Pure. */
#pragma once

#include <daybook/arena.h>
#include <daybook/err.h>

enum { ID_TOKEN_MAX = 32 << 10, ID_TOKEN_LEEWAY_S = 60 };

struct id_wish {
	struct str issuer, client_id, nonce;
	struct str access_token;	/* that came with it, for at_hash; empty: none */
	int64_t now_s;
};

/* Whether the e-mail address is theirs, as the provider says. */
enum id_verified { ID_UNSAID, ID_NOT_VERIFIED, ID_VERIFIED };

struct id_claims {			/* texts live in the arena */
	struct str subject;
	struct str email;		/* may be empty */
	enum id_verified verified;
};

/* jwks: the provider's keys (RFC 7517 §5). ERR_MISSING: none of them signed it; newer ones may have. ERR_INPUT: it does not hold, and why;
 * the text has nothing of the token's own. */
bool id_token_read(struct str token, struct str jwks, const struct id_wish *wish, struct arena *arena, struct id_claims *claims,
		   struct err *err);
