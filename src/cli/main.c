/* daybook: reads open the store, changes go through the daemon. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/help.h"

enum { MAX_ARGS = 4096 };

/* Options that every command takes, wherever they stand before a "--"; --help and --version end there. */
struct common {
	bool wants_help, wants_version;
	const char *wrong;		/* an option that lacks its value */
};

static void take_out(struct cli *cli, int at, int n)
{
	memmove(&cli->argv[at], &cli->argv[at + n], (size_t)(cli->argc - at - n) * sizeof(*cli->argv));
	cli->argc -= n;
}

/* The value of -c FILE, -cFILE, --config FILE, --config=FILE; NULL when argv[i] is none of them. */
static const char *config_option(struct cli *cli, int i, struct common *common)
{
	char *arg = cli->argv[i];
	bool is_apart = strcmp(arg, "-c") == 0 || strcmp(arg, "--config") == 0;
	const char *value = NULL;

	if (is_apart && i + 1 < cli->argc)
		value = cli->argv[i + 1];
	else if (is_apart)
		common->wrong = arg;
	else if (strncmp(arg, "--config=", 9) == 0)
		value = arg + 9;
	else if (strncmp(arg, "-c", 2) == 0)
		value = arg + 2;
	if (value != NULL)
		take_out(cli, i, is_apart ? 2 : 1);
	return value;
}

static struct common take_common(struct cli *cli)
{
	struct common common = { 0 };
	const char *path;
	int i = 0;

	while (i < cli->argc && strcmp(cli->argv[i], "--") != 0) {
		const char *arg = cli->argv[i];

		if ((path = config_option(cli, i, &common)) != NULL) {
			cli->config_path = path;
			continue;
		}
		if (strcmp(arg, "--json") == 0)
			cli->as_json = true;
		else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
			common.wants_help = true;
		else if (i == 0 && (strcmp(arg, "--version") == 0 || strcmp(arg, "-V") == 0))
			common.wants_version = true;
		else {
			i++;
			continue;
		}
		take_out(cli, i, 1);
	}
	return common;
}

static int check_count(const struct cli *cli, const struct command *command)
{
	if (cli->argc >= command->min_args && (command->max_args < 0 || cli->argc <= command->max_args))
		return CLI_OK;
	fprintf(stderr, "usage: daybook %s %s\n", command->name, command->arguments);
	if (cli->argc < command->min_args)
		return cli_failf(CLI_USAGE, NULL, "%s: something is missing", command->name);
	return cli_failf(CLI_USAGE, NULL, "%s: \"%s\" is too much", command->name, cli->argv[command->max_args]);
}

static int run_command(struct cli *cli, const struct command *command)
{
	struct err err;
	int code;

	if (!usage_read(command->arguments, command->is_text, cli->argc, cli->argv, &cli->words, &err)) {
		fprintf(stderr, "usage: daybook %s %s\n", command->name, command->arguments);
		return cli_failf(CLI_USAGE, NULL, "%s: %s", command->name, err.msg);
	}
	cli->argc = cli->words.n_items;
	cli->argv = cli->words.items;
	cli->is_yes = cli_flag(cli, "--yes");
	cli->is_dry_run = cli_flag(cli, "--dry-run");
	code = check_count(cli, command);
	return code == CLI_OK ? command->run(cli) : code;
}

static int run(struct cli *cli)
{
	struct common common = take_common(cli);
	const struct command *command;
	int n_words;

	if (common.wrong != NULL)
		return cli_failf(CLI_USAGE, NULL, "%s wants a file", common.wrong);
	if (common.wants_version)
		return cmd_version(cli);
	if (common.wants_help)
		return cmd_help(cli);
	command = command_find(cli->argc, cli->argv, &n_words);
	if (command == NULL)
		return help_unknown(cli);
	cli->argc -= n_words;
	cli->argv += n_words;
	return run_command(cli, command);
}

/* Widths and characters are those of UTF-8, also where the environment says nothing of it. */
static void set_locale(void)
{
	setlocale(LC_ALL, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

/* Who reads from us may stop reading; a full disk is another thing. */
static int finish_output(int code)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (errno != 0 && errno != EPIPE)
		cli_failf(CLI_FAILED, NULL, "cannot write: %s", strerror(errno));
	return code ? code : CLI_FAILED;
}

int main(int argc, char **argv)
{
	struct cli cli = { .config_path = CONFIG_DEFAULT_PATH, .argc = argc - 1, .argv = argv + 1 };
	int code;

	set_locale();
	if (argc < 1 || argc > MAX_ARGS)
		return cli_failf(CLI_USAGE, "name a folder instead of its files", "more than %d arguments", MAX_ARGS);
	code = run(&cli);
	cli_finish(&cli);
	return finish_output(code);
}
