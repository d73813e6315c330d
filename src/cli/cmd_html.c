/* daybook html: the HTML of one mail, read from the journal again by a parser process. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/id.h"
#include "cli/commands.h"
#include "cli/plain.h"
#include "ingest/original.h"
#include "sandbox/parse.h"
#include "sandbox/spawn.h"
#include "table.h"

enum { MAX_HTML = 64 << 20 };

struct original {
	struct cli *cli;
	struct sandbox *sandbox;
	int64_t journal_id;
	struct buf html;
};

static bool take_row(const struct interaction_row *row, void *arg)
{
	struct original *o = arg;

	o->journal_id = row->journal_id;
	return true;
}

static bool ask(struct original *o, struct err *err)
{
	struct original_parts parts = {
		.store = o->cli->store, .dir = o->cli->config->storage.path,
		.parsers = parsers_create(o->sandbox, 1, o->cli->config->ingest.parse_timeout, 0),
		.import = &connector_import, .known = connectors_known,
	};
	bool ok = original_html(&parts, o->journal_id, &o->html, err);

	parsers_destroy(parts.parsers);
	return ok;
}

static void print(const struct buf *html)
{
	struct buf plain;

	if (!cli_is_terminal()) {
		fwrite(html->ptr, 1, html->len, stdout);
		return;
	}
	buf_init(&plain, 4 * MAX_HTML);
	plain_bytes(&plain, buf_str(html));
	fwrite(plain.len ? plain.ptr : "", 1, plain.len, stdout);
	putchar('\n');
	buf_finish(&plain);
}

static int show(struct original *o, int64_t id)
{
	struct err err;

	if (!store_get_interaction(o->cli->store, id, take_row, o, &err))
		return cli_fail(&err, "daybook interactions lists the entries");
	if (!ask(o, &err))
		return cli_fail(&err, NULL);
	if (o->html.len == 0)
		return cli_failf(CLI_MISSING, "daybook timeline shows its text", "this entry has no HTML");
	print(&o->html);
	return CLI_OK;
}

int cmd_html(struct cli *cli)
{
	struct original o = { .cli = cli };
	struct err err;
	int64_t id;
	int code;

	if (!id_parse(str_from(cli->argv[0]), "int_", &id))
		return cli_failf(CLI_USAGE, "ids look like int_ and 13 characters", "\"%s\" is not an id",
				 cli->argv[0]);
	o.sandbox = sandbox_launch(&err);
	if (o.sandbox == NULL)
		return cli_fail(&err, NULL);
	if (cli_store(cli, &code) != NULL) {
		buf_init(&o.html, MAX_HTML);
		code = show(&o, id);
		buf_finish(&o.html);
	}
	sandbox_stop(o.sandbox);
	return code;
}
