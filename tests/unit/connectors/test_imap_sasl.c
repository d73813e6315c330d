#include "base/buf.h"
#include "imap/sasl.h"

#include "../check_main.h"

static const struct sasl_login login = {
	.user = { "someuser@example.com", 20 }, .secret = { "ya29.daybook-invented-token", 27 },
	.host = "imap.example.com", .port = 993,
};

static void first_is(enum sasl mechanism, const struct sasl_login *who, const char *want)
{
	struct buf out;

	buf_init(&out, 4096);
	sasl_first(mechanism, who, &out);
	ck_assert_str_eq(out.ptr, want);
	buf_finish(&out);
}

START_TEST(the_first_words_are_those_of_the_documents)
{
	const struct sasl_login tim = { .user = { "tim", 3 }, .secret = { "tanstaaftanstaaf", 16 } };
	const struct sasl_login odd = { .user = { "a,b=c", 5 }, .secret = { "t", 1 }, .host = "h", .port = 1 };

	first_is(SASL_XOAUTH2, &login, "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LmRheWJvb2staW52ZW50ZWQtdG9r"
				       "ZW4BAQ==");
	first_is(SASL_OAUTHBEARER, &login, "bixhPXNvbWV1c2VyQGV4YW1wbGUuY29tLAFob3N0PWltYXAuZXhhbXBsZS5jb20BcG9ydD05OTMBYXV0"
					   "aD1CZWFyZXIgeWEyOS5kYXlib29rLWludmVudGVkLXRva2VuAQE=");
	first_is(SASL_PLAIN, &tim, "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");	/* RFC 4616 */
	first_is(SASL_OAUTHBEARER, &odd, "bixhPWE9MkNiPTNEYywBaG9zdD1oAXBvcnQ9MQFhdXRoPUJlYXJlciB0AQE=");
}
END_TEST

START_TEST(a_refusal_is_read_and_no_more_of_it_than_its_status)
{
	char status[48];

	sasl_read_refusal(STR(" eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZ29vZ2xlLmNvbS8ifQ=="),
			  status);
	ck_assert_str_eq(status, "400");
	sasl_read_refusal(STR("eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0="), status);
	ck_assert_str_eq(status, "invalid_token");
	sasl_read_refusal(STR("!!!"), status);
	ck_assert_str_eq(status, "");
	sasl_read_refusal(STR(""), status);
	ck_assert_str_eq(status, "");
	sasl_read_refusal(STR("eyJzdGF0dXMiOiJhXG5iIGMifQ=="), status);	/* a line break and a blank */
	ck_assert_str_eq(status, "abc");
}
END_TEST

RUN("imap_sasl", the_first_words_are_those_of_the_documents, a_refusal_is_read_and_no_more_of_it_than_its_status)
