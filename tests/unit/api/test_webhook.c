/* What becomes of a webhook after its attempts. */
#include "../check_main.h"

#include "api/webhook_batch.h"
#include "base/base64.h"
#include "base/clock.h"

static struct batch b;

static void begin(int64_t n_posts)
{
	b = (struct batch){ .arena = arena_create(1 << 16), .n = (size_t)n_posts, .until = 100,
			    .row = { .id = 7, .cursor = 10 } };
	for (int64_t i = 0; i < n_posts; i++)
		b.seqs[i] = 11 + i;
}

static void attempt(int64_t status)
{
	b.attempts[b.n_attempts] = (struct webhook_attempt){ .webhook = 7, .seq = b.seqs[b.n_attempts], .status = status };
	b.n_attempts++;
}

static int64_t after(int64_t n_failures)
{
	begin(1);
	b.row.failures = n_failures - 1;
	attempt(503);
	batch_settle(&b, 0, 20);	/* neither shorter nor longer */
	arena_destroy(b.arena);
	return b.row.next_us / US_PER_S;
}

START_TEST(the_cursor_passes_what_was_taken_and_nothing_else)
{
	begin(3);
	attempt(200);
	attempt(204);
	attempt(500);
	batch_settle(&b, 5 * US_PER_S, 0);
	ck_assert_int_eq(b.row.cursor, 12);
	ck_assert_int_eq(b.row.failures, 1);
	ck_assert_int_eq(b.row.next_us, 9 * US_PER_S);
	ck_assert_int_eq(b.row.disabled_us, 0);
	arena_destroy(b.arena);
	begin(2);
	b.row.failures = 5;
	b.row.failing_since_us = 1;
	attempt(200);
	attempt(200);
	batch_settle(&b, 5, 0);
	ck_assert_int_eq(b.row.cursor, 100);
	ck_assert_int_eq(b.row.failures, 0);
	ck_assert_int_eq(b.row.failing_since_us, 0);
	ck_assert_int_eq(b.row.next_us, 0);
	arena_destroy(b.arena);
	begin(0);		/* nothing of it was for these eyes */
	batch_settle(&b, 5, 0);
	ck_assert_int_eq(b.row.cursor, 100);
	arena_destroy(b.arena);
	begin(3);		/* the time was up behind the first */
	attempt(200);
	batch_settle(&b, 5, 0);
	ck_assert_int_eq(b.row.cursor, 11);
	ck_assert_int_eq(b.row.failures, 0);
	arena_destroy(b.arena);
}
END_TEST

START_TEST(waits_grow_to_eight_hours)
{
	static const int64_t waits[] = { 5, 20, 80, 320, 1280, 5120, 20480, 28800, 28800, 28800 };

	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		ck_assert_int_eq(after((int64_t)i + 1), waits[i]);
}
END_TEST

START_TEST(after_three_days_or_when_it_is_gone_it_is_disabled)
{
	begin(1);
	b.row.failures = 20;
	b.row.failing_since_us = 1;
	attempt(0);
	batch_settle(&b, 3 * 24 * 3600 * US_PER_S, 0);
	ck_assert_int_eq(b.row.disabled_us, 0);
	b.n_attempts = 0;
	attempt(0);
	batch_settle(&b, 3 * 24 * 3600 * US_PER_S + 1, 0);
	ck_assert_int_ne(b.row.disabled_us, 0);
	arena_destroy(b.arena);
	begin(1);
	attempt(410);
	batch_settle(&b, 1, 0);
	ck_assert_int_ne(b.row.disabled_us, 0);
	ck_assert_int_eq(b.row.cursor, 10);
	arena_destroy(b.arena);
}
END_TEST

START_TEST(the_wait_that_it_asks_for_is_kept_within_reason)
{
	begin(1);
	attempt(429);
	b.row.next_us = 600 * US_PER_S;
	batch_settle(&b, 0, 20);
	ck_assert_int_eq(b.row.next_us, 600 * US_PER_S);
	arena_destroy(b.arena);
	begin(1);
	attempt(429);
	b.row.next_us = 900 * 24 * 3600 * US_PER_S;
	batch_settle(&b, 0, 20);
	ck_assert_int_eq(b.row.next_us, 8 * 3600 * US_PER_S);
	arena_destroy(b.arena);
}
END_TEST

/* The example of the Standard Webhooks specification. */
START_TEST(a_signature_is_that_of_the_specification)
{
	struct buf key, text;

	buf_init(&key, 100);
	buf_init(&text, 100);
	ck_assert(base64_read(&key, STR("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")));
	batch_sign(&text, buf_str(&key), STR("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330, STR("{\"test\": 2432232314}"));
	ck_assert_str_eq(text.ptr, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	buf_finish(&key);
	buf_finish(&text);
}
END_TEST

RUN("webhook", the_cursor_passes_what_was_taken_and_nothing_else, waits_grow_to_eight_hours,
    after_three_days_or_when_it_is_gone_it_is_disabled, the_wait_that_it_asks_for_is_kept_within_reason,
    a_signature_is_that_of_the_specification)
