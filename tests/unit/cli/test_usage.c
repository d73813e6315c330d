/* The words of the command line, told apart by the usage texts. */
#include "../check_main.h"
#include "cli/commands.h"
#include "words.h"

static const char usage[] = "CONTACT [-n N] [--channel LIST] [--all] [--dry-run]";
static struct words words;
static struct err err;

static bool take(bool is_text, const char *line)
{
	static struct typed typed;

	words_free(&words);
	type(&typed, line);
	return usage_read(usage, is_text, typed.n, typed.words, &words, &err);
}

static const struct command *find(const char *line, int *n)
{
	struct typed typed;

	type(&typed, line);
	return command_find(typed.n, typed.words, n);
}

START_TEST(a_usage_text_declares_options)
{
	ck_assert_int_eq(usage_find(usage, STR("-n")), USAGE_VALUE);
	ck_assert_int_eq(usage_find(usage, STR("--channel")), USAGE_VALUE);
	ck_assert_int_eq(usage_find(usage, STR("--all")), USAGE_FLAG);
	ck_assert_int_eq(usage_find(usage, STR("--dry-run")), USAGE_FLAG);
	ck_assert_int_eq(usage_find(usage, STR("--dry")), USAGE_UNKNOWN);
	ck_assert_int_eq(usage_find(usage, STR("-run")), USAGE_UNKNOWN);
	ck_assert_int_eq(usage_find("", STR("-n")), USAGE_UNKNOWN);
}
END_TEST

START_TEST(options_are_found_wherever_they_stand)
{
	ck_assert(take(false, "--all maria -n 5 --channel=email"));
	ck_assert_int_eq(words.n_items, 1);
	ck_assert_str_eq(words.items[0], "maria");
	ck_assert_str_eq(words_find(&words, "-n")->value, "5");
	ck_assert_str_eq(words_find(&words, "--channel")->value, "email");
	ck_assert_ptr_null(words_find(&words, "--all")->value);
	ck_assert_ptr_null(words_find(&words, "--dry-run"));
	ck_assert(take(false, "-n5"));
	ck_assert_str_eq(words_find(&words, "-n")->value, "5");
}
END_TEST

START_TEST(the_last_of_two_wins)
{
	ck_assert(take(false, "-n 1 -n 2"));
	ck_assert_str_eq(words_find(&words, "-n")->value, "2");
}
END_TEST

START_TEST(what_is_wrong_with_an_option_is_said)
{
	ck_assert(!take(false, "--nope"));
	ck_assert_str_eq(err.msg, "\"--nope\" is no option of this command");
	ck_assert(!take(false, "x --channel"));
	ck_assert_str_eq(err.msg, "--channel wants a value");
	ck_assert(!take(false, "--all=yes"));
	ck_assert_str_eq(err.msg, "--all takes no value");
	words_free(&words);
}
END_TEST

START_TEST(behind_two_dashes_nothing_is_an_option)
{
	ck_assert(take(false, "-- --all -n"));
	ck_assert_int_eq(words.n_items, 2);
	ck_assert_str_eq(words.items[0], "--all");
	ck_assert_ptr_null(words_find(&words, "--all"));
}
END_TEST

START_TEST(a_text_may_begin_with_a_dash)
{
	ck_assert(take(true, "-hello - -nobody --nope"));
	ck_assert_int_eq(words.n_items, 4);
	ck_assert(take(true, "-n 5 x"));
	ck_assert_int_eq(words.n_items, 1);
	words_free(&words);
}
END_TEST

START_TEST(the_longer_name_of_a_command_wins)
{
	int n;

	ck_assert_str_eq(find("contact show x", &n)->name, "contact show");
	ck_assert_int_eq(n, 2);
	ck_assert_str_eq(find("help me", &n)->name, "help");
	ck_assert_int_eq(n, 1);
	ck_assert_ptr_null(find("contact frob", &n));
	ck_assert_ptr_null(find("", &n));
}
END_TEST

START_TEST(every_command_is_whole)
{
	for (const struct command *c = commands; c->name != NULL; c++) {
		ck_assert_msg(c->run != NULL && c->arguments != NULL && c->summary[0] != '\0', "%s", c->name);
		ck_assert_msg(c->max_args < 0 || c->max_args >= c->min_args, "%s", c->name);
	}
}
END_TEST

RUN("cli/usage", a_usage_text_declares_options, options_are_found_wherever_they_stand, the_last_of_two_wins,
    what_is_wrong_with_an_option_is_said, behind_two_dashes_nothing_is_an_option, a_text_may_begin_with_a_dash,
    the_longer_name_of_a_command_wins, every_command_is_whole)
