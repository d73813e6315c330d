/* The messages of SASL mechanisms (RFC 4616, RFC 7628, and Google's XOAUTH2, which Microsoft took over). Pure. */
#pragma once

#include <daybook/str.h>

struct buf;

enum sasl { SASL_PLAIN, SASL_XOAUTH2, SASL_OAUTHBEARER };

const char *sasl_name(enum sasl mechanism);

struct sasl_login {
	struct str user, secret;	/* a password, or an access token */
	const char *host;		/* OAUTHBEARER names the server */
	unsigned port;
};

/* Appends what the client says first, in base64. */
void sasl_first(enum sasl mechanism, const struct sasl_login *login, struct buf *out);
/* What it says to a challenge behind that, in base64: a refusal in disguise, which wants an empty answer (XOAUTH2) or
 * ^A (OAUTHBEARER); "*", which gives up, elsewhere. */
const char *sasl_next(enum sasl mechanism);
/* The status in such a refusal ("400", "invalid_token"), at most 40 letters and digits; empty when there is none. */
void sasl_read_refusal(struct str challenge, char status[48]);
