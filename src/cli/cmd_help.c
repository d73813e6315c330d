/* daybook help, version; and what is said of a command that is none. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/show.h"
#include "conf/nearest.h"

static const char *const group_names[] = { "Look", "Change (through the daemon)", "Other" };

static const char tail[] =
	"\n"
	"CONTACT is an id (con_…), an e-mail address, a phone number, or a part of a name that only one has.\n"
	"\n"
	"  -c FILE     the daemon's configuration (default " CONFIG_DEFAULT_PATH ")\n"
	"  --json      one JSON object a line; lists are complete\n"
	"  --help      help, also of one command: daybook help COMMAND\n"
	"\n"
	"See daybook(1).\n";

static bool is_below(const struct command *command, const char *first)
{
	size_t n = strlen(first);

	return strncmp(command->name, first, n) == 0 && (command->name[n] == ' ' || command->name[n] == '\0');
}

const struct command *command_find(int argc, char **argv, int *n_words)
{
	const struct command *found = NULL;

	*n_words = 0;
	for (const struct command *c = commands; c->name != NULL; c++) {
		const char *space = strchr(c->name, ' ');
		size_t first = space ? (size_t)(space - c->name) : strlen(c->name);
		bool fits = argc > 0 && strlen(argv[0]) == first && strncmp(argv[0], c->name, first) == 0 &&
			    (space == NULL || (argc > 1 && strcmp(argv[1], space + 1) == 0));

		/* "contact show X" and "contact X": the longer name wins. */
		if (fits && (found == NULL || space != NULL)) {
			found = c;
			*n_words = space ? 2 : 1;
		}
	}
	return found;
}

static void print_row(const struct command *c)
{
	int n = printf("  %s%s%s", c->name, c->arguments[0] ? " " : "", c->arguments);

	if (n > 41)
		printf("\n%*s", 42, "");
	else
		printf("%*s", 42 - n, "");
	printf("%s\n", c->summary);
}

static int print_all(void)
{
	printf("usage: daybook [-c FILE] COMMAND [ARGUMENTS] [--json]\n");
	for (size_t g = 0; g < countof(group_names); g++) {
		printf("\n%s\n", group_names[g]);
		for (const struct command *c = commands; c->name != NULL; c++)
			if (c->group == (enum command_group)g && !c->is_hidden)
				print_row(c);
	}
	fputs(tail, stdout);
	return CLI_OK;
}

int help_unknown(struct cli *cli)
{
	auto_free char *first_two = NULL;
	struct nearest nearest;
	char hint[120] = "daybook help lists them";

	if (cli->argc == 0) {
		fputs("usage: daybook [-c FILE] COMMAND [ARGUMENTS] [--json]\n", stderr);
		return cli_failf(CLI_USAGE, "daybook help lists the commands", "no command given");
	}
	if (cli->argv[0][0] == '-')
		return cli_failf(CLI_USAGE, hint, "\"%.60s\" is not an option", cli->argv[0]);
	for (const struct command *c = commands; c->name != NULL; c++) {
		if (!is_below(c, cli->argv[0]))
			continue;
		snprintf(hint, sizeof(hint), "daybook help %s lists what there is", cli->argv[0]);
		if (cli->argc == 1)
			return cli_failf(CLI_USAGE, hint, "\"%s\" wants one more word", cli->argv[0]);
	}
	first_two = xasprintf("%s%s%s", cli->argv[0], cli->argc > 1 ? " " : "", cli->argc > 1 ? cli->argv[1] : "");
	nearest_begin(&nearest, str_from(first_two));
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strchr(c->name, ' ') != NULL)
			nearest_offer(&nearest, c->name);
	if (nearest.best == NULL) {
		nearest_begin(&nearest, str_from(cli->argv[0]));
		for (const struct command *c = commands; c->name != NULL; c++)
			nearest_offer(&nearest, c->name);
	}
	if (nearest.best != NULL)
		snprintf(hint, sizeof(hint), "did you mean \"%s\"?", nearest.best);
	return cli_failf(CLI_USAGE, hint, "\"%.100s\" is not a command", first_two);
}

int cmd_help(struct cli *cli)
{
	const struct command *exact;
	int n_words;
	bool has_any = false;

	if (cli->argc == 0)
		return print_all();
	exact = command_find(cli->argc, cli->argv, &n_words);
	if (exact != NULL && n_words == 2) {
		printf("usage: daybook %s %s\n\n%s\n", exact->name, exact->arguments, exact->summary);
		return CLI_OK;
	}
	for (const struct command *c = commands; c->name != NULL; c++) {
		if (!is_below(c, cli->argv[0]) || c->is_hidden)
			continue;
		printf("%susage: daybook %s %s\n\n%s\n", has_any ? "\n" : "", c->name, c->arguments, c->summary);
		has_any = true;
	}
	return has_any ? CLI_OK : help_unknown(cli);
}

int cmd_version(struct cli *cli)
{
	struct json_writer w;
	struct buf line;

	if (!cli->as_json) {
		printf("daybook %s\n", DAYBOOK_VERSION);
		return CLI_OK;
	}
	buf_init(&line, 200);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member(&w, "version", STR(DAYBOOK_VERSION));
	json_close(&w, '}');
	show_line(&line);
	buf_finish(&line);
	return CLI_OK;
}
