/* What keeper.c and keeper_login.c share. All of it under `flight`, but for facts. */
#pragma once

#include <pthread.h>

#include "oauth/keeper.h"
#include "oauth/token.h"

struct login {				/* one that has begun */
	char *state, *verifier, *redirect_uri;	/* of a browser */
	char *device_code;
	int64_t interval_s;
	int64_t until_us;		/* monotonic; 0: none */
};

struct keeper {
	char *name;
	struct vault *vault;
	post_fn *post;

	pthread_mutex_t flight;		/* held during a request: that is the single flight */
	struct token token;
	bool is_loaded, is_unsaved, needs_login;
	struct err lasting;		/* why nothing is asked any more until somebody logs in; NONE: go on */
	int64_t not_before_us;		/* monotonic: the provider's pause */
	struct login login;

	pthread_mutex_t lock;		/* a moment only: what follows, for who must not wait */
	struct keeper_facts facts;
	char expected[128];		/* the state of a browser's login; "": none */
};

/* Sends the form, with the client's id and secret added, to the token endpoint; counts how it went. */
enum oauth_verdict keeper_ask(struct keeper *k, const struct oauth_conf *conf, struct buf *form, struct grant *grant,
			      struct err *err);
/* For the facts: since when the token that is there could not be renewed. */
void keeper_note_renewal(struct keeper *k, bool was_good);
/* Fills *err, always ERR_LOGIN, with the cure. */
bool keeper_wants_login(const struct keeper *k, struct err *err, const char *why);
bool keeper_save(struct keeper *k, struct err *err);
void keeper_publish(struct keeper *k);	/* from token to facts */
