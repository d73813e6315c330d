#include <string.h>

#include "imap/cursor.h"

#include "../check_main.h"

static struct cursor cursor_of(const char *text)
{
	struct cursor c;
	struct err err;

	ck_assert(cursor_parse(str_from(text), &c, &err));
	return c;
}

static void expect(const struct cursor *c, const char *want)
{
	char text[CURSOR_TEXT_SIZE];

	ck_assert_str_eq(cursor_format(c, text).ptr, want);
	ck_assert_uint_eq(cursor_format(c, text).len, strlen(want));
}

START_TEST(a_folder_never_seen_starts_at_uid_one)
{
	struct cursor c = cursor_of("");

	expect(&c, "v1 uidvalidity=0 next=1");
	ck_assert(cursor_wants(&c, 1));
	ck_assert_int_eq(cursor_adopt(&c, 77, 5), CURSOR_SAME);
	expect(&c, "v1 uidvalidity=77 next=1");
}
END_TEST

START_TEST(a_text_is_read_back_as_it_was_written)
{
	const char *text = "v1 uidvalidity=4294967295 next=4294967296 gen=2 shut=12 gaps=1@5,3-7@1764000000,9!@12,10-11@9";
	struct cursor c = cursor_of(text);

	expect(&c, text);
	ck_assert_uint_eq(c.n_gaps, 4);
	ck_assert(c.gaps[2].is_stuck);
}
END_TEST

START_TEST(a_broken_text_is_refused_and_changes_nothing)
{
	static const char *const broken[] = {
		"v2 uidvalidity=1 next=1", "v1 uidvalidity=x next=1", "v1 next=0", "v1 next=4294967297",
		"v1 uidvalidity=4294967296 next=1", "v1 next=5 gaps=5@1", "v1 next=9 gaps=3@1,3@1", "v1 next=9 gaps=4-3@1",
		"v1 next=9 gaps=4", "v1 next=9 gaps=0@1", "v1 next=9 gaps=-@1", "v1 next=9 gaps=2@", "v1 next=9 color=3",
		"v1 next=9 gaps=5@1,2@1", "v1  next=3", "v1 next=9 backlog=9 left=1 of=1", "v1 next=9 backlog=3",
		"v1 next=9 backlog=3 left=4 of=3", "v1 next=9 left=2 of=3", "v1 next=9 again=1", "v1 next=9 since=-1",
		"nonsense", "v1 next",
	};
	struct cursor c = cursor_of("v1 uidvalidity=3 next=9");
	struct err err;

	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		ck_assert_msg(!cursor_parse(str_from(broken[i]), &c, &err), "%s", broken[i]);
		ck_assert_int_eq(err.kind, ERR_INPUT);
	}
	ck_assert_str_eq(err.msg, "\"v1 next\" is not a position in a folder");
	expect(&c, "v1 uidvalidity=3 next=9");
}
END_TEST

START_TEST(what_is_skipped_is_a_gap_until_it_turns_up)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=10");

	cursor_done(&c, 10, 100);
	expect(&c, "v1 uidvalidity=7 next=11");
	cursor_done(&c, 15, 200);
	expect(&c, "v1 uidvalidity=7 next=16 gaps=11-14@200");
	ck_assert(cursor_wants(&c, 12));
	ck_assert(!cursor_wants(&c, 15));
	cursor_done(&c, 12, 300);
	expect(&c, "v1 uidvalidity=7 next=16 gaps=11@200,13-14@200");
	cursor_done(&c, 11, 300);
	cursor_done(&c, 14, 300);
	expect(&c, "v1 uidvalidity=7 next=16 gaps=13@200");
	cursor_done(&c, 13, 300);
	cursor_done(&c, 13, 300);
	expect(&c, "v1 uidvalidity=7 next=16");
}
END_TEST

START_TEST(passing_a_range_makes_what_is_left_a_gap)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=10");

	cursor_pass(&c, 9, 100);
	expect(&c, "v1 uidvalidity=7 next=10");
	cursor_pass(&c, 20, 100);
	cursor_pass(&c, 25, 100);
	expect(&c, "v1 uidvalidity=7 next=26 gaps=10-25@100");
	cursor_pass(&c, 26, 101);
	expect(&c, "v1 uidvalidity=7 next=27 gaps=10-25@100,26@101");
}
END_TEST

