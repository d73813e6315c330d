/* Parsers that do what they must not: each costs exactly one message. */
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/jail.h"

#include "../check_main.h"
#include "rig.h"

static struct rig rig;

static void setup(void)
{
	rig_setup(&rig, 1, RIG_PATIENCE_US, 0);
}

START_TEST(a_crash_costs_one_message)
{
	setup();
	rig_pass(&rig);
	rig_costs_one(&rig, "crash", PARSE_KILLED, ERR_INPUT,
		      "the parser was killed by SIGSEGV, twice");
	rig_costs_one(&rig, "abort", PARSE_KILLED, ERR_INPUT,
		      "the parser was killed by SIGABRT, twice");
	rig_teardown(&rig);
}
END_TEST

START_TEST(endless_recursion_costs_one_message)
{
	setup();
	rig_costs_one(&rig, "recurse", PARSE_KILLED, ERR_INPUT,
		      "the parser was killed by SIGSEGV, twice");
	rig_teardown(&rig);
}
END_TEST

START_TEST(an_endless_loop_ends_at_the_deadline)
{
	int64_t since = clock_mono_us();

	rig_setup(&rig, 1, 1000000, 0);
	rig_costs_one(&rig, "loop", PARSE_TIMEOUT, ERR_LIMIT,
		      "the parser took longer than 1 s, twice");
	ck_assert_int_lt(clock_mono_us() - since, 10 * US_PER_S);
	rig_teardown(&rig);
}
END_TEST

START_TEST(an_endless_loop_ends_by_its_cpu_when_the_deadline_is_far)
{
	rig_setup(&rig, 1, 60 * US_PER_S, 0);
	rig_costs_one(&rig, "loop", PARSE_TIMEOUT, ERR_LIMIT,
		      "the parser used more than 5 s of CPU, twice");
	rig_teardown(&rig);
}
END_TEST

START_TEST(never_answering_ends_at_the_deadline)
{
	rig_setup(&rig, 1, 1000500, 0);
	rig_costs_one(&rig, "wait", PARSE_TIMEOUT, ERR_LIMIT,
		      "the parser took longer than 1000 ms, twice");
	rig_teardown(&rig);
}
END_TEST

START_TEST(files_cannot_be_opened)
{
	setup();
	rig_costs_one(&rig, "open", PARSE_ANSWERED, ERR_INPUT, "open: Operation not permitted");
	rig_teardown(&rig);
}
END_TEST

START_TEST(sockets_processes_programs_and_code_cannot_be_made)
{
	static const char *const crimes[] = { "socket", "fork", "execve", "map code", "kill" };

	setup();
	for (size_t i = 0; i < countof(crimes); i++)
		rig_costs_one(&rig, crimes[i], PARSE_FORBIDDEN, ERR_INPUT,
			      "the parser called a forbidden system function, twice");
	rig_teardown(&rig);
}
END_TEST

START_TEST(a_memory_bomb_costs_one_message)
{
	if (jail_is_relaxed()) {
		fprintf(stderr, "\n*** SKIPPED: a_memory_bomb_costs_one_message: a sanitizer build "
				"has no cap on memory ***\n\n");
		return;
	}
	setup();
	rig_costs_one(&rig, "bomb", PARSE_MEMORY, ERR_LIMIT,
		      "the parser ran out of memory (300 MiB), twice");
	rig_teardown(&rig);
}
END_TEST

START_TEST(an_arena_that_is_full_is_an_answer)
{
	setup();
	rig_costs_one(&rig, "fill arena", PARSE_ANSWERED, ERR_LIMIT,
		      "it needs more than 160 MiB of memory");
	rig_teardown(&rig);
}
END_TEST

START_TEST(leaving_costs_one_message)
{
	setup();
	rig_costs_one(&rig, "exit", PARSE_EXITED, ERR_INPUT,
		      "the parser ended by itself (exit code 0), twice");
	rig_teardown(&rig);
}
END_TEST

START_TEST(a_garbage_answer_costs_one_message)
{
	setup();
	rig_costs_one(&rig, "garbage", PARSE_NONSENSE, ERR_INPUT,
		      "the parser answered nonsense: no head, twice");
	rig_teardown(&rig);
}
END_TEST

