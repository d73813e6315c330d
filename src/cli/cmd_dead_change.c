/* daybook dead-letter retry, dead-letter drop: of some, of a connector's, or of all. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "cli/dead.h"
#include "cli/plain.h"
#include "cli/show.h"

enum { MAX_LINE = 64 << 10, SHOWN_VICTIMS = 20 };

struct change {
	struct cli *cli;
	bool is_drop;
	int64_t connector;		/* of --connector; 0: all */
	int64_t *ids;
	size_t n_ids, n_done, n_failed;
	int code;			/* of the first that failed */
	struct buf line;
};

/* ---- which ---- */

static void add(struct change *c, int64_t id)
{
	for (size_t i = 0; i < c->n_ids; i++)
		if (c->ids[i] == id)
			return;
	c->ids = xrealloc(c->ids, c->n_ids + 1, sizeof(*c->ids));
	c->ids[c->n_ids++] = id;
}

static bool take(const struct dead_row *row, void *arg)
{
	struct change *c = arg;

	if (c->connector != 0 && row->connector != c->connector)
		return true;
	c->ids = xrealloc(c->ids, c->n_ids + 1, sizeof(*c->ids));
	c->ids[c->n_ids++] = row->id;
	return true;
}

static int choose_all(struct change *c)
{
	struct err err;
	int code = dead_connector(c->cli, &c->connector);

	if (code != CLI_OK)
		return code;
	return store_each_dead(c->cli->store, 0, take, c, &err) ? CLI_OK : cli_fail(&err, NULL);
}

static int choose(struct change *c)
{
	const char *ignored;
	bool is_many = cli_flag(c->cli, "--all") || cli_option(c->cli, "--connector", &ignored);
	int64_t id;
	int code;

	if (is_many == (c->cli->argc > 0))
		return cli_failf(CLI_USAGE, "daybook dead-letters lists them",
				 "name dead letters by their ids, or --connector NAME, or --all");
	if (is_many)
		return choose_all(c);
	for (int i = 0; i < c->cli->argc; i++) {
		code = dead_id(c->cli->argv[i], &id);
		if (code != CLI_OK)
			return code;
		add(c, id);
	}
	return CLI_OK;
}

/* ---- one ---- */

static void put_outcome(struct change *c, int64_t id, struct str outcome, struct str reason)
{
	char text[ID_TEXT_SIZE];
	struct json_writer w;
	struct buf plain;

	if (c->cli->as_json) {
		json_begin(&w, &c->line);
		json_open(&w, '{');
		show_id(&w, "id", id, "dl_");
		json_member(&w, "outcome", outcome);
		json_member_or_null(&w, "reason", reason);
		json_close(&w, '}');
		show_line(&c->line);
		return;
	}
	buf_init(&plain, MAX_LINE);
	plain_line(&plain, reason);
	printf("%s  " STR_FMT "%s" STR_FMT "\n", id_format(id, "dl_", text), STR_ARG(outcome), plain.len ? ": " : "",
	       STR_ARG(buf_str(&plain)));
	buf_finish(&plain);
}

static int request(struct change *c, int64_t id, struct json_object **reply, struct err *err)
{
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	show_id(&w, "dead_letter", id, "dl_");
	json_close(&w, '}');
	code = cli_try_call(c->cli, c->is_drop ? "/dead-letter/drop" : "/dead-letter/retry", buf_str(&body), reply,
			    err);
	buf_finish(&body);
	return code;
}

static void note_failure(struct change *c, int code)
{
	c->n_failed++;
	if (c->code == CLI_OK)
		c->code = code;
}

/* Could not be tried at all. */
static int not_changed(struct change *c, int64_t id, int code, const struct err *err)
{
	char text[ID_TEXT_SIZE];

	note_failure(c, code);
	if (c->cli->as_json)
		put_outcome(c, id, STR("failed"), str_from(err->msg));
	return cli_failf(code, code == CLI_NO_DAEMON ? "start it: systemctl start daybookd, or daybookd -c FILE"
			 : code == CLI_MISSING ? "daybook dead-letters lists them" : NULL,
			 "%s: %s", id_format(id, "dl_", text), err->msg);
}