START_TEST(old_gaps_are_forgotten_but_never_a_stuck_mail)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=10 gaps=1@100,3!@100,5@200");

	cursor_forget(&c, 200);
	expect(&c, "v1 uidvalidity=7 next=10 gaps=3!@100,5@200");
	ck_assert(!cursor_wants(&c, 3));	/* it has its own pace */
	cursor_unstick(&c, 0);
	ck_assert(cursor_wants(&c, 3));
}
END_TEST

START_TEST(a_mail_that_does_not_come_is_stuck_and_does_not_hold_up_the_rest)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=10 gaps=3-5@50");

	ck_assert(cursor_stick(&c, 12, 100));
	expect(&c, "v1 uidvalidity=7 next=13 gaps=3-5@50,10-11@100,12!@100");
	ck_assert(cursor_stick(&c, 4, 100));
	expect(&c, "v1 uidvalidity=7 next=13 gaps=3@50,4!@100,5@50,10-11@100,12!@100");
	ck_assert(cursor_stick(&c, 4, 999));
	expect(&c, "v1 uidvalidity=7 next=13 gaps=3@50,4!@100,5@50,10-11@100,12!@100");
	cursor_done(&c, 4, 200);
	cursor_done(&c, 12, 200);
	expect(&c, "v1 uidvalidity=7 next=13 gaps=3@50,5@50,10-11@100");
}
END_TEST

START_TEST(gaps_are_bounded_and_the_newest_are_kept)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=1");
	char text[CURSOR_TEXT_SIZE];

	for (uint32_t uid = 2; uid <= 1000; uid += 2)
		cursor_done(&c, uid, 1764000000);
	ck_assert_uint_eq(c.n_gaps, CURSOR_MAX_GAPS);
	ck_assert_uint_eq(c.gaps[CURSOR_MAX_GAPS - 1].from, 999);
	ck_assert_uint_eq(c.next, 1001);
	ck_assert_uint_lt(cursor_format(&c, text).len, CURSOR_TEXT_SIZE);
	ck_assert_uint_eq(strlen(text), cursor_format(&c, text).len);
	cursor_of(text);
}
END_TEST

START_TEST(the_longest_text_there_can_be_fits)
{
	struct cursor c = { .uidvalidity = UINT32_MAX, .generation = UINT32_MAX, .next = UINT64_C(1) << 32 };
	char text[CURSOR_TEXT_SIZE];

	for (size_t i = 0; i < CURSOR_MAX_GAPS; i++)
		c.gaps[c.n_gaps++] = (struct cursor_gap){ UINT32_MAX - 1, UINT32_MAX, INT64_MAX, true };
	ck_assert_uint_lt(cursor_format(&c, text).len, CURSOR_TEXT_SIZE);
}
END_TEST

START_TEST(only_stuck_mails_left_means_no_room)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=1");

	for (uint32_t uid = 2; uid <= 2 * CURSOR_MAX_GAPS; uid += 2)
		ck_assert(cursor_stick(&c, uid, 5));
	ck_assert_uint_eq(c.n_gaps, CURSOR_MAX_GAPS);	/* the plain gaps gave way */
	ck_assert(!cursor_stick(&c, 1000, 5));
	ck_assert_uint_eq(c.n_gaps, CURSOR_MAX_GAPS);
	for (size_t i = 0; i < c.n_gaps; i++)
		ck_assert(c.gaps[i].is_stuck);
}
END_TEST

START_TEST(cutting_a_stuck_range_without_room_loses_no_mail)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=1");

	for (uint32_t uid = 10; c.n_gaps < CURSOR_MAX_GAPS; uid += 10)
		c.gaps[c.n_gaps++] = (struct cursor_gap){ uid, uid + 4, 5, true };
	c.next = 10000;
	cursor_done(&c, 12, 9);
	ck_assert_uint_eq(c.gaps[0].from, 10);
	ck_assert_uint_eq(c.gaps[0].to, 14);
}
END_TEST

START_TEST(another_uidvalidity_lists_everything_again)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=100 gen=1 gaps=3@1");

	ck_assert_int_eq(cursor_adopt(&c, 7, 100), CURSOR_SAME);
	ck_assert_int_eq(cursor_adopt(&c, 7, 0), CURSOR_SAME);
	ck_assert_int_eq(cursor_adopt(&c, 8, 50), CURSOR_NEW_EPOCH);
	expect(&c, "v1 uidvalidity=8 next=1");
}
END_TEST

