/* Which server an address is sent to, and whether DNS alone may say so. */
#include "../check_main.h"
#include "cli/mail_server.h"
#include "dns_stub.h"

#define WORD(n, ...) n, __VA_ARGS__
#define ACME WORD(4, 'a', 'c', 'm', 'e'), WORD(7, 'e', 'x', 'a', 'm', 'p', 'l', 'e'), 0
#define IMAP_ACME WORD(1, 'i'), ACME

static const unsigned char srv_below[] = { DNS_RECORD(DNS_STUB_SRV, 6 + 16), 0, 0, 0, 0, 0x03, 0xe1, IMAP_ACME };
/* evilacme.example ends like acme.example, and is another. */
static const unsigned char srv_beside[] = { DNS_RECORD(DNS_STUB_SRV, 6 + 18), 0, 0, 0, 0, 0x03, 0xe1,
					    WORD(8, 'e', 'v', 'i', 'l', 'a', 'c', 'm', 'e'),
					    WORD(7, 'e', 'x', 'a', 'm', 'p', 'l', 'e'), 0 };
static const unsigned char mx_google[] = { DNS_RECORD(DNS_STUB_MX, 2 + 15), 0, 1, WORD(2, 'm', 'x'),
					   WORD(6, 'g', 'o', 'o', 'g', 'l', 'e'), WORD(3, 'c', 'o', 'm'), 0 };

static bool look(const char *address, const unsigned char *mx, size_t n_mx, const unsigned char *srv, size_t n_srv,
		 struct mail_servers *out)
{
	struct dns_stub stub = { .fd = -1 };
	const struct mail_server_search search = { .address = str_from(address), .dns = &stub.at };
	struct err err;
	bool found;

	stub.answers[DNS_STUB_MX] = (struct dns_stub_answer){ mx, n_mx, n_mx > 0 };
	stub.answers[DNS_STUB_SRV] = (struct dns_stub_answer){ srv, n_srv, n_srv > 0 };
	dns_stub_start(&stub);
	found = mail_server_find(&search, out, &err);
	dns_stub_stop(&stub);
	return found;
}

START_TEST(a_known_domain_asks_nobody)
{
	struct mail_servers found;

	ck_assert(look("ana@gmail.com", NULL, 0, srv_beside, sizeof(srv_beside), &found));
	ck_assert_str_eq(found.items[0].host, "imap.gmail.com");
	ck_assert_uint_eq(found.items[0].port, 993);
	ck_assert_str_eq(found.items[0].user, "ana@gmail.com");
	ck_assert_str_eq(found.provider->name, "Gmail");
	ck_assert(!found.items[0].is_doubtful);
}
END_TEST

START_TEST(a_company_at_a_known_provider_is_known_by_its_mx)
{
	struct mail_servers found;

	ck_assert(look("ana@acme.example", mx_google, sizeof(mx_google), srv_below, sizeof(srv_below), &found));
	ck_assert_str_eq(found.items[0].host, "imap.gmail.com");
	ck_assert_str_eq(found.items[0].user, "ana@acme.example");
	ck_assert(!found.items[0].is_doubtful);
}
END_TEST

START_TEST(an_srv_record_below_the_domain_is_believed)
{
	struct mail_servers found;

	ck_assert(look("ana@acme.example", NULL, 0, srv_below, sizeof(srv_below), &found));
	ck_assert_str_eq(found.items[0].host, "i.acme.example");
	ck_assert_uint_eq(found.items[0].port, 993);
	ck_assert_ptr_null(found.provider);
	ck_assert(!found.items[0].is_doubtful);
}
END_TEST

START_TEST(an_srv_record_elsewhere_is_doubtful)
{
	struct mail_servers found;

	ck_assert(look("ana@acme.example", NULL, 0, srv_beside, sizeof(srv_beside), &found));
	ck_assert_str_eq(found.items[0].host, "evilacme.example");
	ck_assert(found.items[0].is_doubtful);
}
END_TEST

RUN("cli/mail_server", a_known_domain_asks_nobody, a_company_at_a_known_provider_is_known_by_its_mx,
    an_srv_record_below_the_domain_is_believed, an_srv_record_elsewhere_is_doubtful)
