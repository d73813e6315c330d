#include "conf/nightly.h"

#include <time.h>

#include "base/clock.h"

#include "../check_main.h"

static int64_t at(const char *text)
{
	int64_t us;

	ck_assert(clock_parse(str_from(text), &us));
	return us;
}

static void expect(int64_t us, const char *want)
{
	char text[CLOCK_TEXT_SIZE];

	ck_assert_str_eq(clock_format(us, text), want);
}

static void use_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

START_TEST(a_time_of_the_day_is_two_numbers_and_a_colon)
{
	static const char *const bad[] = { "", "3:00", "24:00", "12:60", "03:0", "0300", "03:00:00", "03-00", "-1:00",
					   "never", "yes", "03:0x", "12345" };

	ck_assert_int_eq(nightly_parse(STR("00:00")), 0);
	ck_assert_int_eq(nightly_parse(STR("03:05")), 185);
	ck_assert_int_eq(nightly_parse(STR("23:59")), 1439);
	ck_assert_int_eq(nightly_parse(STR("no")), NIGHTLY_NEVER);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(nightly_parse(str_from(bad[i])) == NIGHTLY_BAD, "%s", bad[i]);
}
END_TEST

START_TEST(it_is_due_once_a_day_behind_the_last_time)
{
	use_zone("UTC");
	expect(nightly_next_us(180, at("2026-11-22T03:00:10Z"), 0, 0), "2026-11-23T03:00:00.000Z");
	expect(nightly_next_us(180, at("2026-11-22T02:59:00Z"), 0, 0), "2026-11-22T03:00:00.000Z");
	expect(nightly_next_us(180, at("2026-11-22T12:00:00Z"), at("2026-11-25T08:00:00Z"), 0), "2026-11-23T03:00:00.000Z");
	expect(nightly_next_us(180, 0, at("2026-11-22T12:00:00Z"), 0), "2026-11-23T03:00:00.000Z");
	expect(nightly_next_us(0, at("2026-12-31T12:00:00Z"), 0, 0), "2027-01-01T00:00:00.000Z");
}
END_TEST

START_TEST(the_spread_moves_the_time_and_not_the_number_of_times)
{
	use_zone("UTC");
	expect(nightly_next_us(180, at("2026-11-22T03:10:00Z"), 0, 600), "2026-11-23T03:10:00.000Z");
	expect(nightly_next_us(180, at("2026-11-22T03:10:05Z"), 0, 600), "2026-11-23T03:10:00.000Z");
	expect(nightly_next_us(180, at("2026-11-22T03:09:59Z"), 0, 600), "2026-11-22T03:10:00.000Z");
	expect(nightly_next_us(1410, at("2026-11-22T23:40:00Z"), 0, 3599), "2026-11-23T00:29:59.000Z");
	ck_assert_uint_lt(nightly_spread_s(STR("sales"), 3600), 3600);
	ck_assert_uint_eq(nightly_spread_s(STR("sales"), 3600), nightly_spread_s(STR("sales"), 3600));
	ck_assert_uint_ne(nightly_spread_s(STR("sales"), 3600), nightly_spread_s(STR("support"), 3600));
}
END_TEST

START_TEST(the_clock_is_that_of_the_machine)
{
	use_zone("<-03>3");
	expect(nightly_next_us(180, at("2026-11-22T05:59:00Z"), 0, 0), "2026-11-22T06:00:00.000Z");
	/* The night in which 02:30 does not exist has its turn all the same. */
	use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	ck_assert_int_gt(nightly_next_us(150, at("2026-03-28T12:00:00Z"), 0, 0), at("2026-03-29T00:00:00Z"));
	ck_assert_int_lt(nightly_next_us(150, at("2026-03-28T12:00:00Z"), 0, 0), at("2026-03-29T03:00:00Z"));
	use_zone("UTC");
}
END_TEST

RUN("conf/nightly", a_time_of_the_day_is_two_numbers_and_a_colon, it_is_due_once_a_day_behind_the_last_time,
    the_spread_moves_the_time_and_not_the_number_of_times, the_clock_is_that_of_the_machine)
