/* Which entries of a timeline are wanted. */
#include <string.h>

#include "../check_main.h"
#include "base/clock.h"
#include "cli/filter.h"

#define DAY_US (INT64_C(86400) * US_PER_S)

static const int64_t now_us = INT64_C(1789398000) * US_PER_S;	/* 2026-09-14 15:00 UTC */
static struct filter f;
static struct err err;

START_TEST(without_options_all_is_wanted)
{
	ck_assert(filter_parse(&f, NULL, NULL, now_us, &err));
	ck_assert(filter_wants(&f, CHANNEL_EMAIL, 0));
	ck_assert(filter_wants(&f, CHANNEL_LEAD, INT64_MIN));
}
END_TEST

START_TEST(channels_are_a_list)
{
	ck_assert(filter_parse(&f, "email, whatsapp", NULL, now_us, &err));
	ck_assert(filter_wants(&f, CHANNEL_EMAIL, 0));
	ck_assert(filter_wants(&f, CHANNEL_WHATSAPP, 0));
	ck_assert(!filter_wants(&f, CHANNEL_FORM, 0));
	ck_assert(!filter_parse(&f, "email,fax", NULL, now_us, &err));
	ck_assert_msg(strncmp(err.msg, "--channel: \"fax\" is none of email, whatsapp, ", 45) == 0, "%s", err.msg);
}
END_TEST

START_TEST(since_is_an_age_a_day_or_a_time)
{
	ck_assert(filter_parse(&f, NULL, "30d", now_us, &err));
	ck_assert_int_eq(f.since_us, now_us - 30 * DAY_US);
	ck_assert(filter_parse(&f, NULL, "2026-09-14", now_us, &err));
	ck_assert_int_eq(f.since_us, now_us - 15 * 3600 * US_PER_S);
	ck_assert(filter_parse(&f, NULL, "2026-09-14T14:00:00Z", now_us, &err));
	ck_assert_int_eq(f.since_us, now_us - 3600 * US_PER_S);
	ck_assert(!filter_wants(&f, CHANNEL_EMAIL, f.since_us - 1));
	ck_assert(filter_wants(&f, CHANNEL_EMAIL, f.since_us));
	ck_assert(!filter_parse(&f, NULL, "yesterday", now_us, &err));
	ck_assert_str_eq(err.msg, "--since: \"yesterday\" is no time (try 30d, 2026-10-01)");
}
END_TEST

RUN("cli/filter", without_options_all_is_wanted, channels_are_a_list, since_is_an_age_a_day_or_a_time)
