/* How an import bears a daemon that is busy, full or gone. */
#include "../check_main.h"
#include "base/clock.h"
#include "cli/import_patience.h"

static struct import_patience p;

static void refuse(int64_t retry_after_s, int64_t now_s)
{
	import_patience_answered(&p);
	import_patience_refused(&p, retry_after_s, STR("the disk is full"), now_s * US_PER_S);
}

START_TEST(a_refusal_halves_what_flies_and_success_brings_it_back_one_by_one)
{
	import_patience_init(&p);
	ck_assert_uint_eq(p.allowed, 48);
	refuse(0, 1);
	refuse(0, 1);
	ck_assert_uint_eq(p.allowed, 12);
	import_patience_taken(&p);
	ck_assert_uint_eq(p.allowed, 13);
	for (int i = 0; i < 100; i++)
		import_patience_taken(&p);
	ck_assert_uint_eq(p.allowed, 48);
	for (int i = 0; i < 100; i++)
		refuse(0, 1);
	ck_assert_uint_eq(p.allowed, 1);
}
END_TEST

START_TEST(each_rest_is_twice_the_last_up_to_a_bound)
{
	static const int64_t rests_ms[] = { 50, 100, 200, 400, 800, 1600, 3200, 3200 };

	import_patience_init(&p);
	for (size_t i = 0; i < sizeof(rests_ms) / sizeof(*rests_ms); i++) {
		refuse(0, 7);
		ck_assert_int_eq(p.rest_until_us, 7 * US_PER_S + rests_ms[i] * 1000);
	}
	import_patience_taken(&p);
	refuse(0, 7);
	ck_assert_int_eq(p.rest_until_us, 7 * US_PER_S + 50000);
}
END_TEST

START_TEST(the_daemon_may_say_how_long_but_not_for_ever)
{
	import_patience_init(&p);
	refuse(5, 7);
	ck_assert_int_eq(p.rest_until_us, 12 * US_PER_S);
	refuse(86400, 7);
	ck_assert_int_eq(p.rest_until_us, 37 * US_PER_S);
}
END_TEST

START_TEST(a_minute_of_refusals_is_enough)
{
	import_patience_init(&p);
	refuse(0, 10);
	refuse(0, 50);
	ck_assert_int_eq(import_patience_verdict(&p, 70 * US_PER_S), IMPORT_GO_ON);
	ck_assert_int_eq(import_patience_verdict(&p, 70 * US_PER_S + 1), IMPORT_REFUSED_TOO_LONG);
	ck_assert_str_eq(p.refusal, "the disk is full");
	import_patience_taken(&p);
	ck_assert_int_eq(import_patience_verdict(&p, 1000 * US_PER_S), IMPORT_GO_ON);
}
END_TEST

START_TEST(a_daemon_that_was_there_is_waited_for)
{
	import_patience_init(&p);
	import_patience_answered(&p);
	import_patience_lost(&p, 10 * US_PER_S);
	import_patience_lost(&p, 30 * US_PER_S);
	ck_assert_uint_eq(p.allowed, 1);
	ck_assert_int_eq(p.rest_until_us, 30 * US_PER_S + 250000);
	ck_assert_int_eq(import_patience_verdict(&p, 40 * US_PER_S), IMPORT_GO_ON);
	ck_assert_int_eq(import_patience_verdict(&p, 40 * US_PER_S + 1), IMPORT_GONE_TOO_LONG);
	import_patience_answered(&p);
	ck_assert_int_eq(import_patience_verdict(&p, 1000 * US_PER_S), IMPORT_GO_ON);
}
END_TEST

START_TEST(one_that_was_never_there_is_not)
{
	import_patience_init(&p);
	ck_assert_int_eq(import_patience_verdict(&p, 10 * US_PER_S), IMPORT_GO_ON);
	import_patience_lost(&p, 10 * US_PER_S);
	ck_assert_int_eq(import_patience_verdict(&p, 10 * US_PER_S), IMPORT_NEVER_THERE);
}
END_TEST

RUN("cli/import_patience", a_refusal_halves_what_flies_and_success_brings_it_back_one_by_one,
    each_rest_is_twice_the_last_up_to_a_bound, the_daemon_may_say_how_long_but_not_for_ever,
    a_minute_of_refusals_is_enough, a_daemon_that_was_there_is_waited_for, one_that_was_never_there_is_not)
