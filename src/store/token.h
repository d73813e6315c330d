/* Tokens of the HTTP API. A token itself is never stored, only its SHA-256. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct arena;
struct store;

enum { TOKEN_HASH_SIZE = 32 };

struct token_row {
	int64_t id;
	struct str name, role, staff;		/* staff empty: nobody's in particular */
	struct str made_by;
	int64_t created_us, expires_us;		/* expires 0: never */
	int64_t last_used_us, revoked_us;	/* 0: never */
};

bool store_has_tokens(struct store *st, bool *has, struct err *err);	/* false: an older store */

/* Writer handle. ERR_INPUT when there is a token of that name. */
bool store_put_token(struct store *st, const struct token_row *row, const unsigned char hash[TOKEN_HASH_SIZE],
		     struct err *err);
bool store_revoke_token(struct store *st, struct str name, int64_t now_us, struct err *err);	/* ERR_MISSING */
bool store_use_token(struct store *st, int64_t id, int64_t now_us, struct err *err);

/* Also of a session, whose id is minus its own, and of 0: nobody's token, but a proxy's word. */
bool store_is_token_good(struct store *st, int64_t id, int64_t now_us, bool *is, struct err *err);

/* ERR_MISSING when there is none; expired and revoked ones are found as well. */
bool store_find_token(struct store *st, const unsigned char hash[TOKEN_HASH_SIZE], struct arena *arena,
		      struct token_row *row, struct err *err);
typedef bool (*token_fn)(const struct token_row *row, void *arg);
bool store_each_token(struct store *st, token_fn fn, void *arg, struct err *err);	/* by id; none in an older store */

enum { CURSOR_KEY_SIZE = 32 };
bool store_cursor_key(struct store *st, unsigned char key[CURSOR_KEY_SIZE], struct err *err);
