/* Thunderbird's autoconfig file: what a domain may say, and what it may not. */
#include <string.h>

#include "../check_main.h"
#include "cli/autoconfig.h"

static const char address[] = "ana@acme.example";

static bool look(const char *xml, struct autoconfig *out)
{
	return autoconfig_read(str_from(xml), str_from(address), out);
}

#define SERVER(host, port, type, user) \
	"<incomingServer type=\"imap\"><hostname>" host "</hostname><port>" port "</port><socketType>" type \
	"</socketType><username>" user "</username></incomingServer>"

START_TEST(the_first_server_with_tls_is_taken)
{
	struct autoconfig found;

	ck_assert(look("<x><incomingServer type=\"pop3\"><hostname>p</hostname><port>1</port><socketType>SSL</socketType>"
		       "</incomingServer>" SERVER("imap.acme.example", "143", "STARTTLS", "a")
		       SERVER(" imap.%EMAILDOMAIN%\n", "993", "SSL", "%EMAILADDRESS%")
		       SERVER("late.acme.example", "993", "SSL", "b"), &found));
	ck_assert_str_eq(found.host, "imap.acme.example");
	ck_assert_uint_eq(found.port, 993);
	ck_assert(!found.is_starttls);
	ck_assert_str_eq(found.user, "ana@acme.example");
}
END_TEST

START_TEST(starttls_will_do_and_the_user_may_be_the_local_part)
{
	struct autoconfig found;

	ck_assert(look(SERVER("a.example", "143", "plain", "x") SERVER("b.example", "143", "STARTTLS", "%EMAILLOCALPART%"),
		       &found));
	ck_assert_str_eq(found.host, "b.example");
	ck_assert(found.is_starttls);
	ck_assert_str_eq(found.user, "ana");
}
END_TEST

START_TEST(without_a_user_it_is_the_address)
{
	struct autoconfig found;

	ck_assert(look("<incomingServer type='imap' id='1'><hostname>a.example</hostname><port>993</port>"
		       "<socketType>SSL</socketType></incomingServer>", &found));
	ck_assert_str_eq(found.user, address);
}
END_TEST

START_TEST(what_is_no_server_is_none)
{
	static const char *const bad[] = {
		"", "<", "<incomingServer", "<incomingServer type=\"imap\">", SERVER("a", "993", "plain", "u"),
		SERVER("a", "0", "SSL", "u"), SERVER("a", "65536", "SSL", "u"), SERVER("a", "x", "SSL", "u"),
		SERVER("", "993", "SSL", "u"), SERVER("a b", "993", "SSL", "u"), SERVER("a/b", "993", "SSL", "u"),
		SERVER("a\nb", "993", "SSL", "u"), SERVER("a", "993", "SSL", "u\nx"), SERVER("a", "993", "SSL", "u\xff"),
		"<!--" SERVER("a", "993", "SSL", "u") "-->", "<!-- " SERVER("a", "993", "SSL", "u"),
		"<incomingServer type=\"imap\"><hostname>a<port>993<socketType>SSL</incomingServer>",
	};
	struct autoconfig found = { .port = 7 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!look(bad[i], &found) && found.port == 7, "%s", bad[i]);
}
END_TEST

START_TEST(a_nul_ends_no_text)
{
	static const char xml[] = SERVER("a", "993", "SSL", "\0u");
	static const char host[] = SERVER("a\0.evil.example", "993", "SSL", "u");
	struct autoconfig found;

	ck_assert(!autoconfig_read(STR(xml), str_from(address), &found));
	ck_assert(!autoconfig_read(STR(host), str_from(address), &found));
}
END_TEST

/* Everything that could be quadratic, at the largest size that is read. */
START_TEST(hostile_files_cost_no_time)
{
	static const char *const pieces[] = { "<", "<!--", "<incomingServer type=\"imap\">", "<hostname>", "%EMAILADDRESS%",
					      "<incomingServer type=\"imap\"><hostname></incomingServer>" };
	static char xml[AUTOCONFIG_MAX_BYTES];
	struct autoconfig found;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		size_t n = strlen(pieces[i]);

		for (size_t at = 0; at + n < sizeof(xml); at += n)
			memcpy(xml + at, pieces[i], n);
		autoconfig_read((struct str){ xml, sizeof(xml) }, str_from(address), &found);
	}
}
END_TEST

RUN("cli/autoconfig", the_first_server_with_tls_is_taken, starttls_will_do_and_the_user_may_be_the_local_part,
    without_a_user_it_is_the_address, what_is_no_server_is_none, a_nul_ends_no_text, hostile_files_cost_no_time)
