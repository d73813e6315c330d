/* Contacts. */
#include "../check_main.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/change.h"
#include "store/owner.h"
#include "store/source.h"
#include "store/store.h"

static char dir[64];
static struct store *st;
static struct err err;

static void setup(void)
{
	strncpy(dir, "/tmp/daybook-people-XXXXXX", sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_msg(store_open(dir, STORE_WRITER, &st, &err), "%s", err.msg);
}

static void cleanup(void)
{
	auto_free char *rm = xasprintf("rm -rf %s", dir);

	store_close(st);
	ck_assert_int_eq(system(rm), 0);
}

static bool take_contact(const struct contact_row *row, void *arg)
{
	auto_free char *name = xstrndup(row->name.ptr, row->name.len);

	snprintf(arg, 100, "%s %lld %lld", name, (long long)row->first_us, (long long)row->last_us);
	return true;
}

/* What is said of one contact after these touches, the first of which made it. */
static void touch_all(const struct contact_touch *touches, const size_t *order, size_t n, char out[100])
{
	setup();
	ck_assert(store_begin(st, &err));
	ck_assert_msg(store_put_contact(st, 77, 0, &touches[order[0]], &err), "%s", err.msg);
	for (size_t i = 1; i < n; i++)
		ck_assert_msg(store_touch_contact(st, 77, &touches[order[i]], &err), "%s", err.msg);
	ck_assert(store_commit(st, &err));
	ck_assert(store_each_contact(st, take_contact, out, &err));
	cleanup();
}

START_TEST(the_order_of_its_entries_is_nothing_to_a_contact)
{
	const struct contact_touch touches[] = {
		{ .first_us = 30, .last_us = 30, .name = STR("Maria Silva"), .rank = NAME_PROFILE, .named_us = 30 },
		{ .first_us = 50, .last_us = 50, .name = STR("maria"), .rank = NAME_HANDLE, .named_us = 50 },
		{ .first_us = 40, .last_us = 40, .name = STR("Maria S. Silva"), .rank = NAME_PROFILE, .named_us = 40 },
		{ .first_us = 40, .last_us = 40, .name = STR("MARIA"), .rank = NAME_PROFILE, .named_us = 40 },
		{ .first_us = 60, .last_us = 60, .name = STR("maria@example.com") },
	};
	static const size_t orders[][5] = { { 0, 1, 2, 3, 4 }, { 4, 3, 2, 1, 0 }, { 1, 4, 0, 3, 2 }, { 2, 0, 4, 1, 3 } };
	char found[100];

	for (size_t i = 0; i < countof(orders); i++) {
		touch_all(touches, orders[i], 5, found);
		ck_assert_str_eq(found, "Maria S. Silva 30 60");
	}
}
END_TEST

static int64_t last_change(const struct contact_touch *touch)
{
	ck_assert(store_begin(st, &err));
	ck_assert_msg(store_touch_contact(st, 77, touch, &err), "%s", err.msg);
	ck_assert(store_commit(st, &err));
	return store_last_change(st);
}

START_TEST(a_message_that_repeats_the_name_changes_nobody)
{
	struct contact_touch touch = { .first_us = 30, .last_us = 30, .name = STR("Maria"), .rank = NAME_PROFILE, .named_us = 30 };
	char found[100];
	int64_t before;

	setup();
	ck_assert(store_begin(st, &err));
	ck_assert(store_put_contact(st, 77, 0, &touch, &err));
	ck_assert(store_commit(st, &err));
	before = store_last_change(st);
	touch.last_us = touch.named_us = 50;
	ck_assert_int_eq(last_change(&touch), before);
	/* The time of it counts: what was said in between is older. */
	touch.name = STR("Mary");
	touch.named_us = 40;
	ck_assert_int_eq(last_change(&touch), before);
	touch.named_us = 60;
	ck_assert_int_eq(last_change(&touch), before + 1);
	ck_assert(store_each_contact(st, take_contact, found, &err));
	ck_assert_str_eq(found, "Mary 30 50");
	cleanup();
}
END_TEST

/* One after the other by the same handle, as an export does. */
START_TEST(each_contact_has_the_sources_of_its_own_fields)
{
	const struct contact_touch none = { .first_us = 30, .last_us = 30 };
	const struct contact_touch given = { .first_us = 30, .last_us = 30, .name = STR("Maria"), .rank = NAME_GIVEN, .named_us = 40 };
	struct contact_sources s;

	setup();
	ck_assert(store_begin(st, &err));
	ck_assert(store_put_contact(st, 77, 0, &none, &err) && store_put_contact(st, 78, 0, &given, &err));
	ck_assert(store_assign_owner(st, 78, STR("ana"), 50, &err) && store_assign_company(st, 78, STR("Steel"), 60, &err));
	ck_assert(store_settle_owner(st, 78, &err) && store_commit(st, &err));
	for (int i = 0; i < 2; i++) {
		ck_assert(store_get_sources(st, 77, &s, &err));
		ck_assert(s.name.rule == FIELD_EMPTY && s.company.rule == FIELD_EMPTY && s.owner.rule == FIELD_EMPTY);
		ck_assert(store_get_sources(st, 78, &s, &err));
		ck_assert(s.name.rule == FIELD_FORM && s.name.at_us == 40 && s.owner.rule == FIELD_PERSON && s.owner.at_us == 50);
		ck_assert(s.company.rule == FIELD_PERSON && s.company.at_us == 60);
	}
	cleanup();
}
END_TEST

RUN("store/people", the_order_of_its_entries_is_nothing_to_a_contact, a_message_that_repeats_the_name_changes_nobody,
    each_contact_has_the_sources_of_its_own_fields)
