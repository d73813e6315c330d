/* Who may come in, who waits, and how long a server is left alone. */
#include "../check_main.h"
#include "base/clock.h"
#include "ingest/caps.h"
#include "ingest/policy.h"

static int called[8], n_called;

static void call(void *arg)
{
	called[n_called++] = (int)(intptr_t)arg;
}

static void make(struct ticket *tickets, int n)
{
	n_called = 0;
	for (int i = 0; i < n; i++)
		tickets[i] = (struct ticket){ .call = call, .arg = (void *)(intptr_t)i };
}

START_TEST(a_place_that_falls_free_goes_to_the_first_of_the_line)
{
	struct ticket k[4];
	struct turnstile t;

	make(k, 4);
	turnstile_init(&t, 2);
	ck_assert(turnstile_enter(&t, &k[0]) && turnstile_enter(&t, &k[1]));
	ck_assert(!turnstile_enter(&t, &k[2]) && !turnstile_enter(&t, &k[3]));
	ck_assert(!turnstile_enter(&t, &k[2]));		/* asks again, keeps its place */
	ck_assert_uint_eq(t.n_waiting, 2);
	ticket_give_back(&k[0]);
	ck_assert(n_called == 1 && called[0] == 2 && k[2].is_inside);
	ck_assert(!turnstile_try(&t, &k[0]));		/* nobody overtakes */
	ck_assert(turnstile_enter(&t, &k[2]));		/* is inside already */
	ticket_give_back(&k[2]);
	ticket_give_back(&k[2]);
	ck_assert(n_called == 2 && called[1] == 3);
	ck_assert_uint_eq(t.n_inside, 2);
}
END_TEST

START_TEST(who_steps_out_of_the_line_leaves_it_whole)
{
	struct ticket k[5];
	struct turnstile t;

	make(k, 5);
	turnstile_init(&t, 1);
	for (int i = 0; i < 4; i++)
		turnstile_enter(&t, &k[i]);
	ticket_give_back(&k[3]);	/* the last of it */
	ck_assert(!turnstile_enter(&t, &k[4]));
	ticket_give_back(&k[1]);	/* and its first */
	ticket_give_back(&k[0]);
	ck_assert(n_called == 1 && called[0] == 2);
	turnstile_set_most(&t, 2);
	ck_assert(n_called == 2 && called[1] == 4 && t.n_waiting == 0);
}
END_TEST

/* A reload to another server. */
START_TEST(who_goes_elsewhere_leaves_no_place_behind)
{
	struct turnstile here, there;
	struct ticket k[3];

	make(k, 3);
	turnstile_init(&here, 1);
	turnstile_init(&there, 1);
	turnstile_enter(&here, &k[0]);
	ck_assert(!turnstile_enter(&here, &k[1]) && here.n_waiting == 1);
	ck_assert(turnstile_enter(&there, &k[1]) && here.n_waiting == 0 && there.n_inside == 1);
	ck_assert(!turnstile_enter(&here, &k[2]));
	ck_assert(!turnstile_enter(&there, &k[0]));	/* out of the one, into the line of the other */
	ck_assert(n_called == 1 && called[0] == 2 && here.n_inside == 1 && there.n_waiting == 1);
}
END_TEST

START_TEST(one_account_has_one_turnstile_whoever_names_it)
{
	struct caps *caps = caps_create(3, 2, 1);
	struct turnstile *a = caps_account(caps, STR("imap.acme.example"), STR("ana"));

	ck_assert_ptr_eq(a, caps_account(caps, STR("IMAP.acme.example"), STR("ana")));
	ck_assert_ptr_ne(a, caps_account(caps, STR("imap.acme.example"), STR("Ana")));
	ck_assert_ptr_ne(a, caps_host(caps, STR("imap.acme.example")));
	ck_assert_uint_eq(a->most, 3);
	ck_assert_uint_eq(caps_host(caps, STR("imap.acme.example"))->most, 2);
	caps_set(caps, 5, 6);
	ck_assert_uint_eq(a->most, 5);
	ck_assert_uint_eq(caps_host(caps, STR("imap.acme.example"))->most, 6);
	caps_destroy(caps);
}
END_TEST

START_TEST(over_its_quota_a_mailbox_rests_for_hours_and_otherwise_as_long_as_it_is_asked_to)
{
	static const int64_t hours[] = { 1, 2, 4, 8, 12, 12 };
	const int64_t hour_us = 3600 * US_PER_S;

	for (unsigned n = 1; n <= 6; n++) {
		int64_t us = policy_throttle_us(true, 5, n);

		ck_assert_int_ge(us, hours[n - 1] * hour_us);
		ck_assert_int_le(us, hours[n - 1] * hour_us * 105 / 100);
	}
	for (int i = 0; i < 50; i++) {
		int64_t us = policy_throttle_us(false, 5000000, 9);

		ck_assert(us >= 5000000 && us < 6500000);
		us = policy_throttle_us(false, 0, 1);
		ck_assert(us >= 30 * US_PER_S && us < 39 * US_PER_S);
		us = policy_throttle_us(false, 0, 1000);
		ck_assert(us >= 900 * US_PER_S && us < 1170 * US_PER_S);
	}
}
END_TEST

RUN("caps", a_place_that_falls_free_goes_to_the_first_of_the_line, who_steps_out_of_the_line_leaves_it_whole,
    who_goes_elsewhere_leaves_no_place_behind,
    one_account_has_one_turnstile_whoever_names_it,
    over_its_quota_a_mailbox_rests_for_hours_and_otherwise_as_long_as_it_is_asked_to)
