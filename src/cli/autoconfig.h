/* The file in which a domain tells mail programs its servers (Thunderbird's config-v1.1.xml). Pure; linear. */
#pragma once

#include <daybook/str.h>

enum { AUTOCONFIG_MAX_BYTES = 64 << 10, AUTOCONFIG_HOST_SIZE = 254, AUTOCONFIG_USER_SIZE = 321 };

struct autoconfig {
	char host[AUTOCONFIG_HOST_SIZE];
	unsigned port;
	bool is_starttls;
	char user[AUTOCONFIG_USER_SIZE];
};

/* The first IMAP server with TLS from the start, else the first with STARTTLS; one without either does not count.
 * False: there is none, and *out is untouched. */
bool autoconfig_read(struct str xml, struct str address, struct autoconfig *out);
