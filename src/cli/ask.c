#include "cli/ask.h"

#include <stdio.h>
#include <unistd.h>

int ask(const struct cli *cli, const char *question)
{
	char answer[16];

	if (cli->is_yes)
		return CLI_OK;
	if (!isatty(STDIN_FILENO))
		return cli_failf(CLI_USAGE, "--yes answers for you", "nobody is there to ask: %s", question);
	fflush(stdout);
	fprintf(stderr, "%s [y/N] ", question);
	if (fgets(answer, sizeof(answer), stdin) != NULL) {
		struct str s = str_trim(str_from(answer));

		if (str_ieq(s, STR("y")) || str_ieq(s, STR("yes")))
			return CLI_OK;
	}
	return cli_failf(CLI_FAILED, NULL, "nothing was done");
}
