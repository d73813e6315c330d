/* Signing in with a provider of OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636,
 * RFC 9207). What the provider publishes of itself (OpenID Connect Discovery 1.0) and its keys are asked for once and kept for a day. Any
 * worker; begin and finish may wait for the provider, one after the other where they ask for what it publishes. */
#pragma once

#include "oauth/id_token.h"
#include "oauth/post.h"

struct oidc;

struct oidc_conf {			/* borrowed for the call: a reload may bring another */
	const char *issuer, *client_id, *tls_ca;	/* tls_ca NULL: the system's */
	struct str client_secret;	/* empty: a public client */
	struct str scope;		/* with blanks between */
};

struct oidc_login {			/* of one browser; random, 32 bytes as base64url each, but for redirect_uri */
	struct str state, nonce, verifier, redirect_uri;
};

struct oidc *oidc_create(post_fn *post);
void oidc_stop(struct oidc *o);		/* whoever is in it, or comes, gets ERR_CANCELED soon */
void oidc_destroy(struct oidc *o);	/* nobody may be in it; NULL is fine */

/* Appends the URL to send the browser to. ERR_AGAIN: the provider cannot be reached, which is remembered for a few seconds. ERR_CONF: it
 * is not what the configuration says. */
bool oidc_begin(struct oidc *o, const struct oidc_conf *conf, const struct oidc_login *login, struct buf *url, struct err *err);
/* What came back to redirect_uri; issuer: as there, empty when it was not. ERR_LOGIN: the code or what it was changed for does not hold;
 * else as above. */
bool oidc_finish(struct oidc *o, const struct oidc_conf *conf, const struct oidc_login *login, struct str code, struct str issuer,
		 struct arena *arena, struct id_claims *claims, struct err *err);
