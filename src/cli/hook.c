#include "cli/hook.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* 0.0.0.0 and [::] are no address to go to: on this machine its own loopback is. */
static char *from_listen(const struct listen_address *listen, const char *name)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&listen->address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&listen->address;

	if (listen->address.ss_family == AF_INET && v4->sin_addr.s_addr == htonl(INADDR_ANY))
		return xasprintf("http://127.0.0.1:%u/hooks/%s", ntohs(v4->sin_port), name);
	if (listen->address.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr))
		return xasprintf("http://[::1]:%u/hooks/%s", ntohs(v6->sin6_port), name);
	return xasprintf("http://%s/hooks/%s", listen->text, name);
}

char *hook_url(const struct config *config, const struct config_connector *connector)
{
	if (connector->type->routes == NULL)
		return NULL;
	if (config->http.public_url != NULL)
		return xasprintf("%s/hooks/%s", config->http.public_url, connector->name);
	for (size_t i = 0; i < config->n_listen; i++)
		if (!config->listen[i].is_unix)
			return from_listen(&config->listen[i], connector->name);
	return NULL;
}
