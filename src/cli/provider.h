/* What is known of the large mail providers: their server, and what they want instead of a password. Pure. */
#pragma once

#include <daybook/str.h>

enum provider_login {
	PROVIDER_PASSWORD,		/* the mailbox's own */
	PROVIDER_SWITCHED_ON,		/* the same, once IMAP is switched on in its settings */
	PROVIDER_APP_PASSWORD,		/* one made for this purpose */
	PROVIDER_OAUTH,			/* none at all */
};

struct provider {
	const char *name, *host;	/* port 993, TLS, the whole address as user */
	enum provider_login login;
	const char *page;		/* where an app password is made, or IMAP switched on; NULL: unknown */
};

/* By the domain of an address, or by a host that takes the domain's mail (MX). NULL: not known. */
const struct provider *provider_by_domain(struct str domain);
const struct provider *provider_by_mx(struct str host);
