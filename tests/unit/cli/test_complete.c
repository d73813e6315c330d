/* What the shells offer. */
#include "../check_main.h"
#include "cli/complete.h"
#include "words.h"

static int nothing(struct cli *cli)
{
	(void)cli;
	return 0;
}

static const struct command table[] = {
	{ "status", "[--watch]", "-", nothing, 0, 0 },
	{ "contact show", "CONTACT", "-", nothing, 1, 1 },
	{ "contact merge", "CONTACT CONTACT", "-", nothing, 2, 2 },
	{ "ledger", "[--connector NAME] [--after ENTRY]", "-", nothing, 0, 0 },
	{ "import", "mbox|maildir|eml PATH...", "-", nothing, 2, -1 },
	{ "drop", "[ID...] [--connector NAME] [--all]", "-", nothing, 0, -1 },
	{ "user passwd", "PERSON... [--remove]", "-", nothing, 1, -1 },
	{ "complete", "WORD...", "-", nothing, 0, -1, .is_hidden = true },
	{ "help", "[COMMAND...]", "-", nothing, 0, 2 },
	{ 0 },
};

static struct buf out;
static const char *config;
static enum complete_what what;

static const char *offers(const char *line)
{
	static struct typed typed;

	type(&typed, line);
	buf_finish(&out);
	buf_init(&out, 1 << 16);
	config = "default";
	what = complete(table, typed.n, typed.words, &config, &out);
	buf_addc(&out, '\0');
	return out.ptr;
}

START_TEST(the_first_word_is_a_command)
{
	ck_assert_str_eq(offers(""), "status\ncontact\nledger\nimport\ndrop\nuser\nhelp\n");
	ck_assert_str_eq(offers("st"), "status\n");
	ck_assert_str_eq(offers("x"), "");
}
END_TEST

START_TEST(the_second_word_of_two_is_offered_behind_the_first)
{
	ck_assert_str_eq(offers("contact "), "show\nmerge\n");
	ck_assert_str_eq(offers("contact m"), "merge\n");
}
END_TEST

START_TEST(options_are_those_of_the_command)
{
	ck_assert_str_eq(offers("ledger --"), "--connector\n--after\n--json\n--help\n");
	ck_assert_str_eq(offers("status --w"), "--watch\n");
	ck_assert_str_eq(offers("-"), "--version\n--json\n--help\n-c\n");
}
END_TEST

START_TEST(values_are_what_the_usage_says)
{
	offers("ledger --connector s");
	ck_assert_int_eq(what, COMPLETE_CONNECTORS);
	offers("ledger --connector = s");
	ck_assert_int_eq(what, COMPLETE_CONNECTORS);
	offers("ledger --after ");
	ck_assert_int_eq(what, COMPLETE_WORDS);
	offers("drop dl_1 ");
	ck_assert_int_eq(what, COMPLETE_DEAD_LETTERS);
	offers("user passwd A");
	ck_assert_int_eq(what, COMPLETE_STAFF);
	ck_assert_str_eq(offers("import m"), "mbox\nmaildir\n");
	offers("import mbox a.mbox ");
	ck_assert_int_eq(what, COMPLETE_FILES);
}
END_TEST

START_TEST(the_configuration_of_the_command_line_is_used)
{
	offers("-c ");
	ck_assert_int_eq(what, COMPLETE_FILES);
	ck_assert_str_eq(offers("-c my.yaml contact s"), "show\n");
	ck_assert_str_eq(config, "my.yaml");
}
END_TEST

START_TEST(help_offers_commands)
{
	ck_assert_str_eq(offers("help st"), "status\n");
}
END_TEST

RUN("cli/complete", the_first_word_is_a_command, the_second_word_of_two_is_offered_behind_the_first,
    options_are_those_of_the_command, values_are_what_the_usage_says,
    the_configuration_of_the_command_line_is_used, help_offers_commands)
