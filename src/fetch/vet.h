/* Where a request to an address that somebody named may go, decided on the resolved address at the moment of connecting: the
 * only place that neither odd spellings nor a name that changes its mind get past. Pure. */
#pragma once

#include "conf/cidr.h"

struct sockaddr;

enum { VET_MAX_NETS = 64 };

struct vet {
	struct cidr nets[VET_MAX_NETS];	/* net_allow */
	struct cidr_list allowed;
	bool needs_net;			/* without TLS: nowhere but in allowed */
	char refused[200];		/* why the last one was; "" : none was */
};

/* False: it is no network. */
bool vet_allow(struct vet *v, struct str net);
bool vet_address(struct vet *v, const struct sockaddr *address);
