#include "imap/uidset.h"

#include "../check_main.h"

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static struct uidset set_of(const uint32_t *uids, size_t n)
{
	struct uidset set = { 0 };

	for (size_t i = 0; i < n; i++)
		uidset_add(&set, uids[i]);
	uidset_sort(&set);
	return set;
}

START_TEST(what_is_listed_and_not_known_is_absent)
{
	static const uint32_t known[] = { 7, 3, 5, 3, 100 }, listed[] = { 2, 3, 4, 7, 99 };
	struct uidset set = set_of(known, COUNT(known));
	uint32_t absent[COUNT(listed)];
	size_t n_vanished, n = uidset_compare(&set, 1, 99, listed, COUNT(listed), absent, &n_vanished);

	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(absent[0], 2);
	ck_assert_uint_eq(absent[1], 4);
	ck_assert_uint_eq(absent[2], 99);
	ck_assert_uint_eq(n_vanished, 1);	/* 5; 100 is above what was asked for */
	uidset_finish(&set);
}
END_TEST

START_TEST(ranges_side_by_side_count_each_uid_once)
{
	static const uint32_t known[] = { 1, 10, 11, 20, UINT32_MAX };
	struct uidset set = set_of(known, COUNT(known));
	uint32_t absent[1];
	size_t a, b, c;

	ck_assert_uint_eq(uidset_compare(&set, 1, 10, NULL, 0, absent, &a), 0);
	ck_assert_uint_eq(uidset_compare(&set, 11, 20, NULL, 0, absent, &b), 0);
	ck_assert_uint_eq(uidset_compare(&set, 21, UINT32_MAX, NULL, 0, absent, &c), 0);
	ck_assert_uint_eq(a, 2);
	ck_assert_uint_eq(b, 2);
	ck_assert_uint_eq(c, 1);
	uidset_finish(&set);
}
END_TEST

START_TEST(an_empty_set_knows_nothing_and_lost_nothing)
{
	static const uint32_t listed[] = { 1, UINT32_MAX };
	struct uidset set = { 0 };
	uint32_t absent[2];
	size_t n_vanished;

	uidset_sort(&set);
	ck_assert_uint_eq(uidset_compare(&set, 1, UINT32_MAX, listed, 2, absent, &n_vanished), 2);
	ck_assert_uint_eq(absent[1], UINT32_MAX);
	ck_assert_uint_eq(n_vanished, 0);
	uidset_finish(&set);
}
END_TEST

/* Against the plainest way there is, over random sets. */
START_TEST(it_agrees_with_counting_one_by_one)
{
	enum { SPACE = 300 };

	srandom(1);
	for (int round = 0; round < 2000; round++) {
		bool is_known[SPACE + 1] = { false }, is_listed[SPACE + 1] = { false };
		uint32_t from = 1 + (uint32_t)random() % SPACE, to = from + (uint32_t)random() % (SPACE - from + 1);
		uint32_t listed[SPACE], absent[SPACE];
		size_t n_listed = 0, n_want = 0, n_gone = 0, n_vanished, n;
		struct uidset set = { 0 };

		for (int i = 0; i < SPACE; i++) {
			uint32_t uid = 1 + (uint32_t)random() % SPACE;

			is_known[uid] = true;
			uidset_add(&set, uid);
			is_listed[1 + random() % SPACE] = true;
		}
		uidset_sort(&set);
		for (uint32_t uid = from; uid <= to; uid++) {
			if (is_listed[uid])
				listed[n_listed++] = uid;
			n_want += is_listed[uid] && !is_known[uid];
			n_gone += is_known[uid] && !is_listed[uid];
		}
		n = uidset_compare(&set, from, to, listed, n_listed, absent, &n_vanished);
		ck_assert_uint_eq(n, n_want);
		ck_assert_uint_eq(n_vanished, n_gone);
		for (size_t i = 0; i < n; i++)
			ck_assert(is_listed[absent[i]] && !is_known[absent[i]]);
		uidset_finish(&set);
	}
}
END_TEST

START_TEST(a_million_mails_take_some_megabytes)
{
	struct uidset set = { 0 };

	for (uint32_t uid = 1000000; uid > 0; uid--)
		uidset_add(&set, uid);
	uidset_sort(&set);
	ck_assert_uint_eq(set.n, 1000000);
	ck_assert_uint_le(set.room * sizeof(*set.uids), 8 << 20);
	uidset_finish(&set);
}
END_TEST

RUN("imap_uidset", what_is_listed_and_not_known_is_absent, ranges_side_by_side_count_each_uid_once,
    an_empty_set_knows_nothing_and_lost_nothing, it_agrees_with_counting_one_by_one,
    a_million_mails_take_some_megabytes)
