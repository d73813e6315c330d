/* What servers say when they have had enough, and how much a mailbox may bring in a day. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "imap/budget.h"
#include "imap/throttle.h"

#include "../check_main.h"

#define HOUR_S INT64_C(3600)

START_TEST(each_word_of_a_server_means_what_it_is_known_for)
{
	static const struct {
		const char *line;
		enum throttle_kind kind;
		int64_t wait_ms;
		bool is_for_all;
	} cases[] = {
		{ "* BYE [OVERQUOTA] Account exceeded command or bandwidth limits.", THROTTLE_QUOTA, 0, true },
		{ "3 NO [OVERQUOTA] Account exceeded command or bandwidth limits. 1mb12", THROTTLE_QUOTA, 0, true },
		{ "3 NO [ALERT] Too many simultaneous connections. (Failure)", THROTTLE_BUSY, 0, true },
		{ "5 BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds", THROTTLE_BUSY, 299961, true },
		{ "5 BAD Request is throttled. Suggested Backoff Time:7 milliseconds", THROTTLE_BUSY, 7, true },
		{ "5 BAD Request is throttled. Suggested Backoff Time: soon", THROTTLE_BUSY, 0, true },
		{ "5 BAD Request is throttled. Suggested Backoff Time: 99999999999999999999 ms", THROTTLE_BUSY, 3600000, true },
		{ "5 BAD Request is throttled. Suggested Backoff Time: 36000000 ms", THROTTLE_BUSY, 3600000, true },
		{ "* BYE Connection limit reached", THROTTLE_BUSY, 0, true },
		{ "2 NO [UNAVAILABLE] later", THROTTLE_BUSY, 0, false },
		{ "2 NO [INUSE] Mailbox is being compacted", THROTTLE_BUSY, 0, false },
		{ "2 NO [LIMIT] x", THROTTLE_BUSY, 0, false },
		{ "2 NO [SERVERBUG] oops", THROTTLE_PASSING, 0, false },
		{ "2 NO Temporary failure", THROTTLE_PASSING, 0, false },
		{ "2 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)", THROTTLE_NONE, 0, false },
		{ "2 BAD Unknown command", THROTTLE_NONE, 0, false },
		/* A warning about the mailbox's own size (RFC 5530). */
		{ "* NO [OVERQUOTA] Soft quota has been exceeded", THROTTLE_NONE, 0, false },
		{ "", THROTTLE_NONE, 0, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str line = str_from(cases[i].line);
		struct throttle t = throttle_read(line);

		ck_assert_msg(t.kind == cases[i].kind && t.wait_us == cases[i].wait_ms * US_PER_MS &&
			      throttle_is_for_all(line) == cases[i].is_for_all, "%s: %d, %lld", cases[i].line, (int)t.kind,
			      (long long)t.wait_us);
	}
}
END_TEST

START_TEST(a_day_s_budget_survives_as_a_text_and_ends_at_midnight)
{
	int64_t noon_us = INT64_C(1763985600) * US_PER_S;	/* 2025-11-24 12:00 UTC */
	char text[BUDGET_TEXT_SIZE];
	struct budget b, again;

	setenv("TZ", "UTC", 1);
	tzset();
	budget_parse(&b, STR(""));
	ck_assert(budget_roll(&b, noon_us));
	ck_assert_int_eq(b.until_s, 1763985600 + 12 * HOUR_S);
	budget_spend(&b, 1000);
	ck_assert_str_eq(budget_format(&b, text).ptr, "budget until=1764028800 bytes=1000");
	budget_parse(&again, budget_format(&b, text));
	ck_assert(!budget_roll(&again, noon_us + HOUR_S * US_PER_S));
	ck_assert(budget_is_spent(&again, 1000) && !budget_is_spent(&again, 1001) && !budget_is_spent(&again, 0));
	ck_assert(budget_roll(&again, noon_us + 12 * HOUR_S * US_PER_S));
	ck_assert(again.bytes == 0 && again.until_s == b.until_s + 24 * HOUR_S);
}
END_TEST

START_TEST(a_clock_that_is_set_back_begins_no_other_day)
{
	struct budget b;

	budget_parse(&b, STR("budget until=1764028800 bytes=500"));
	ck_assert(budget_roll(&b, INT64_C(1763000000) * US_PER_S));
	ck_assert_int_eq(b.bytes, 500);
	ck_assert_int_le(b.until_s, 1763000000 + 25 * HOUR_S);
}
END_TEST

START_TEST(what_the_provider_has_stopped_is_spent_without_a_limit_as_well)
{
	char text[BUDGET_TEXT_SIZE];
	struct budget b = { .until_s = 5 };

	budget_exhaust(&b);
	budget_spend(&b, INT64_MAX / 3);
	ck_assert(budget_is_spent(&b, 0) && budget_is_spent(&b, INT64_MAX / 4));
	budget_parse(&b, budget_format(&b, text));
	ck_assert(budget_is_spent(&b, 0));
}
END_TEST

START_TEST(a_text_that_nobody_can_read_is_a_new_budget)
{
	static const char *const broken[] = { "budget", "budget until=x bytes=1", "v1 next=3", "budget until=5",
					      "budget bytes=1 until=5", "budget until=-5 bytes=1" };
	struct budget b;

	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		b = (struct budget){ 9, 9 };
		budget_parse(&b, str_from(broken[i]));
		ck_assert_msg(b.until_s == 0 && b.bytes == 0, "%s", broken[i]);
	}
}
END_TEST

RUN("imap_throttle", each_word_of_a_server_means_what_it_is_known_for, a_day_s_budget_survives_as_a_text_and_ends_at_midnight,
    a_clock_that_is_set_back_begins_no_other_day, what_the_provider_has_stopped_is_spent_without_a_limit_as_well,
    a_text_that_nobody_can_read_is_a_new_budget)