static int change_one(struct change *c, int64_t id)
{
	auto_json struct json_object *reply = NULL;
	struct str outcome;
	struct err err;
	int code = request(c, id, &reply, &err);

	if (code != CLI_OK)
		return not_changed(c, id, code, &err);
	outcome = json_str(reply, "outcome");
	put_outcome(c, id, c->is_drop ? STR("dropped") : outcome, json_str(reply, "reason"));
	if (!c->is_drop && str_eq(outcome, STR("dead")))
		note_failure(c, CLI_FAILED);
	else
		c->n_done++;
	return CLI_OK;
}

/* ---- all that were chosen ---- */

static int change_all(struct change *c)
{
	int code;

	for (size_t i = 0; i < c->n_ids; i++) {
		code = change_one(c, c->ids[i]);
		/* The others would fail alike. */
		if (code == CLI_NO_DAEMON || code == CLI_DENIED)
			break;
	}
	if (c->n_failed == 0 || c->n_done == 0)
		return c->code;
	return cli_failf(CLI_PARTLY, "daybook dead-letters lists what is left", "%zu done, %zu not", c->n_done,
			 c->n_failed);
}

static int show_plan(struct change *c, const char *verb)
{
	for (size_t i = 0; i < c->n_ids; i++)
		put_outcome(c, c->ids[i], str_from(verb), STR(""));
	return CLI_OK;
}

static void show_victim(struct change *c, int64_t id)
{
	struct arena *arena = arena_create(1 << 20);
	struct dead_row row;
	struct err ignored;
	char text[ID_TEXT_SIZE];
	struct buf reason;

	buf_init(&reason, MAX_LINE);
	if (store_get_dead(c->cli->store, id, arena, &row, &ignored)) {
		plain_preview(&reason, row.reason, 100);
		fprintf(stderr, "  %s  " STR_FMT "  " STR_FMT "\n", id_format(id, "dl_", text),
			STR_ARG(row.connector_name), STR_ARG(buf_str(&reason)));
	}
	buf_finish(&reason);
	arena_destroy(arena);
}

static int confirm_drop(struct change *c)
{
	auto_free char *question = xasprintf("drop %zu dead letter%s, never to be read?", c->n_ids,
					     c->n_ids == 1 ? "" : "s");
	int code;

	if (!c->cli->is_yes && isatty(STDIN_FILENO) && cli_store(c->cli, &code) != NULL)
		for (size_t i = 0; i < c->n_ids && i < SHOWN_VICTIMS; i++)
			show_victim(c, c->ids[i]);
	return ask(c->cli, question);
}

static int run(struct change *c)
{
	int code = choose(c);

	if (code != CLI_OK)
		return code;
	if (c->n_ids == 0) {
		if (!c->cli->as_json)
			fputs("there are none\n", stderr);
		return CLI_OK;
	}
	if (c->cli->is_dry_run)
		return show_plan(c, c->is_drop ? "would be dropped" : "would be retried");
	if (c->is_drop)
		code = confirm_drop(c);
	if (code != CLI_OK || cli_config(c->cli, &code) == NULL)
		return code;
	return change_all(c);
}

static int change(struct cli *cli, bool is_drop)
{
	struct change c = { .cli = cli, .is_drop = is_drop };
	int code;

	buf_init(&c.line, MAX_LINE);
	code = run(&c);
	buf_finish(&c.line);
	free(c.ids);
	return code;
}

int cmd_dead_letter_retry(struct cli *cli)
{
	return change(cli, false);
}

int cmd_dead_letter_drop(struct cli *cli)
{
	return change(cli, true);
}
