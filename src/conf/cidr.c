#include "conf/cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { V4_OFFSET = 12, V4_BITS = 96 };

static const unsigned char v4_prefix[V4_OFFSET] = { [10] = 0xff, [11] = 0xff };

static void map_v4(const void *v4, unsigned char out[16])
{
	memcpy(out, v4_prefix, sizeof(v4_prefix));
	memcpy(out + V4_OFFSET, v4, 4);
}

bool cidr_parse(struct str text, struct cidr *out)
{
	size_t slash = str_chr(text, '/');
	struct str host = str_sub(text, 0, slash == STR_NONE ? text.len : slash);
	unsigned char v6[16];
	struct in_addr v4;
	struct cidr net;
	char name[INET6_ADDRSTRLEN];
	int64_t n_bits;
	unsigned skipped;

	if (host.len == 0 || host.len >= sizeof(name) || str_chr(host, '\0') != STR_NONE)
		return false;
	memcpy(name, host.ptr, host.len);
	name[host.len] = '\0';
	if (inet_pton(AF_INET, name, &v4) == 1) {
		map_v4(&v4, net.address);
		skipped = V4_BITS;
	} else if (inet_pton(AF_INET6, name, v6) == 1) {
		memcpy(net.address, v6, sizeof(v6));
		skipped = 0;
	} else {
		return false;
	}
	n_bits = 128 - skipped;
	if (slash != STR_NONE && (!str_int64(str_sub(text, slash + 1, text.len), &n_bits) ||
				  n_bits > 128 - (int)skipped))
		return false;
	net.n_bits = (unsigned)n_bits + skipped;
	*out = net;
	return true;
}

bool cidr_has(const struct cidr *net, const struct sockaddr *address)
{
	unsigned char bytes[16];
	unsigned n_whole = net->n_bits / 8, n_rest = net->n_bits % 8;
	unsigned mask = 0xff00u >> n_rest & 0xff;

	if (address->sa_family == AF_INET)
		map_v4(&((const struct sockaddr_in *)address)->sin_addr, bytes);
	else if (address->sa_family == AF_INET6)
		memcpy(bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
	else
		return false;
	if (memcmp(bytes, net->address, n_whole) != 0)
		return false;
	return n_rest == 0 || ((bytes[n_whole] ^ net->address[n_whole]) & mask) == 0;
}

bool cidr_list_has(const struct cidr_list *list, const struct sockaddr *address)
{
	for (size_t i = 0; i < list->n_items; i++)
		if (cidr_has(&list->items[i], address))
			return true;
	return false;
}

bool cidr_is_everything(const struct cidr *net)
{
	return net->n_bits == 0 ||
	       (net->n_bits == V4_BITS && memcmp(net->address, v4_prefix, sizeof(v4_prefix)) == 0);
}