START_TEST(a_uidnext_that_falls_back_starts_a_generation)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=100 gaps=3@1,40-60@1,70@1");

	ck_assert_int_eq(cursor_adopt(&c, 7, 50), CURSOR_WENT_BACK);
	expect(&c, "v1 uidvalidity=7 next=1 gen=1");
}
END_TEST

START_TEST(the_last_uid_there_can_be_is_taken_once)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=4294967295");

	ck_assert(cursor_wants(&c, UINT32_MAX));
	cursor_done(&c, UINT32_MAX, 5);
	expect(&c, "v1 uidvalidity=7 next=4294967296");
	ck_assert(!cursor_wants(&c, UINT32_MAX));
	cursor_pass(&c, UINT32_MAX, 6);
	expect(&c, "v1 uidvalidity=7 next=4294967296");
}
END_TEST

START_TEST(what_was_done_is_wanted_again_once_it_is_reopened)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=200 gaps=10@5,50!@6");

	ck_assert(!cursor_wants(&c, 20));
	ck_assert(cursor_reopen(&c, 20, 22, 9));
	expect(&c, "v1 uidvalidity=7 next=200 gaps=10@5,20-22@9,50!@6");
	ck_assert(cursor_wants(&c, 20) && cursor_wants(&c, 22) && !cursor_wants(&c, 23));
	cursor_done(&c, 21, 10);
	ck_assert(cursor_stick(&c, 22, 11));
	expect(&c, "v1 uidvalidity=7 next=200 gaps=10@5,20@9,22!@11,50!@6");
	for (uint32_t uid = 60; c.n_gaps < CURSOR_MAX_GAPS; uid++)
		ck_assert(cursor_reopen(&c, uid, uid, 12));
	ck_assert(!cursor_reopen(&c, 30, 30, 12));	/* no gap is given up for it */
	ck_assert(cursor_wants(&c, 10));
}
END_TEST

START_TEST(room_is_made_by_the_lowest_gaps_alone)
{
	struct cursor c;

	cursor_init(&c, 1);
	c.next = 1000;
	ck_assert(cursor_reopen(&c, 10, 10, 1));
	ck_assert(cursor_reopen(&c, 20, 20, 2));
	ck_assert(cursor_reopen(&c, 30, 30, 3));
	cursor_make_room(&c, CURSOR_MAX_GAPS - 3);
	ck_assert_uint_eq(c.n_gaps, 3);
	cursor_make_room(&c, CURSOR_MAX_GAPS - 2);
	ck_assert_uint_eq(c.n_gaps, 2);
	ck_assert(!cursor_wants(&c, 10));
	ck_assert(cursor_wants(&c, 20));
	ck_assert(cursor_wants(&c, 30));
}
END_TEST

START_TEST(old_mail_is_put_off_and_taken_from_the_top_down)
{
	struct cursor c = cursor_of("");

	cursor_adopt(&c, 7, 101);
	c.since_s = 50;
	cursor_put_off(&c, 90, 80);
	expect(&c, "v1 uidvalidity=7 next=91 since=50 backlog=90 left=80 of=80");
	ck_assert(cursor_wants(&c, 91) && !cursor_wants(&c, 90));
	ck_assert(cursor_owes(&c, 90) && cursor_owes(&c, 1) && !cursor_owes(&c, 91) && !cursor_owes(&c, 0));
	cursor_done(&c, 91, 5);
	cursor_count_dug(&c, 1);
	cursor_dig(&c, 88);
	expect(&c, "v1 uidvalidity=7 next=92 since=50 backlog=87 left=79 of=80");
	ck_assert(!cursor_owes(&c, 88) && !cursor_wants(&c, 88));
	cursor_dig(&c, 95);		/* not of the backlog */
	cursor_count_dug(&c, 500);	/* more than there were: never "none left" before the end */
	expect(&c, "v1 uidvalidity=7 next=92 since=50 backlog=87 left=1 of=80");
	cursor_dig(&c, 1);
	expect(&c, "v1 uidvalidity=7 next=92 since=50");
}
END_TEST

START_TEST(a_mail_of_the_backlog_that_does_not_come_is_stuck_and_left_to_its_own_pace)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=100 backlog=90 left=90 of=90 gaps=95!@1");
	ck_assert(cursor_stick(&c, 80, 3));
	ck_assert(!cursor_owes(&c, 80) && cursor_is_stuck(&c, 80) && cursor_owes(&c, 79));
	cursor_dig(&c, 70);
	expect(&c, "v1 uidvalidity=7 next=100 backlog=69 left=90 of=90 gaps=80!@3,95!@1");
	cursor_done(&c, 80, 9);
	expect(&c, "v1 uidvalidity=7 next=100 backlog=69 left=90 of=90 gaps=95!@1");
}
END_TEST

