/* daybook note, reload: what goes through the daemon and is done. */
#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "cli/entry.h"
#include "cli/show.h"

enum { MAX_LINE = 16 << 20 };

struct found {
	struct cli *cli;
	int64_t journal_id;
	struct err err;
	bool failed;
};

/* The entry that the note became: the first of its journal row. */
static bool put(const struct interaction_row *row, void *arg)
{
	struct found *f = arg;
	struct buf line;

	if (row->journal_id != f->journal_id)
		return true;
	if (!f->cli->as_json) {
		entry_print(f->cli, row);
		return false;
	}
	buf_init(&line, MAX_LINE);
	f->failed = !show_json(f->cli, row, &line, &f->err);
	if (!f->failed)
		show_line(&line);
	buf_finish(&line);
	return false;
}

static int show_entry(struct cli *cli, struct json_object *reply)
{
	struct found f = { .cli = cli };

	if (!json_int(json_get(reply, "journal"), &f.journal_id))
		return CLI_OK;
	if (!store_each_interaction(cli->store, f.journal_id - 1, 0, put, &f, &f.err) || f.failed)
		return cli_fail(&f.err, "the note was added");
	return CLI_OK;
}

static int request(struct cli *cli, int64_t contact, const char *text, struct json_object **reply)
{
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	show_id(&w, "contact", contact, "con_");
	json_member(&w, "text", str_from(text));
	json_close(&w, '}');
	code = cli_call(cli, "/note", buf_str(&body), reply);
	buf_finish(&body);
	return code;
}

int cmd_note(struct cli *cli)
{
	auto_json struct json_object *reply = NULL;
	auto_free char *text = cli_join(cli, 1);
	int64_t contact;
	int code;

	if (str_trim(str_from(text)).len == 0)
		return cli_failf(CLI_USAGE, NULL, "the note is empty");
	code = cli_find_contact(cli, cli->argv[0], &contact);
	if (code == CLI_OK && cli_own(cli, &code) != NULL)
		code = request(cli, contact, text, &reply);
	return code == CLI_OK ? show_entry(cli, reply) : code;
}

int cmd_reload(struct cli *cli)
{
	auto_json struct json_object *reply = NULL;
	int code = cli_call(cli, "/reload", STR(""), &reply);

	if (code == CLI_CONFIG)
		fputs("hint: daybook config check names every mistake; the running configuration stays\n", stderr);
	if (code == CLI_OK && !cli->as_json)
		puts("reloaded");
	return code;
}
