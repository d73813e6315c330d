/* SRV and MX, asked of a server of our own on loopback. */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../check_main.h"
#include "cli/dns.h"

enum { PACKET = 512 };

struct server {
	int fd;
	pthread_t thread;
	const unsigned char *records;		/* the answer section */
	size_t n_bytes, n_records;
};

/* Answers one question with the records. */
static void *serve(void *arg)
{
	struct server *s = arg;
	unsigned char packet[PACKET];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(s->fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len);

	if (n < 12 || (size_t)n + s->n_bytes > sizeof(packet))
		return NULL;
	/* Without EDNS, which stands behind the question. */
	for (n = 12; packet[n] != 0; n += packet[n] + 1)
		;
	n += 5;
	packet[2] = 0x84;
	packet[3] = 0;
	memset(packet + 6, 0, 6);
	packet[7] = (unsigned char)s->n_records;
	memcpy(packet + n, s->records, s->n_bytes);
	sendto(s->fd, packet, (size_t)n + s->n_bytes, 0, (struct sockaddr *)&from, len);
	return NULL;
}

static size_t ask(enum dns_type type, const unsigned char *records, size_t n_bytes, size_t n_records,
		  struct dns_host out[DNS_MAX_HOSTS])
{
	struct server s = { .records = records, .n_bytes = n_bytes, .n_records = n_records };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	size_t n;

	s.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(s.fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(getsockname(s.fd, (struct sockaddr *)&at, &len), 0);
	ck_assert_int_eq(pthread_create(&s.thread, NULL, serve, &s), 0);
	n = dns_ask(type, "_imaps._tcp.acme.example", &at, out);
	pthread_join(s.thread, NULL);
	close(s.fd);
	return n;
}

#define HEAD(type, n) 0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, n
#define NAME_A 1, 'a', 2, 'x', 'y', 0
#define NAME_B 1, 'b', 2, 'x', 'y', 0

START_TEST(srv_gives_host_and_port_the_best_first)
{
	static const unsigned char records[] = { HEAD(33, 12), 0, 20, 0, 0, 0x03, 0xe1, NAME_A,
						 HEAD(33, 12), 0, 10, 0, 0, 0x27, 0x0f, NAME_B };
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
	static const unsigned char records[] = { HEAD(15, 8), 0, 5, NAME_A };
	struct dns_host hosts[DNS_MAX_HOSTS];

	ck_assert_uint_eq(ask(DNS_MX, records, sizeof(records), 1, hosts), 1);
	ck_assert_str_eq(hosts[0].host, "a.xy");
	ck_assert_uint_eq(hosts[0].port, 0);
}
END_TEST

START_TEST(a_dot_says_that_there_is_none)
{
	static const unsigned char records[] = { HEAD(33, 7), 0, 0, 0, 0, 0, 0, 0 };
	struct dns_host hosts[DNS_MAX_HOSTS];

	ck_assert_uint_eq(ask(DNS_SRV, records, sizeof(records), 1, hosts), 0);
}
END_TEST

START_TEST(records_that_lie_about_their_length_are_none)
{
	static const unsigned char short_data[] = { HEAD(33, 3), 0, 0, 0 };
	static const unsigned char long_data[] = { HEAD(33, 200), 0, 0, 0 };
	static const unsigned char loop[] = { HEAD(33, 8), 0, 0, 0, 0, 0, 1, 0xc0, 50 };
	static const unsigned char other[] = { HEAD(15, 8), 0, 5, NAME_A };
	struct dns_host hosts[DNS_MAX_HOSTS];

	ck_assert_uint_eq(ask(DNS_SRV, short_data, sizeof(short_data), 1, hosts), 0);
	ck_assert_uint_eq(ask(DNS_SRV, long_data, sizeof(long_data), 1, hosts), 0);
	ck_assert_uint_eq(ask(DNS_SRV, loop, sizeof(loop), 1, hosts), 0);
	ck_assert_uint_eq(ask(DNS_SRV, other, sizeof(other), 1, hosts), 0);
}
END_TEST

RUN("cli/dns", srv_gives_host_and_port_the_best_first, mx_gives_hosts, a_dot_says_that_there_is_none,
    records_that_lie_about_their_length_are_none)
