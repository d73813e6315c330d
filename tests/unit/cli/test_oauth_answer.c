#include "cli/oauth_answer.h"

#include "../check_main.h"

static struct oauth_answer answer;
static struct err err;

START_TEST(an_address_is_read_whole_or_without_its_host)
{
	ck_assert(oauth_answer_read(STR(" http://127.0.0.1:8481/?state=a-b_c&code=4%2F0Ab&scope=x \r\n"), &answer, &err));
	ck_assert_str_eq(answer.state, "a-b_c");
	ck_assert_str_eq(answer.code, "4/0Ab");
	ck_assert(oauth_answer_read(STR("/?code=c&state=s#fragment"), &answer, &err));
	ck_assert_str_eq(answer.state, "s");
}
END_TEST

START_TEST(what_is_no_answer_is_told_from_a_refusal)
{
	static const char *const none[] = { "", "hello", "/favicon.ico", "/?code=c", "/?state=s", "/?code=%0a&state=s",
					    "/?code=%4&state=s", "/?code=&state=" };

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		ck_assert(!oauth_answer_read(str_from(none[i]), &answer, &err));
		ck_assert_int_eq(err.kind, ERR_INPUT);
	}
	ck_assert(!oauth_answer_read(STR("/?error=access_denied&state=s"), &answer, &err));
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_str_eq(err.msg, "the provider did not let you in: access_denied");
}
END_TEST

RUN("cli/oauth_answer", an_address_is_read_whole_or_without_its_host, what_is_no_answer_is_told_from_a_refusal)
