/* daybook interactions: everything, in recorded order. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "cli/commands.h"
#include "cli/show.h"
#include "cli/entry.h"

enum { MAX_LINE = 64 << 20 };

struct listing {
	struct cli *cli;
	struct buf line;
	struct err err;
	bool failed;
};

static bool put(const struct interaction_row *row, void *arg)
{
	struct listing *l = arg;

	if (!l->cli->as_json)
		return entry_print(l->cli, row);
	l->failed = !show_json(l->cli, row, &l->line, &l->err);
	return !l->failed && show_line(&l->line);
}

int cmd_interactions(struct cli *cli)
{
	struct listing l = { .cli = cli };
	const char *after = NULL, *connector = NULL;
	int64_t after_id = 0, connector_id = 0;
	int code;

	cli_option(cli, "--after", &after);
	cli_option(cli, "--connector", &connector);
	if (after != NULL && !id_parse(str_from(after), "int_", &after_id))
		return cli_failf(CLI_USAGE, "ids look like int_ and 13 characters", "\"%s\" is not an id", after);
	if (cli_store(cli, &code) == NULL || cli_own(cli, &code) == NULL)
		return code;
	if (connector != NULL &&
	    !store_find_connector(cli->store, str_from(connector), &connector_id, &l.err))
		return cli_fail(&l.err, "daybook connectors lists them");
	buf_init(&l.line, MAX_LINE);
	if (!store_each_interaction(cli->store, after_id, connector_id, put, &l, &l.err) || l.failed)
		code = cli_fail(&l.err, NULL);
	buf_finish(&l.line);
	return code;
}