/* The retry has another serial than the crime knows. */
#define FIRST_TIME "the parser answered nonsense: the answer to another message; the first time, "

START_TEST(an_answer_of_four_gigabytes_costs_one_message)
{
	setup();
	rig_costs_one(&rig, "4 GB", PARSE_NONSENSE, ERR_INPUT,
		      FIRST_TIME "the parser answered nonsense: a reply of 4294967295 bytes");
	rig_teardown(&rig);
}
END_TEST

START_TEST(an_answer_of_a_billion_items_costs_one_message)
{
	setup();
	rig_costs_one(&rig, "1e9 items", PARSE_NONSENSE, ERR_INPUT,
		      FIRST_TIME "the parser answered nonsense: 1000000000 interactions, more than 100");
	rig_teardown(&rig);
}
END_TEST

START_TEST(answering_twice_does_not_reach_the_next_message)
{
	setup();
	/* Whether the second answer is seen with the first depends on time; both are fine. */
	if (rig_run(&rig, &connector_evil, "twice", NULL))
		ck_assert_uint_eq(rig.out.n_items, 0);
	else
		ck_assert_int_eq(rig.verdict.end, PARSE_NONSENSE);
	/* It may come so late that the next message meets it, and passes in a fresh parser. */
	ck_assert(rig_run(&rig, &connector_good, "hello", NULL));
	ck_assert(str_eq(rig.out.items[0].text, STR("hello")));
	rig_pass(&rig);
	rig_teardown(&rig);
}
END_TEST

START_TEST(values_that_cannot_be_cost_one_message)
{
	setup();
	rig_costs_one(&rig, "enum", PARSE_NONSENSE, ERR_INPUT,
		      "the parser answered nonsense: kind 99 does not exist, twice");
	rig_costs_one(&rig, "utf8", PARSE_NONSENSE, ERR_INPUT,
		      "the parser answered nonsense: subject is not UTF-8, twice");
	rig_costs_one(&rig, "details", PARSE_NONSENSE, ERR_INPUT,
		      "the parser answered nonsense: details is not a JSON object, twice");
	rig_teardown(&rig);
}
END_TEST

START_TEST(what_is_too_much_is_an_answer)
{
	setup();
	rig_costs_one(&rig, "text", PARSE_ANSWERED, ERR_LIMIT,
		      "its texts are larger than 4 MiB together");
	rig_costs_one(&rig, "body", PARSE_ANSWERED, ERR_LIMIT,
		      "its attachments are larger than itself");
	rig_teardown(&rig);
}
END_TEST

START_TEST(an_error_of_the_normalizer_is_an_answer)
{
	setup();
	rig_costs_one(&rig, "latin1", PARSE_ANSWERED, ERR_INPUT, "no such charset \"caf?\"?");
	rig_costs_one(&rig, "what?", PARSE_ANSWERED, ERR_INPUT, "no such crime: what?");
	rig_costs_one(&rig, "nothing", PARSE_ANSWERED, ERR_INPUT, "the normalizer gave no reason");
	/* Not a kind that a message can cause. */
	rig_costs_one(&rig, "kind", PARSE_ANSWERED, ERR_INPUT, "the disk is on fire");
	rig_teardown(&rig);
}
END_TEST

RUN("crimes", a_crash_costs_one_message, endless_recursion_costs_one_message,
    an_endless_loop_ends_at_the_deadline, an_endless_loop_ends_by_its_cpu_when_the_deadline_is_far,
    never_answering_ends_at_the_deadline, files_cannot_be_opened,
    sockets_processes_programs_and_code_cannot_be_made, a_memory_bomb_costs_one_message,
    an_arena_that_is_full_is_an_answer, leaving_costs_one_message,
    a_garbage_answer_costs_one_message, an_answer_of_four_gigabytes_costs_one_message,
    an_answer_of_a_billion_items_costs_one_message,
    answering_twice_does_not_reach_the_next_message, values_that_cannot_be_cost_one_message,
    what_is_too_much_is_an_answer, an_error_of_the_normalizer_is_an_answer)
