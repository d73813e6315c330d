/* Networks: 10.0.0.0/8, 2001:db8::/32, or one address. Pure. */
#pragma once

#include <daybook/str.h>

struct sockaddr;

/* IPv4 is kept as its mapped IPv6 form, so that ::ffff:10.1.2.3 is in 10.0.0.0/8 as well. */
struct cidr {
	unsigned char address[16];
	unsigned n_bits;
};

struct cidr_list {
	struct cidr *items;
	size_t n_items;
};

/* Bits beyond the prefix are ignored: 10.1.2.3/8 is 10.0.0.0/8. False: not a network. */
bool cidr_parse(struct str text, struct cidr *out);
bool cidr_has(const struct cidr *net, const struct sockaddr *address);
bool cidr_list_has(const struct cidr_list *list, const struct sockaddr *address);
/* All addresses of IPv4 or IPv6. */
bool cidr_is_everything(const struct cidr *net);
