/* daybook html: the HTML of one mail, read from the journal again by a parser process. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/id.h"
#include "cli/commands.h"
#include "cli/plain.h"
#include "ingest/again.h"
#include "mime/mail.h"
#include "sandbox/parse.h"
#include "sandbox/spawn.h"
#include "table.h"

enum { ROW_ARENA = 64 << 20, MAX_HTML = 64 << 20 };

struct original {
	struct cli *cli;
	struct arena *arena;
	struct sandbox *sandbox;
	int64_t journal_id;
	char *body;			/* of the journal row, decoded */
	struct raw raw;
	struct kept_options options;
	struct buf html;
};

static bool take_row(const struct interaction_row *row, void *arg)
{
	struct original *o = arg;

	o->journal_id = row->journal_id;
	return true;
}

static bool on_chunk(void *arg, size_t item, size_t attachment, struct str piece)
{
	struct original *o = arg;

	(void)item;
	(void)attachment;
	buf_add(&o->html, piece);
	return !buf_is_exceeded(&o->html);
}

static void on_restart(void *arg)
{
	struct original *o = arg;

	buf_clear(&o->html);
}

static bool load(struct original *o, int64_t id, struct err *err)
{
	struct journal_row row;

	if (!store_get_interaction(o->cli->store, id, take_row, o, err) ||
	    !store_get_journal(o->cli->store, o->journal_id, o->arena, &row, err) ||
	    !again_load_body(&row, o->cli->config->storage.path, &o->body, err))
		return false;
	o->raw = (struct raw){
		.content_type = STR(MAIL_WANT_HTML), .received_us = row.received_us,
		.body = { o->body, (size_t)row.size },
	};
	/* What an import brings has no options. */
	if (!store_get_options(o->cli->store, row.connector, o->arena, &o->options, err) &&
	    err->kind != ERR_MISSING)
		return false;
	return true;
}

/* A connector that brings mail reads it as it did when it came: its legacy charset counts. */
static const struct connector *reader_of(const struct original *o)
{
	for (size_t i = 0; connectors_known[i] != NULL; i++)
		if (connectors_known[i]->is_hostile && str_eq(o->options.type, str_from(connectors_known[i]->name)) &&
		    connectors_known[i]->keys != NULL)
			return connectors_known[i];
	return &connector_import;
}

static bool ask(struct original *o, struct err *err)
{
	const struct connector *reader = reader_of(o);
	const struct sandbox_sink sink = { on_chunk, on_restart, o };
	struct parsers *parsers = parsers_create(o->sandbox, 1, o->cli->config->ingest.parse_timeout, 0);
	struct interactions made = { .arena = o->arena, .max_items = 1 };
	struct parse_verdict verdict;
	bool ok = parsers_normalize(parsers, reader, reader == &connector_import ? STR("") : o->options.packed,
				    &o->raw, &made, &sink, &verdict, err);

	parsers_destroy(parsers);
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

	if (!load(o, id, &err))
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
		o.arena = arena_create(ROW_ARENA);
		buf_init(&o.html, MAX_HTML);
		code = show(&o, id);
		buf_finish(&o.html);
		free(o.body);
		arena_destroy(o.arena);
	}
	sandbox_stop(o.sandbox);
	return code;
}
