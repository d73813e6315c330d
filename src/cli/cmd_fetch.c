/* daybook fetch: the attachments of a mail that were left out when it came. */
#include <stdio.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/call.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/show.h"

enum { MAX_LINE = 64 << 20, PATIENCE_S = 900 };

struct fetch {
	struct cli *cli;
	int64_t id;
	struct table *table;
	struct buf line;
	size_t n_left_out;		/* attachments that are not here and can be fetched */
	bool is_shown;
	struct err err;
};

static bool count(size_t n, const struct attachment *a, void *arg)
{
	struct fetch *f = arg;

	(void)n;
	f->n_left_out += a->state == ATTACHMENT_SKIPPED && a->remote_id.len > 0;
	return true;
}

static bool found(const struct interaction_row *row, void *arg)
{
	(void)row;
	(void)arg;
	return true;
}

/* How many are left out now; ERR_MISSING when there is no such entry. */
static int look(struct fetch *f)
{
	int code;

	f->n_left_out = 0;
	if (cli_store(f->cli, &code) == NULL)
		return code;
	if (!store_get_interaction(f->cli->store, f->id, found, f, &f->err))
		return cli_fail(&f->err, "daybook interactions lists the entries");
	return store_each_attachment(f->cli->store, f->id, count, f, &f->err) ? CLI_OK : cli_fail(&f->err, NULL);
}

static int ask(struct fetch *f)
{
	auto_json struct json_object *reply = NULL;
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	show_id(&w, "interaction", f->id, "int_");
	json_close(&w, '}');
	code = cli_call_patiently(f->cli, "/fetch", buf_str(&body), PATIENCE_S, &reply);
	buf_finish(&body);
	return code;
}

/* ---- showing ---- */

static bool put_attachment(size_t n, const struct attachment *a, void *arg)
{
	struct fetch *f = arg;
	char size[HUMAN_SIZE];

	table_row(f->table);
	table_int(f->table, (int64_t)n + 1);
	table_str(f->table, a->name);
	table_str(f->table, a->media_type);
	table_str(f->table, str_from(a->size < 0 ? "?" : human_bytes(a->size, size)));
	table_str(f->table, str_from(attachment_state_name(a->state)));
	table_str(f->table, a->state == ATTACHMENT_STORED ? a->sha256 : a->reason);
	return true;
}

static bool put_json(const struct interaction_row *row, void *arg)
{
	struct fetch *f = arg;

	if (show_json(f->cli, row, &f->line, &f->err))
		show_line(&f->line);
	return true;
}

static int show_as_json(struct fetch *f)
{
	int code = CLI_OK;

	buf_init(&f->line, MAX_LINE);
	f->err.kind = ERR_NONE;
	if (cli_own(f->cli, &code) != NULL &&
	    (!store_get_interaction(f->cli->store, f->id, put_json, f, &f->err) || f->err.kind != ERR_NONE))
		code = cli_fail(&f->err, NULL);
	buf_finish(&f->line);
	return code;
}

static int show(struct fetch *f)
{
	static const char *const heads[] = { ">N", "NAME", "TYPE", ">SIZE", "STATE", "~BYTES", NULL };
	int code = CLI_OK;

	if (f->cli->as_json)
		return show_as_json(f);
	f->table = table_create(heads);
	if (store_each_attachment(f->cli->store, f->id, put_attachment, f, &f->err))
		table_print(f->table);
	else
		code = cli_fail(&f->err, NULL);
	table_destroy(f->table);
	return code;
}

static int fetch(struct fetch *f)
{
	int code = look(f);

	if (code != CLI_OK)
		return code;
	if (f->n_left_out == 0) {
		if (!f->cli->as_json)
			fputs("nothing of it was left out\n", stderr);
		return show(f);
	}
	code = ask(f);
	if (code == CLI_OK)
		code = look(f);
	if (code == CLI_OK)
		code = show(f);
	if (code == CLI_OK && f->n_left_out > 0)
		return cli_failf(CLI_PARTLY, "daybook dead-letters, or another entry of the same subject, may have what came",
				 "the mail was fetched, and it does not fit this entry: %zu of its attachments are still not here",
				 f->n_left_out);
	return code;
}

int cmd_fetch(struct cli *cli)
{
	struct fetch f = { .cli = cli };

	if (!id_parse(str_from(cli->argv[0]), "int_", &f.id))
		return cli_failf(CLI_USAGE, "ids look like int_ and 13 characters; daybook interactions lists them",
				 "\"%s\" is not an id", cli->argv[0]);
	return fetch(&f);
}
