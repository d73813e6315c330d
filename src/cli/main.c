/* daybook: reads open the store, changes go through the daemon. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "conf/nearest.h"
#include "model/own.h"

enum { MAX_ARGS = 4096 };

/* Options that every command takes, wherever they stand. */
static bool take_common(struct cli *cli)
{
	const char *path;

	cli->as_json = cli_flag(cli, "--json");
	cli->is_yes = cli_flag(cli, "--yes");
	cli->is_dry_run = cli_flag(cli, "--dry-run");
	if (cli_option(cli, "-c", &path) || cli_option(cli, "--config", &path))
		cli->config_path = path;
	return true;
}

/* "contact show X" and "timeline X": the longer name wins. */
static const struct command *find_command(struct cli *cli)
{
	const struct command *found = NULL;
	int n_found = 0;

	for (const struct command *c = commands; c->name != NULL; c++) {
		const char *space = strchr(c->name, ' ');
		size_t first = space ? (size_t)(space - c->name) : strlen(c->name);
		bool fits = cli->argc > 0 && strlen(cli->argv[0]) == first &&
			    strncmp(cli->argv[0], c->name, first) == 0 &&
			    (space == NULL || (cli->argc > 1 && strcmp(cli->argv[1], space + 1) == 0));

		if (fits && (found == NULL || space != NULL)) {
			found = c;
			n_found = space ? 2 : 1;
		}
	}
	cli->argc -= n_found;
	cli->argv += n_found;
	return found;
}

static int unknown(const struct cli *cli)
{
	struct nearest nearest;
	char hint[120];

	if (cli->argc == 0) {
		fputs("usage: daybook [-c FILE] [--json] COMMAND …\n", stderr);
		return cli_failf(CLI_USAGE, "daybook help lists the commands", "no command given");
	}
	nearest_begin(&nearest, str_from(cli->argv[0]));
	for (const struct command *c = commands; c->name != NULL; c++)
		nearest_offer(&nearest, c->name);
	snprintf(hint, sizeof(hint), nearest.best ? "did you mean \"%s\"?" : "daybook help lists them",
		 nearest.best);
	return cli_failf(CLI_USAGE, hint, "\"%s\" is not a command", cli->argv[0]);
}

static int run(struct cli *cli)
{
	const struct command *command = find_command(cli);

	if (command == NULL)
		return unknown(cli);
	if (cli->argc < command->min_args || (command->max_args >= 0 && cli->argc > command->max_args)) {
		fprintf(stderr, "usage: daybook %s %s\n", command->name, command->arguments);
		return cli_failf(CLI_USAGE, NULL, cli->argc < command->min_args ? "something is missing"
										   : "too many arguments");
	}
	return command->run(cli);
}

int main(int argc, char **argv)
{
	struct cli cli = { .config_path = CONFIG_DEFAULT_PATH, .argc = argc - 1, .argv = argv + 1 };
	int code;

	setlocale(LC_ALL, "");
	if (argc > MAX_ARGS)
		return CLI_USAGE;
	take_common(&cli);
	code = run(&cli);
	store_close(cli.store);
	if (fflush(stdout) != 0 || ferror(stdout))
		return code ? code : CLI_FAILED;
	return code;
}
