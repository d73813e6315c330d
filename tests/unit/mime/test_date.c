#include "mime/date.h"

#include "base/clock.h"

#include "../check_main.h"

static const char *parsed(const char *text)
{
	static char out[CLOCK_TEXT_SIZE];
	int64_t us;

	return date_parse(str_from(text), &us) ? clock_format(us, out) : "none";
}

START_TEST(the_forms_of_the_standards_are_read)
{
	ck_assert_str_eq(parsed("Mon, 14 Sep 2026 12:00:05 -0300"), "2026-09-14T15:00:05.000Z");
	ck_assert_str_eq(parsed("14 Sep 2026 12:00 +0000"), "2026-09-14T12:00:00.000Z");
	ck_assert_str_eq(parsed("14 Sep 94 12:00:00 EST"), "1994-09-14T17:00:00.000Z");
	ck_assert_str_eq(parsed("14 Sep 49 12:00:00 GMT"), "2049-09-14T12:00:00.000Z");
	ck_assert_str_eq(parsed("Mon Sep 14 16:00:00 2026"), "2026-09-14T16:00:00.000Z");
	ck_assert_str_eq(parsed("2026-09-14T12:00:00-03:00"), "2026-09-14T15:00:00.000Z");
	ck_assert_str_eq(parsed("14-Sep-2026 15:00:02 +0000"), "2026-09-14T15:00:02.000Z");
	ck_assert_str_eq(parsed("Sat, 29 Feb 2020 23:59:60 +0000"), "2020-03-01T00:00:00.000Z");
}
END_TEST

START_TEST(comments_and_odd_zones_do_not_disturb)
{
	ck_assert_str_eq(parsed("Mon, 1 Apr 2024 10:00:00 (EDT) -0400"), "2024-04-01T14:00:00.000Z");
	ck_assert_str_eq(parsed("Mon, 1 Apr 2024 10:00:00 +0200 (a (b) c)"), "2024-04-01T08:00:00.000Z");
	ck_assert_str_eq(parsed("Mon, 1 Apr 2024 10:00:00 GMT+0200"), "2024-04-01T10:00:00.000Z");
	ck_assert_str_eq(parsed("Mon, 1 Apr 2024 10:00:00 XYZ"), "2024-04-01T10:00:00.000Z");
	ck_assert_str_eq(parsed("Mon, 1 Apr 2024 10:00:00 PM -0300"), "2024-04-02T01:00:00.000Z");
	ck_assert_str_eq(parsed("Mon,1 Apr 2024 10:00:00.250+0200"), "2024-04-01T08:00:00.000Z");
}
END_TEST

START_TEST(what_is_no_date_is_none)
{
	ck_assert_str_eq(parsed(""), "none");
	ck_assert_str_eq(parsed("yesterday"), "none");
	ck_assert_str_eq(parsed("Mon, 31 Feb 2026 10:00:00 +0000"), "none");
	ck_assert_str_eq(parsed("Mon, 14 Sep 2026 25:61:00 +0000"), "none");
	ck_assert_str_eq(parsed("14 Sep 1899 10:00:00 +0000"), "none");
	ck_assert_str_eq(parsed("14 Sep 2026"), "none");
	ck_assert_str_eq(parsed("11111111111111111111111111111111111111"), "none");
	ck_assert_str_eq(parsed("((((((((((((((((((((14 Sep 2026 10:00"), "none");
}
END_TEST

START_TEST(a_received_field_has_its_date_behind_the_last_semicolon)
{
	int64_t us;

	ck_assert(date_of_received(STR("from a (b; c) by d; id 1;\r\n Mon, 14 Sep 2026 12:00:02 -0300"), &us));
	ck_assert_int_eq(us, INT64_C(1789398002000000));
	ck_assert(!date_of_received(STR("from a by b"), &us));
}
END_TEST

RUN("mime-date", the_forms_of_the_standards_are_read, comments_and_odd_zones_do_not_disturb,
    what_is_no_date_is_none, a_received_field_has_its_date_behind_the_last_semicolon)
