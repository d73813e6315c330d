/* What an import has read and the daemon has not answered yet. */
#include "../check_main.h"
#include "base/mem.h"
#include "cli/import_window.h"

static struct import_window w;

/* A mail of n bytes whose mark is this; NULL when there is no place. */
static struct import_entry *add(const char *mark, size_t n)
{
	struct import_entry *e = import_window_place(&w);

	if (e == NULL)
		return NULL;
	e->mail = (struct import_mail){ .bytes = xcalloc(1, n), .n_bytes = n, .origin = xasprintf("mail %s", mark),
					.mark = xasprintf("%s", mark) };
	import_window_add(&w);
	return e;
}

static void answer(struct import_entry *e)
{
	import_window_launch(&w, e);
	import_window_land(&w, e);
	import_window_settle(&w, e);
}

START_TEST(the_mark_moves_over_an_unbroken_row_of_answers_only)
{
	struct import_entry *a, *b, *c;

	import_window_init(&w);
	a = add("a", 1);
	b = add("b", 1);
	c = add("c", 1);
	ck_assert_ptr_null(w.mark);
	answer(b);
	ck_assert_ptr_null(w.mark);
	answer(a);
	ck_assert_str_eq(w.mark, "b");
	answer(c);
	ck_assert_str_eq(w.mark, "c");
	ck_assert(w.first == w.next && w.n_waiting == 0);
	import_window_finish(&w);
}
END_TEST

START_TEST(the_oldest_that_waits_goes_first_and_again_after_it_came_back)
{
	struct import_entry *a, *b;

	import_window_init(&w);
	a = add("a", 10);
	b = add("b", 5);
	ck_assert_ptr_eq(import_window_waiting(&w), a);
	import_window_launch(&w, a);
	ck_assert_ptr_eq(import_window_waiting(&w), b);
	import_window_launch(&w, b);
	ck_assert_ptr_null(import_window_waiting(&w));
	ck_assert(w.n_flying == 2 && w.flying_bytes == 15);
	import_window_land(&w, b);
	ck_assert_ptr_eq(import_window_waiting(&w), b);
	import_window_land(&w, a);
	ck_assert_ptr_eq(import_window_waiting(&w), a);
	ck_assert(w.n_flying == 0 && w.flying_bytes == 0 && w.n_waiting == 2);
	import_window_finish(&w);
}
END_TEST

START_TEST(it_is_full_until_the_oldest_is_answered)
{
	struct import_entry *first;

	import_window_init(&w);
	first = add("first", 1);
	while (w.next < 512)
		ck_assert_ptr_nonnull(add("more", 1));
	ck_assert_ptr_null(import_window_place(&w));
	answer(first);
	ck_assert_ptr_eq(add("round the ring", 1), first);
	ck_assert_ptr_null(import_window_place(&w));
	import_window_finish(&w);
}
END_TEST

RUN("cli/import_window", the_mark_moves_over_an_unbroken_row_of_answers_only,
    the_oldest_that_waits_goes_first_and_again_after_it_came_back, it_is_full_until_the_oldest_is_answered)