START_TEST(what_was_read_with_other_eyes_is_put_off_again)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=100 since=500 gaps=40!@3");

	cursor_put_off_again(&c, 12);
	expect(&c, "v1 uidvalidity=7 next=100 since=500 backlog=99 left=12 of=12 again=1 gaps=40!@3");
	ck_assert(cursor_owes(&c, 99) && !cursor_owes(&c, 40));
	cursor_dig(&c, 1);
	expect(&c, "v1 uidvalidity=7 next=100 since=500 gaps=40!@3");
	ck_assert_int_eq(cursor_adopt(&c, 8, 100), CURSOR_NEW_EPOCH);
	expect(&c, "v1 uidvalidity=8 next=1");
}
END_TEST

/* New mail and old mail in any order, and the process killed after any of them: what is committed is all there is. */
START_TEST(killed_at_any_step_each_uid_is_taken_once)
{
	enum { LAST = 60, FIRST_NEW = 41, N_NEW = 20 };
	char text[CURSOR_TEXT_SIZE];

	for (unsigned seed = 0; seed < 200; seed++) {
		unsigned taken[LAST + N_NEW + 1] = { 0 }, r = seed * 2654435761u + 1;
		struct cursor c = cursor_of("");

		cursor_adopt(&c, 7, LAST + 1);
		cursor_put_off(&c, FIRST_NEW - 1, FIRST_NEW - 1);
		while (c.backlog > 0 || c.next <= LAST + N_NEW) {
			uint32_t uid;

			r = r * 1103515245u + 12345;
			if (c.next <= LAST + N_NEW && (c.backlog == 0 || r >> 30 == 0)) {
				uid = (uint32_t)c.next;
				ck_assert(cursor_wants(&c, uid));
				cursor_done(&c, uid, 1);
			} else {
				uid = c.backlog;
				ck_assert(cursor_owes(&c, uid));
				cursor_count_dug(&c, 1);
				cursor_dig(&c, uid);
			}
			taken[uid]++;
			if ((r >> 16) % 3 == 0)		/* killed, and started again */
				c = cursor_of(cursor_format(&c, text).ptr);
		}
		for (uint32_t uid = 1; uid <= LAST + N_NEW; uid++)
			ck_assert_uint_eq(taken[uid], 1);
		expect(&c, "v1 uidvalidity=7 next=81");
	}
}
END_TEST

/* Nothing tells it from those around it any more, when the digging comes there. */
START_TEST(what_was_stuck_in_the_backlog_is_looked_up_when_it_is_dug_past)
{
	struct cursor c = cursor_of("v1 uidvalidity=7 next=500 backlog=400 left=400 of=400 gaps=300!@9,450@9");

	cursor_done(&c, 450, 10);
	expect(&c, "v1 uidvalidity=7 next=500 backlog=400 left=400 of=400 gaps=300!@9");
	cursor_done(&c, 300, 10);
	expect(&c, "v1 uidvalidity=7 next=500 backlog=400 left=400 of=400 again=1");
}
END_TEST

RUN("imap_cursor", what_was_stuck_in_the_backlog_is_looked_up_when_it_is_dug_past, old_mail_is_put_off_and_taken_from_the_top_down,
    a_mail_of_the_backlog_that_does_not_come_is_stuck_and_left_to_its_own_pace,
    what_was_read_with_other_eyes_is_put_off_again, killed_at_any_step_each_uid_is_taken_once,
    room_is_made_by_the_lowest_gaps_alone, what_was_done_is_wanted_again_once_it_is_reopened, a_folder_never_seen_starts_at_uid_one, a_text_is_read_back_as_it_was_written,
    a_broken_text_is_refused_and_changes_nothing, what_is_skipped_is_a_gap_until_it_turns_up,
    passing_a_range_makes_what_is_left_a_gap, old_gaps_are_forgotten_but_never_a_stuck_mail,
    a_mail_that_does_not_come_is_stuck_and_does_not_hold_up_the_rest, gaps_are_bounded_and_the_newest_are_kept,
    the_longest_text_there_can_be_fits, only_stuck_mails_left_means_no_room,
    cutting_a_stuck_range_without_room_loses_no_mail, another_uidvalidity_lists_everything_again,
    a_uidnext_that_falls_back_starts_a_generation, the_last_uid_there_can_be_is_taken_once)
