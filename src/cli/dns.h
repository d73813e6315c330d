/* Questions to DNS that getaddrinfo() does not ask. Blocks, some seconds at most. */
#pragma once

#include <netinet/in.h>
#include <stddef.h>

enum dns_type { DNS_MX, DNS_SRV };

enum { DNS_HOST_SIZE = 256, DNS_MAX_HOSTS = 16 };

struct dns_host {
	char host[DNS_HOST_SIZE];
	unsigned port;			/* of an SRV; else 0 */
	unsigned rank;			/* the least first */
};

/* How many there are, the best first; "." (there is none) does not count. server NULL: the system's. */
size_t dns_ask(enum dns_type type, const char *name, const struct sockaddr_in *server,
	       struct dns_host out[DNS_MAX_HOSTS]);
