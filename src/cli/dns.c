#include "cli/dns.h"

#include <arpa/nameser.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_BYTES = 16 << 10, TIMEOUT_S = 2, TRIES = 2, MX_BYTES = 2, SRV_BYTES = 6 };

static bool read_record(const unsigned char *answer, size_t n_answer, const ns_rr *rr, enum dns_type type,
			struct dns_host *out)
{
	size_t head = type == DNS_MX ? MX_BYTES : SRV_BYTES;
	const unsigned char *data = ns_rr_rdata(*rr);

	if (ns_rr_type(*rr) != (type == DNS_MX ? ns_t_mx : ns_t_srv) || ns_rr_rdlen(*rr) <= head)
		return false;
	out->rank = ns_get16(data);
	out->port = type == DNS_SRV ? ns_get16(data + 4) : 0;
	return dn_expand(answer, answer + n_answer, data + head, out->host, sizeof(out->host)) >= 0 &&
	       out->host[0] != '\0';
}

static int by_rank(const void *a, const void *b)
{
	const struct dns_host *x = a, *y = b;

	return (x->rank > y->rank) - (x->rank < y->rank);
}

static size_t read_answer(const unsigned char *answer, size_t n_answer, enum dns_type type,
			  struct dns_host out[DNS_MAX_HOSTS])
{
	size_t n = 0;
	ns_msg msg;
	ns_rr rr;

	if (ns_initparse(answer, (int)n_answer, &msg) != 0)
		return 0;
	for (int i = 0; i < ns_msg_count(msg, ns_s_an) && n < DNS_MAX_HOSTS; i++)
		if (ns_parserr(&msg, ns_s_an, i, &rr) == 0 && read_record(answer, n_answer, &rr, type, &out[n]))
			n++;
	qsort(out, n, sizeof(*out), by_rank);
	return n;
}

size_t dns_ask(enum dns_type type, const char *name, const struct sockaddr_in *server,
	       struct dns_host out[DNS_MAX_HOSTS])
{
	unsigned char answer[ANSWER_BYTES];
	struct __res_state state;
	int n = -1;

	memset(&state, 0, sizeof(state));
	if (res_ninit(&state) != 0)
		return 0;
	state.retrans = TIMEOUT_S;
	state.retry = TRIES;
	if (server != NULL) {
		state.nscount = 1;
		state.nsaddr_list[0] = *server;
	}
	n = res_nquery(&state, name, ns_c_in, type == DNS_MX ? ns_t_mx : ns_t_srv, answer, sizeof(answer));
	res_nclose(&state);
	if (n <= 0)
		return 0;
	return read_answer(answer, (size_t)n < sizeof(answer) ? (size_t)n : sizeof(answer), type, out);
}
