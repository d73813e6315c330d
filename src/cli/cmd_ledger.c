/* daybook ledger, connectors: what came in and what became of it. */
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/show.h"
#include "cli/columns.h"

enum { MAX_LINE = 64 << 10 };

static void ledger_json(const struct ledger_row *row, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "connector", row->name);
	json_member_int(&w, "received", row->received);
	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
		json_member_int(&w, outcome_name((enum outcome)o), row->by_outcome[o]);
	json_close(&w, '}');
}

struct listing {
	struct cli *cli;
	struct table *table;
	struct buf line;
};

static bool put_ledger(const struct ledger_row *row, void *arg)
{
	struct listing *l = arg;

	if (l->cli->as_json) {
		ledger_json(row, &l->line);
		return show_line(&l->line);
	}
	table_row(l->table);
	table_str(l->table, row->name);
	table_int(l->table, row->received);
	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
		table_int(l->table, row->by_outcome[o]);
	return true;
}

int cmd_ledger(struct cli *cli)
{
	static const char *const heads[] = { "CONNECTOR", ">RECEIVED", ">STORED", ">DUPLICATE",
					     ">FILTERED", ">DEAD", ">PENDING", NULL };
	struct listing l = { .cli = cli };
	struct err err;
	int code;

	if (cli_store(cli, &code) == NULL)
		return code;
	buf_init(&l.line, MAX_LINE);
	l.table = table_create(heads);
	if (!store_each_ledger(cli->store, put_ledger, &l, &err))
		code = cli_fail(&err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	return code;
}
