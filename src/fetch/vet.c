#include "fetch/vet.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/mem.h"

/* What is not the public internet: this host, private and shared networks, documentation, benchmarks, multicast, and what
 * carries an IPv4 address inside (NAT64, 6to4, Teredo): its inner address would be dialled by somebody else. An IPv4 address
 * within IPv6 is looked at as IPv4. */
static const char *const closed[] = {
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"224.0.0.0/4", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
	"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
};

bool vet_allow(struct vet *v, struct str net)
{
	if (v->allowed.n_items == VET_MAX_NETS || !cidr_parse(net, &v->nets[v->allowed.n_items]))
		return false;
	v->allowed.items = v->nets;
	v->allowed.n_items++;
	return true;
}

static bool is_public(const struct sockaddr *address)
{
	struct cidr net;

	for (size_t i = 0; i < countof(closed); i++)
		if (!cidr_parse(str_from(closed[i]), &net) || cidr_has(&net, address))
			return false;
	return true;
}

static bool refuse(struct vet *v, const struct sockaddr *address, const char *why)
{
	socklen_t size = address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	char text[INET6_ADDRSTRLEN + 16] = "?";

	getnameinfo(address, size, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
	snprintf(v->refused, sizeof(v->refused), "%s %s; net_allow names networks that may be reached all the same", text, why);
	return false;
}

bool vet_address(struct vet *v, const struct sockaddr *address)
{
	if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
		return refuse(v, address, "is no internet address");
	if (cidr_list_has(&v->allowed, address))
		return true;
	if (v->needs_net)
		return refuse(v, address, "is not asked without TLS");
	return is_public(address) || refuse(v, address, "is not public");
}
