/* Finding the IMAP server of an address. Blocks on DNS and HTTPS; no password is sent anywhere. */
#pragma once

#include <daybook/err.h>

#include "cli/autoconfig.h"
#include "cli/provider.h"

struct sockaddr_in;

enum { MAIL_SERVER_MAX = 4 };

struct mail_server {
	char host[AUTOCONFIG_HOST_SIZE];
	unsigned port;
	bool is_starttls;
	char user[AUTOCONFIG_USER_SIZE];
	const char *found_by;		/* "a known provider", for people */
	bool is_doubtful;		/* another domain's host, named by DNS alone, which can be forged */
};

struct mail_server_search {
	struct str address;
	const char *autoconfig_url;	/* NULL: that of the address's domain */
	const char *tls_ca;		/* to trust instead of the system's; or NULL */
	const struct sockaddr_in *dns;	/* to ask for MX and SRV; NULL: the system's server */
};

struct mail_servers {
	struct mail_server items[MAIL_SERVER_MAX];	/* to be tried in this order */
	size_t n_items;
	const struct provider *provider;		/* NULL: not a known one */
};

/* False with ERR_MISSING when there is none. */
bool mail_server_find(const struct mail_server_search *search, struct mail_servers *out, struct err *err);
