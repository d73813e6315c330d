/* What people log in with, and how often that failed. Who they are and what they may do is in the configuration. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct arena;
struct store;

enum { LOGIN_HASH_SIZE = 32 };

struct user_row {
	struct str name;
	struct str password;		/* a hash; empty: none */
	struct str totp;		/* the key; empty: none */
	int64_t password_us, last_login_us, totp_step;
	int64_t n_codes;		/* recovery codes that are left */
	int64_t n_sessions;		/* that nobody ended */
};

bool store_has_users(struct store *st, bool *has, struct err *err);	/* false: an older store */
/* One that is not there is all empty. */
bool store_get_user(struct store *st, struct str name, struct arena *arena, struct user_row *row, struct err *err);

/* Writer handle. hash empty: none any more. Ends all sessions, links and failures of the account. */
bool store_set_password(struct store *st, struct str name, struct str hash, int64_t now_us, struct err *err);
bool store_note_login(struct store *st, struct str name, int64_t now_us, struct err *err);
/* key empty: none any more. Recovery codes of before are gone. */
bool store_set_totp(struct store *st, struct str name, struct str key, struct err *err);
/* False in *is_new: a code of this step, or of a later one, was taken before. */
bool store_take_totp_step(struct store *st, struct str name, int64_t step, bool *is_new, struct err *err);
bool store_put_recovery_code(struct store *st, struct str name, const unsigned char hash[LOGIN_HASH_SIZE], struct err *err);
bool store_forget_recovery_codes(struct store *st, struct err *err);	/* everybody's */
bool store_take_recovery_code(struct store *st, struct str name, const unsigned char hash[LOGIN_HASH_SIZE], bool *was_there,
			      struct err *err);

/* ---- throttle.c: failures ---- */

/* After how many failures how long is waited; 0: not at all. Pure. */
int64_t throttle_wait_us(int64_t n_failures);
/* What the failures of an account, or of an address, are counted under. */
void throttle_account(struct str name, unsigned char who[LOGIN_HASH_SIZE]);
void throttle_address(struct str peer, unsigned char who[LOGIN_HASH_SIZE]);
/* When the next try may be; 0: now. */
bool store_get_throttle(struct store *st, const unsigned char who[LOGIN_HASH_SIZE], int64_t now_us, int64_t *until_us,
			struct err *err);
bool store_note_failure(struct store *st, const unsigned char who[LOGIN_HASH_SIZE], int64_t now_us, struct err *err);
bool store_forget_failures(struct store *st, const unsigned char who[LOGIN_HASH_SIZE], struct err *err);
