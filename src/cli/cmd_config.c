/* daybook config: check, explain, and what is generated from the option rows. */
#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "conf/describe.h"
#include "conf/diag.h"
#include "ingest/rules.h"
#include "table.h"

enum { MAX_TEXT = 8 << 20 };

static void print(struct buf *text)
{
	printf(STR_FMT, STR_ARG(buf_str(text)));
	buf_finish(text);
}

static void print_diagnoses(const struct cli *cli, const struct diags *diags)
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	if (cli->as_json) {
		diags_print_json(diags, &text);
		print(&text);
		return;
	}
	diags_print(diags, &text);
	fprintf(stderr, STR_FMT, STR_ARG(buf_str(&text)));
	buf_finish(&text);
}

/* As daybookd -t, with the secrets; and what only shows when the parts are put together. */
int cmd_config_check(struct cli *cli)
{
	struct diags *diags = diags_create();
	struct rules *rules = NULL;
	struct err err;
	size_t n;

	cli->config = config_load(cli->config_path, connectors_known, 0, diags);
	n = cli->config ? diags_n_warnings(diags) : diags_n_errors(diags);
	print_diagnoses(cli, diags);
	diags_destroy(diags);
	if (cli->config == NULL)
		return cli_failf(CLI_CONFIG, NULL, "%zu error%s in the configuration", n, n == 1 ? "" : "s");
	rules = rules_create(cli->config, &err);
	if (rules == NULL)
		return cli_failf(CLI_CONFIG, NULL, "%s: %s", cli->config_path, err.msg);
	rules_unref(rules);
	if (!cli->as_json)
		printf("%s: ok, %zu connector%s, %zu warning%s\n", cli->config_path, cli->config->n_connectors,
		       cli->config->n_connectors == 1 ? "" : "s", n, n == 1 ? "" : "s");
	return CLI_OK;
}

int cmd_config_explain(struct cli *cli)
{
	struct str path = cli->argc > 0 ? str_from(cli->argv[0]) : STR("");
	struct buf text;
	struct err err;

	buf_init(&text, MAX_TEXT);
	if (!describe_explain(connectors_known, path, &text, &err)) {
		buf_finish(&text);
		return cli_fail(&err, "daybook config explain lists all sections");
	}
	print(&text);
	return CLI_OK;
}

static int describe(void (*fn)(const struct connector *const *known, struct buf *out))
{
	struct buf text;

	buf_init(&text, MAX_TEXT);
	fn(connectors_known, &text);
	print(&text);
	return CLI_OK;
}

int cmd_config_schema(struct cli *cli)
{
	(void)cli;
	return describe(describe_schema);
}

int cmd_config_example(struct cli *cli)
{
	(void)cli;
	return describe(describe_example);
}

int cmd_config_man(struct cli *cli)
{
	(void)cli;
	return describe(describe_manual);
}
