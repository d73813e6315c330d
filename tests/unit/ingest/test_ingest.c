/* The small parts of the way in: limits, back-off, decisions, the slot file, composed text. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "ingest/decision.h"
#include "ingest/limit.h"
#include "ingest/policy.h"
#include "ingest/slot.h"

#include "../check_main.h"

static struct err err;

START_TEST(a_peer_has_his_rate_and_no_more)
{
	struct limit *l = limit_create();
	const struct conf_rate rate = { .count = 3, .per_us = 60000000 };
	int wait = 0;

	for (int i = 0; i < 3; i++)
		ck_assert(limit_take(l, STR("198.51.100.7"), rate, 1000 + i, &wait));
	ck_assert(!limit_take(l, STR("198.51.100.7"), rate, 1003, &wait));
	ck_assert_int_eq(wait, 20);
	ck_assert(limit_take(l, STR("198.51.100.8"), rate, 1003, &wait));
	ck_assert(limit_take(l, STR("198.51.100.7"), rate, 1003 + 20000000, &wait));
	ck_assert(!limit_take(l, STR("198.51.100.7"), rate, 1003 + 20000000, &wait));
	limit_destroy(l);
}
END_TEST

START_TEST(no_rate_is_no_limit)
{
	struct limit *l = limit_create();
	int wait;

	for (int i = 0; i < 1000; i++)
		ck_assert(limit_take(l, STR("a"), (struct conf_rate){ 0, 0 }, 5, &wait));
	limit_destroy(l);
}
END_TEST

START_TEST(many_peers_do_not_grow_it)
{
	struct limit *l = limit_create();
	const struct conf_rate rate = { .count = 1, .per_us = 60000000 };
	char peer[32];
	int wait;

	for (int i = 0; i < 100000; i++) {
		snprintf(peer, sizeof(peer), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		limit_take(l, str_from(peer), rate, 1000 + i, &wait);
	}
	limit_destroy(l);
}
END_TEST

START_TEST(a_refused_login_is_not_hammered)
{
	for (int i = 0; i < 50; i++) {
		ck_assert_int_ge(policy_back_off_us(ERR_AUTH, 1), INT64_C(900000000));
		ck_assert_int_ge(policy_back_off_us(ERR_AUTH, 2), INT64_C(3600000000));
		ck_assert_int_ge(policy_back_off_us(ERR_AGAIN, 1), 5000000);
		ck_assert_int_lt(policy_back_off_us(ERR_AGAIN, 1), 7000000);
		ck_assert_int_ge(policy_back_off_us(ERR_AGAIN, 60), INT64_C(900000000));
		ck_assert_int_lt(policy_back_off_us(ERR_AGAIN, 60), INT64_C(1100000000));
	}
	ck_assert(policy_is_stop(ERR_CONF));
	ck_assert(!policy_is_stop(ERR_AGAIN));
	ck_assert(policy_is_message(ERR_LIMIT));
	ck_assert(!policy_is_message(ERR_FULL));
}
END_TEST

START_TEST(a_decision_comes_back_as_it_was_written)
{
	const struct decision d = { .what = DECISION_RETRY, .by = STR("root"), .dead_letter = 12345,
				    .failed = STR("input: still broken") };
	struct arena *arena = arena_create(1 << 16);
	struct decision back;
	struct buf out;

	buf_init(&out, 1000);
	decision_json(&d, &out);
	ck_assert_str_eq(out.ptr, "{\"do\":\"retry\",\"by\":\"root\",\"dead_letter\":\"dl_0000000000c1s\","
				  "\"failed\":\"input: still broken\"}");
	ck_assert(decision_parse(buf_str(&out), arena, &back, &err));
	ck_assert_int_eq(back.what, DECISION_RETRY);
	ck_assert_int_eq(back.dead_letter, 12345);
	ck_assert(str_eq(back.failed, d.failed));
	ck_assert(!decision_parse(STR("{\"do\":\"dance\"}"), arena, &back, &err));
	ck_assert_str_eq(err.msg, "decision: \"dance\" is not one this version knows");
	buf_finish(&out);
	arena_destroy(arena);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__	/* whose own handlers report a crash instead */
static void fault(void)
{
	raise(SIGSEGV);
}

static volatile bool is_deep_enough;

static int overflow(int depth)
{
	volatile char room[4096] = { (char)depth };

	return is_deep_enough ? room[0] : overflow(depth + 1) + room[0];
}

static void overflow_the_stack(void)
{
	overflow(0);
}

/* One run of a daemon over this payload; true when it was let in (and then crashed). */
static bool crash_over(const char *dir, struct str body, void (*crash)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (!slot_setup(dir, &err))
			_exit(1);
		if (!slot_enter(body))
			_exit(2);
		crash();
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 2);
	return WIFSIGNALED(status);
}

START_TEST(a_payload_may_crash_us_twice)
{
	char dir[] = "/tmp/daybook-slot-XXXXXX";
	auto_free char *rm = NULL;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	rm = xasprintf("rm -rf %s", dir);
	ck_assert(crash_over(dir, STR("poison"), fault));
	ck_assert(crash_over(dir, STR("poison"), fault));
	ck_assert(!crash_over(dir, STR("poison"), fault));
	ck_assert(crash_over(dir, STR("deep"), overflow_the_stack));
	ck_assert(crash_over(dir, STR("deep"), overflow_the_stack));
	ck_assert(!crash_over(dir, STR("deep"), fault));
	ck_assert(crash_over(dir, STR("another"), fault));
	ck_assert_int_eq(system(rm), 0);
}
END_TEST
#define CRASHES , a_payload_may_crash_us_twice
#else
#define CRASHES
#endif

RUN("ingest", a_peer_has_his_rate_and_no_more, no_rate_is_no_limit, many_peers_do_not_grow_it,
    a_refused_login_is_not_hammered, a_decision_comes_back_as_it_was_written CRASHES)
