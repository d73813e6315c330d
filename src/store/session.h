/* Sessions of people, and one-time links that open one. Of either only the SHA-256 is kept. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

struct arena;
struct store;

enum { SESSION_HASH_SIZE = 32, SESSION_IDLE_S = 12 * 3600, SESSION_LIFE_S = 7 * 24 * 3600, LINK_LIFE_S = 600 };

struct session_row {
	int64_t id;
	struct str name;		/* from staff */
	struct str how;			/* "password", "link" … */
	struct str peer, agent;
	int64_t created_us, used_us, expires_us, ended_us;	/* ended 0: it was not */
};

bool session_is_good(const struct session_row *row, int64_t now_us);	/* pure */

/* Writer handle. Those that expired a month ago are forgotten. */
bool store_put_session(struct store *st, const struct session_row *row, const unsigned char hash[SESSION_HASH_SIZE],
		       struct err *err);
bool store_use_session(struct store *st, int64_t id, int64_t now_us, struct err *err);
bool store_end_session(struct store *st, int64_t id, int64_t now_us, struct err *err);		/* ERR_MISSING */
/* And links. Name empty: everybody's. */
bool store_end_sessions_of(struct store *st, struct str name, int64_t now_us, struct err *err);

/* ERR_MISSING; those that are over are found as well. */
bool store_find_session(struct store *st, const unsigned char hash[SESSION_HASH_SIZE], struct arena *arena,
			struct session_row *row, struct err *err);
typedef bool (*session_fn)(const struct session_row *row, void *arg);
bool store_each_session(struct store *st, session_fn fn, void *arg, struct err *err);	/* the newest first */

bool store_put_link(struct store *st, const unsigned char hash[SESSION_HASH_SIZE], struct str name, struct str by,
		    int64_t now_us, struct err *err);
/* It is gone afterwards. ERR_MISSING: there is none, or it has expired. */
bool store_take_link(struct store *st, const unsigned char hash[SESSION_HASH_SIZE], int64_t now_us, struct arena *arena,
		     struct str *name, struct err *err);
