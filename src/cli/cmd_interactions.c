/* daybook interactions, search: entries of everybody. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/entry.h"
#include "cli/show.h"

enum { MAX_LINE = 64 << 20, FOUND_ON_TERMINAL = 20, MAX_FOUND = 1000 };

struct listing {
	struct cli *cli;
	int64_t n;
	struct buf line;
	struct err err;
	bool failed;
};

static bool put(const struct interaction_row *row, void *arg)
{
	struct listing *l = arg;

	l->n++;
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
		return cli_fail(&l.err, "daybook ledger lists them");
	buf_init(&l.line, MAX_LINE);
	if (!store_each_interaction(cli->store, after_id, connector_id, put, &l, &l.err) || l.failed)
		code = cli_fail(&l.err, NULL);
	buf_finish(&l.line);
	return code;
}

/* The entries themselves were read before, by whoever opened the store. */
static bool is_index_trouble(const struct listing *l)
{
	return !l->failed && (l->err.kind == ERR_IO || l->err.kind == ERR_BUG);
}

static int search(struct cli *cli, struct str query, int64_t limit)
{
	struct listing l = { .cli = cli };
	int code = CLI_OK;

	buf_init(&l.line, MAX_LINE);
	if (!store_search(cli->store, query, (size_t)limit, put, &l, &l.err) || l.failed)
		code = cli_fail(&l.err, is_index_trouble(&l) ? "the index can be made anew: stop daybookd, daybook rebuild" : NULL);
	fflush(stdout);
	if (code == CLI_OK && l.n == 0 && !cli->as_json && cli_is_terminal())
		fputs("nothing holds all of these words\n", stderr);
	if (l.n == limit && cli_is_terminal())
		fprintf(stderr, "the newest %lld; there may be more: -n N\n", (long long)limit);
	buf_finish(&l.line);
	return code;
}

int cmd_search(struct cli *cli)
{
	auto_free char *query = cli_join(cli, 0);
	int64_t limit = cli->as_json || !cli_is_terminal() ? MAX_FOUND : FOUND_ON_TERMINAL;
	int code;

	if (!cli_option_count(cli, "-n", &limit))
		return CLI_USAGE;
	if (limit < 1 || limit > MAX_FOUND)
		return cli_failf(CLI_USAGE, NULL, "-n: between 1 and %d", MAX_FOUND);
	if (cli_store(cli, &code) == NULL || cli_own(cli, &code) == NULL)
		return code;
	return search(cli, str_from(query), limit);
}
