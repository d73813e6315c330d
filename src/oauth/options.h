/* Logging in with OAuth 2.0 instead of a password: the options, for any connector to take into its own rows
 * (CONF_KEY_BLOCK), and what they come to for a known provider. Pure. */
#pragma once

#include <daybook/conf.h>

enum oauth_provider { OAUTH_OTHER, OAUTH_GOOGLE, OAUTH_MICROSOFT };

struct oauth_conf {
	int provider;			/* enum oauth_provider */
	const char *client_id;
	struct secret *client_secret;	/* NULL: a public client */
	const char *tenant;
	const char *scope;		/* what follows: as written, NULL where the provider's own is meant */
	const char *authorize_url, *token_url, *device_url, *revoke_url;
	const char *tls_ca;
};

extern const struct conf_key oauth_keys[];

/* Cross-key rules, for a connector's check(): ERR_CONF with a text that begins with "oauth". */
bool oauth_check(const struct oauth_conf *conf, struct err *err);

enum oauth_url { OAUTH_AUTHORIZE, OAUTH_TOKEN, OAUTH_DEVICE, OAUTH_REVOKE };
enum { OAUTH_URL_SIZE = 512 };
/* Where to ask; false when there is no such place. */
bool oauth_url_of(const struct oauth_conf *conf, enum oauth_url which, char out[OAUTH_URL_SIZE]);
const char *oauth_scope_of(const struct oauth_conf *conf);	/* "" when none is asked for */
/* Parameters that make Google give a refresh token, each time; "" elsewhere. */
const char *oauth_extra_of(const struct oauth_conf *conf);
