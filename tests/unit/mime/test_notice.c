/* Lines of bounces that were written for people. */
#include "mime/notice_line.h"

#include "../check_main.h"

static void check_status(const char *line, const char *want)
{
	struct str status = line_status(str_from(line));

	ck_assert_msg(str_eq(status, str_from(want)), "\"%s\" gives \"" STR_FMT "\"", line, STR_ARG(status));
}

START_TEST(a_status_is_told_from_other_numbers)
{
	check_status("550 5.1.1 no such user", "5.1.1");
	check_status("smtp;550-5.7.509: denied", "5.7.509");
	check_status("#4.4.7", "4.4.7");
	check_status("(5.2.2)", "5.2.2");
	check_status("failed with 5.1.1.", "5.1.1");
	check_status("host 192.0.2.5 said", "");
	check_status("[5.1.1.20]", "");
	check_status("version 3.1.1", "");
	check_status("15.1.1", "");
	check_status("5.1", "");
	check_status("5.1.", "");
	check_status("5.1234.1", "");
	check_status("", "");
}
END_TEST

START_TEST(a_reply_code_stands_alone)
{
	ck_assert(line_has_reply_code(STR("550 No such user")));
	ck_assert(line_has_reply_code(STR("said: 550-5.1.1")));
	ck_assert(line_has_reply_code(STR("#550")));
	ck_assert(!line_has_reply_code(STR("250 OK")));
	ck_assert(!line_has_reply_code(STR("R$ 5500")));
	ck_assert(!line_has_reply_code(STR("x550 y")));
	ck_assert(!line_has_reply_code(STR("55")));
}
END_TEST

static void check_address(const char *line, const char *want, const char *want_rest)
{
	struct str rest, address = line_address(str_from(line), &rest);

	ck_assert_msg(str_eq(address, str_from(want)), "\"%s\" gives \"" STR_FMT "\"", line, STR_ARG(address));
	ck_assert(want[0] == '\0' || str_eq(str_trim(rest), str_from(want_rest)));
}

START_TEST(an_address_leads_a_line_or_is_prose)
{
	check_address("<a@b.example>:", "a@b.example", "");
	check_address("<a@b.example>: 550 no", "a@b.example", "550 no");
	check_address("a@b.example", "a@b.example", "");
	check_address("a@b.example:", "a@b.example", "");
	check_address("a@b.example<mailto:a@b.example>", "a@b.example", "");
	check_address("a@b.example could not be reached", "", "");
	check_address("<a@b.example", "", "");
	check_address("@b.example", "", "");
	check_address("a@localhost", "", "");
	check_address("Hello a@b.example", "", "");
	check_address("", "", "");
}
END_TEST

RUN("mime-notice", a_status_is_told_from_other_numbers, a_reply_code_stands_alone,
    an_address_leads_a_line_or_is_prose)
