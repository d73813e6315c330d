/* daybook note, call, meeting, reload: what goes through the daemon and is done. */
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "cli/entry.h"
#include "cli/show.h"
#include "conf/value.h"

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
		return cli_fail(&f.err, "the entry was added");
	return CLI_OK;
}

/* What is known of it beside its text. */
static int put_hand(struct cli *cli, const char *kind, struct json_writer *w)
{
	const char *at = NULL, *duration = NULL;
	int64_t at_us, long_us;

	json_member(w, "kind", str_from(kind));
	if (cli_option(cli, "--at", &at)) {
		if (!clock_parse(str_from(at), &at_us))
			return cli_failf(CLI_USAGE, "try --at 2026-10-01T08:00:00Z", "\"%s\" is not a time", at);
		json_member_int(w, "occurred_us", at_us);
	}
	if (cli_option(cli, "--duration", &duration)) {
		if (!value_duration(str_from(duration), &long_us) || long_us < US_PER_S)
			return cli_failf(CLI_USAGE, "try --duration 15m", "\"%s\" is not a duration", duration);
		json_member_int(w, "duration_s", long_us / US_PER_S);
	}
	if (cli_flag(cli, "--in"))
		json_member(w, "direction", STR("in"));
	return CLI_OK;
}

static int request(struct cli *cli, const char *kind, int64_t contact, const char *text, struct json_object **reply)
{
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	show_id(&w, "contact", contact, "con_");
	json_member(&w, "text", str_from(text));
	code = put_hand(cli, kind, &w);
	json_close(&w, '}');
	if (code == CLI_OK)
		code = cli_call(cli, "/note", buf_str(&body), reply);
	buf_finish(&body);
	return code;
}

static int enter(struct cli *cli, const char *kind, bool needs_text)
{
	auto_json struct json_object *reply = NULL;
	auto_free char *text = cli_join(cli, 1);
	int64_t contact;
	int code;

	if (needs_text && str_trim(str_from(text)).len == 0)
		return cli_failf(CLI_USAGE, NULL, "the note is empty");
	code = cli_find_contact(cli, cli->argv[0], &contact);
	if (code == CLI_OK && cli_own(cli, &code) != NULL)
		code = request(cli, kind, contact, text, &reply);
	return code == CLI_OK ? show_entry(cli, reply) : code;
}

int cmd_note(struct cli *cli)
{
	return enter(cli, "note", true);
}

int cmd_call(struct cli *cli)
{
	return enter(cli, "call", false);
}

int cmd_meeting(struct cli *cli)
{
	return enter(cli, "meeting", false);
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
