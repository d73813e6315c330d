/* daybook completion: the files for the shells; and, hidden, what those files ask for. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "cli/commands.h"
#include "cli/complete.h"
#include "completion_text.h"

enum { MAX_TEXT = 1 << 20 };

int cmd_completion(struct cli *cli)
{
	if (strcmp(cli->argv[0], "bash") == 0)
		fputs(completion_bash, stdout);
	else if (strcmp(cli->argv[0], "zsh") == 0)
		fputs(completion_zsh, stdout);
	else
		return cli_failf(CLI_USAGE, "daybook completion bash, daybook completion zsh",
				 "there is no completion for \"%s\"", cli->argv[0]);
	return CLI_OK;
}

struct offers {
	struct buf *out;
	struct str typed;
};

static bool offer_dead(const struct dead_row *row, void *arg)
{
	const struct offers *o = arg;
	char id[ID_TEXT_SIZE];

	complete_offer(o->out, o->typed, str_from(id_format(row->id, "dl_", id)));
	return true;
}

static void offer_stored(struct cli *cli, enum complete_what what, const struct offers *o)
{
	struct err ignored;
	int code;

	if (what == COMPLETE_CONNECTORS && cli_config(cli, &code) != NULL)
		for (size_t i = 0; i < cli->config->n_connectors; i++)
			complete_offer(o->out, o->typed, str_from(cli->config->connectors[i].name));
	else if (what == COMPLETE_STAFF && cli_config(cli, &code) != NULL)
		for (size_t i = 0; i < cli->config->n_staff; i++)
			complete_offer(o->out, o->typed, str_from(cli->config->staff[i].name));
	else if (what == COMPLETE_DEAD_LETTERS && cli_store(cli, &code) != NULL)
		store_each_dead(cli->store, 0, offer_dead, (void *)o, &ignored);
	else if (what == COMPLETE_FILES)
		buf_add(o->out, STR(":files\n"));
}

int cmd_complete(struct cli *cli)
{
	enum complete_what what;
	struct offers o;
	struct buf out;

	buf_init(&out, MAX_TEXT);
	what = complete(commands, cli->argc, cli->argv, &cli->config_path, &out);
	if (cli->argc > 0) {
		o = (struct offers){ .out = &out, .typed = str_from(cli->argv[cli->argc - 1]) };
		if (str_eq(o.typed, STR("=")))
			o.typed = STR("");
		offer_stored(cli, what, &o);
	}
	printf(STR_FMT, STR_ARG(buf_str(&out)));
	buf_finish(&out);
	return CLI_OK;
}
