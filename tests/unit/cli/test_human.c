/* Numbers and times for people. */
#include <time.h>

#include "../check_main.h"
#include "base/clock.h"
#include "cli/human.h"

static char text[HUMAN_SIZE];

START_TEST(counts_have_their_thousands_apart)
{
	ck_assert_str_eq(human_count(0, text), "0");
	ck_assert_str_eq(human_count(999, text), "999");
	ck_assert_str_eq(human_count(1000, text), "1,000");
	ck_assert_str_eq(human_count(311094, text), "311,094");
	ck_assert_str_eq(human_count(-1234567, text), "-1,234,567");
	ck_assert_str_eq(human_count(INT64_MIN, text), "-9,223,372,036,854,775,808");
}
END_TEST

START_TEST(sizes_have_two_digits_that_matter)
{
	ck_assert_str_eq(human_bytes(0, text), "0 B");
	ck_assert_str_eq(human_bytes(999, text), "999 B");
	ck_assert_str_eq(human_bytes(139264, text), "139 kB");
	ck_assert_str_eq(human_bytes(2100000000, text), "2.1 GB");
	ck_assert_str_eq(human_bytes(9960000, text), "10 MB");
}
END_TEST

START_TEST(spans_are_as_exact_as_people_want_them)
{
	ck_assert_str_eq(human_span(-5, text), "0 s");
	ck_assert_str_eq(human_span(14 * US_PER_S, text), "14 s");
	ck_assert_str_eq(human_span(26 * 60 * US_PER_S, text), "26 min");
	ck_assert_str_eq(human_span(3 * 3600 * US_PER_S, text), "3 h");
	ck_assert_str_eq(human_span((12 * 24 + 4) * 3600 * US_PER_S, text), "12 d 4 h");
	ck_assert_str_eq(human_span(2 * 24 * 3600 * US_PER_S, text), "2 d");
}
END_TEST

START_TEST(times_are_local_and_no_time_is_a_dash)
{
	setenv("TZ", "America/Sao_Paulo", 1);
	tzset();
	ck_assert_str_eq(human_time(0, text), "-");
	ck_assert_str_eq(human_time(INT64_C(1789398000) * US_PER_S, text), "2026-09-14 12:00");
}
END_TEST

RUN("cli/human", counts_have_their_thousands_apart, sizes_have_two_digits_that_matter,
    spans_are_as_exact_as_people_want_them, times_are_local_and_no_time_is_a_dash)
