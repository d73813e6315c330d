/* SRV and MX, asked of a server of our own on loopback. */
#include "../check_main.h"
#include "cli/dns.h"
#include "dns_stub.h"

static size_t ask(enum dns_type type, const unsigned char *records, size_t n_bytes, size_t n_records,
		  struct dns_host out[DNS_MAX_HOSTS])
{
	struct dns_stub stub = { .fd = -1 };
	size_t n;

	stub.answers[type == DNS_MX ? DNS_STUB_MX : DNS_STUB_SRV] =
		(struct dns_stub_answer){ records, n_bytes, n_records };
	dns_stub_start(&stub);
	n = dns_ask(type, "_imaps._tcp.acme.example", &stub.at, out);
	dns_stub_stop(&stub);
	return n;
}

#define NAME_A 1, 'a', 2, 'x', 'y', 0
#define NAME_B 1, 'b', 2, 'x', 'y', 0

START_TEST(srv_gives_host_and_port_the_best_first)
{
	static const unsigned char records[] = { DNS_RECORD(33, 12), 0, 20, 0, 0, 0x03, 0xe1, NAME_A,
						 DNS_RECORD(33, 12), 0, 10, 0, 0, 0x27, 0x0f, NAME_B };
	struct dns_host hosts[DNS_MAX_HOSTS];

	ck_assert_uint_eq(ask(DNS_SRV, records, sizeof(records), 2, hosts), 2);
	ck_assert_str_eq(hosts[0].host, "b.xy");
	ck_assert_uint_eq(hosts[0].port, 9999);
	ck_assert_str_eq(hosts[1].host, "a.xy");
	ck_assert_uint_eq(hosts[1].port, 993);
}
END_TEST

START_TEST(mx_gives_hosts)
{
	static const unsigned char records[] = { DNS_RECORD(15, 8), 0, 5, NAME_A };
	struct dns_host hosts[DNS_MAX_HOSTS];

	ck_assert_uint_eq(ask(DNS_MX, records, sizeof(records), 1, hosts), 1);
	ck_assert_str_eq(hosts[0].host, "a.xy");
	ck_assert_uint_eq(hosts[0].port, 0);
}
END_TEST

START_TEST(a_dot_says_that_there_is_none)
{
	static const unsigned char records[] = { DNS_RECORD(33, 7), 0, 0, 0, 0, 0, 0, 0 };
	struct dns_host hosts[DNS_MAX_HOSTS];

	ck_assert_uint_eq(ask(DNS_SRV, records, sizeof(records), 1, hosts), 0);
}
END_TEST

START_TEST(records_that_lie_about_their_length_are_none)
{
	static const unsigned char short_data[] = { DNS_RECORD(33, 3), 0, 0, 0 };
	static const unsigned char long_data[] = { DNS_RECORD(33, 200), 0, 0, 0 };
	static const unsigned char loop[] = { DNS_RECORD(33, 8), 0, 0, 0, 0, 0, 1, 0xc0, 50 };
	static const unsigned char other[] = { DNS_RECORD(15, 8), 0, 5, NAME_A };
	struct dns_host hosts[DNS_MAX_HOSTS];

	ck_assert_uint_eq(ask(DNS_SRV, short_data, sizeof(short_data), 1, hosts), 0);
	ck_assert_uint_eq(ask(DNS_SRV, long_data, sizeof(long_data), 1, hosts), 0);
	ck_assert_uint_eq(ask(DNS_SRV, loop, sizeof(loop), 1, hosts), 0);
	ck_assert_uint_eq(ask(DNS_SRV, other, sizeof(other), 1, hosts), 0);
}
END_TEST

RUN("cli/dns", srv_gives_host_and_port_the_best_first, mx_gives_hosts, a_dot_says_that_there_is_none,
    records_that_lie_about_their_length_are_none)
