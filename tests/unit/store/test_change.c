/* The log of changes. */
#include "../check_main.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/change.h"
#include "store/merge.h"
#include "store/store.h"
#include "store/view.h"

static char dir[64];
static struct store *st;
static struct err err;
static struct view_change seen[64];
static size_t n_seen;

static void setup(void)
{
	strncpy(dir, "/tmp/daybook-change-XXXXXX", sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_msg(store_open(dir, STORE_WRITER, &st, &err), "%s", err.msg);
}

static void cleanup(void)
{
	auto_free char *rm = xasprintf("rm -rf %s", dir);

	store_close(st);
	ck_assert_int_eq(system(rm), 0);
}

static bool take(const struct view_change *change, void *arg)
{
	(void)arg;
	seen[n_seen++] = *change;
	return true;
}

static size_t look(void)
{
	const struct viewer all = { .sees = SEES_ALL };

	n_seen = 0;
	ck_assert_msg(view_each_change(st, &all, INT64_MAX, 0, INT64_MAX, take, NULL, &err), "%s", err.msg);
	return n_seen;
}

static void add_contact(int64_t id, bool keep)
{
	const struct contact_touch first = { .first_us = 1, .last_us = 1, .name = STR("Maria"), .rank = NAME_PROFILE };

	ck_assert(store_begin(st, &err));
	ck_assert_msg(store_put_contact(st, id, 0, &first, &err), "%s", err.msg);
	ck_assert(store_type_name(st, id, STR("Maria S."), 2, &err));
	if (keep)
		ck_assert(store_commit(st, &err));
	else
		store_rollback(st);
}



START_TEST(numbers_have_no_gap_where_a_transaction_is_given_up)
{
	setup();
	add_contact(7, true);
	add_contact(8, false);
	add_contact(9, true);
	ck_assert_uint_eq(look(), 2);
	ck_assert_int_eq(seen[0].seq, 1);
	ck_assert_int_eq(seen[0].id, 7);
	ck_assert_int_eq(seen[0].kind, CHANGE_CONTACT_CREATED);	/* its name in the same breath is no news */
	ck_assert_int_eq(seen[1].seq, 2);
	ck_assert_int_eq(seen[1].id, 9);
	ck_assert_int_eq(store_last_change(st), 2);
	cleanup();
}
END_TEST

START_TEST(numbers_go_on_after_a_start_and_when_the_old_ones_are_dropped)
{
	const int64_t later = clock_wall_us() + 30 * 24 * 3600 * US_PER_S;
	struct change_span span;
	int n;

	setup();
	for (int64_t id = 1; id <= 5; id++)
		add_contact(id, true);
	ck_assert(store_trim_changes(st, clock_wall_us(), 100, &n, &err));
	ck_assert_int_eq(n, 0);
	ck_assert(store_trim_changes(st, later, 3, &n, &err));
	ck_assert_int_eq(n, 3);
	ck_assert(store_trim_changes(st, later, 3, &n, &err));
	ck_assert_int_eq(n, 1);		/* the last one stays: it knows the number */
	store_close(st);
	ck_assert(store_open(dir, STORE_WRITER, &st, &err));
	add_contact(6, true);
	ck_assert(store_change_span(st, &span, &err));
	ck_assert_int_eq(span.first, 5);
	ck_assert_int_eq(span.last, 6);
	cleanup();
}
END_TEST

START_TEST(a_restored_store_gives_no_number_twice)
{
	setup();
	add_contact(1, true);
	ck_assert(store_skip_changes(st, CHANGE_STORE_RESTORED, clock_wall_us(), &err));
	add_contact(2, true);
	ck_assert_uint_eq(look(), 3);
	ck_assert_int_eq(seen[1].kind, CHANGE_STORE_RESTORED);
	ck_assert_int_gt(seen[1].seq, 1000000000);
	ck_assert_int_eq(seen[2].seq, seen[1].seq + 1);
	cleanup();
}
END_TEST

START_TEST(every_kind_has_a_name_of_its_own)
{
	for (int kind = 1; kind < CHANGE_COUNT; kind++)
		ck_assert_int_eq(change_from(str_from(change_name((enum change_kind)kind))), kind);
	ck_assert_int_eq(change_from(STR("contact.sold")), CHANGE_NONE);
}
END_TEST

RUN("store/change", numbers_have_no_gap_where_a_transaction_is_given_up,
    numbers_go_on_after_a_start_and_when_the_old_ones_are_dropped, a_restored_store_gives_no_number_twice,
    every_kind_has_a_name_of_its_own)
