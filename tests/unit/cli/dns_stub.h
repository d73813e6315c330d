/* A DNS server on loopback that knows one answer for each type, for tests. */
#pragma once

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DNS_STUB_PACKET = 512, DNS_STUB_TYPES = 64, DNS_STUB_HEAD = 12 };

struct dns_stub {
	int fd;
	pthread_t thread;
	struct sockaddr_in at;
	struct dns_stub_answer {	/* the answer section, by the type of the question */
		const unsigned char *records;
		size_t n_bytes, n_records;
	} answers[DNS_STUB_TYPES];
};

/* Of a question without EDNS, which stands behind it. */
static inline size_t dns_stub_question(const unsigned char *packet)
{
	size_t n = DNS_STUB_HEAD;

	while (packet[n] != 0)
		n += packet[n] + 1u;
	return n + 5;
}

static inline void *dns_stub_serve(void *arg)
{
	struct dns_stub *s = arg;
	unsigned char packet[DNS_STUB_PACKET];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);

	while (recvfrom(s->fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len) > DNS_STUB_HEAD) {
		size_t n = dns_stub_question(packet);
		const struct dns_stub_answer *answer = &s->answers[packet[n - 3] % DNS_STUB_TYPES];

		packet[2] = 0x84;
		packet[3] = 0;
		memset(packet + 6, 0, 6);
		packet[7] = (unsigned char)answer->n_records;
		if (answer->n_bytes > 0)
			memcpy(packet + n, answer->records, answer->n_bytes);
		sendto(s->fd, packet, n + answer->n_bytes, 0, (struct sockaddr *)&from, len);
	}
	return NULL;
}

static inline void dns_stub_start(struct dns_stub *s)
{
	socklen_t len = sizeof(s->at);

	s->at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&s->at, sizeof(s->at)), 0);
	ck_assert_int_eq(getsockname(s->fd, (struct sockaddr *)&s->at, &len), 0);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, dns_stub_serve, s), 0);
}

/* An empty packet to itself ends it. */
static inline void dns_stub_stop(struct dns_stub *s)
{
	sendto(s->fd, "", 0, 0, (struct sockaddr *)&s->at, sizeof(s->at));
	pthread_join(s->thread, NULL);
	close(s->fd);
}

/* The name of the question, type, class, life, n bytes of data. */
#define DNS_RECORD(type, n) 0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, n
#define DNS_STUB_MX 15
#define DNS_STUB_SRV 33
