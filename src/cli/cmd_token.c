/* daybook token create, list, revoke: who may ask over HTTP. And api routes, for the tests. */
#include <stdio.h>

#include "api/route.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/call.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/show.h"
#include "conf/value.h"
#include "store/token.h"

enum { MAX_LINE = 64 << 10 };

/* ---- create, revoke ---- */

static int read_expiry(struct cli *cli, int64_t *after_us)
{
	const char *text = NULL;

	*after_us = 0;
	if (!cli_option(cli, "--expires", &text))
		return CLI_OK;
	if (value_duration(str_from(text), after_us) && *after_us > 0)
		return CLI_OK;
	return cli_failf(CLI_USAGE, "try --expires 90d", "\"%s\" is not how long a token may live", text);
}

static int create(struct cli *cli, int64_t after_us, struct json_object **reply)
{
	const char *role = "viewer", *staff = NULL;
	struct json_writer w;
	struct buf body;
	int code;

	cli_option(cli, "--role", &role);
	cli_option(cli, "--staff", &staff);
	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	json_member(&w, "name", str_from(cli->argv[0]));
	json_member(&w, "role", str_from(role));
	json_member_or_null(&w, "staff", str_from(staff));
	if (after_us > 0)
		json_member_int(&w, "expires_in_us", after_us);
	json_close(&w, '}');
	code = cli_call(cli, "/token/create", buf_str(&body), reply);
	buf_finish(&body);
	return code;
}

static void print_reply(struct json_object *reply)
{
	struct buf line;

	buf_init(&line, MAX_LINE);
	json_put_value(&line, reply);
	show_line(&line);
	buf_finish(&line);
}

int cmd_token_create(struct cli *cli)
{
	auto_json struct json_object *reply = NULL;
	int64_t after_us;
	int code = read_expiry(cli, &after_us);

	if (code == CLI_OK)
		code = create(cli, after_us, &reply);
	if (code != CLI_OK)
		return code;
	if (cli->as_json) {
		print_reply(reply);
		return CLI_OK;
	}
	printf(STR_FMT "\n", STR_ARG(json_str(reply, "token")));
	fputs("This is the only time it is shown. Send it as:  Authorization: Bearer dbk_...\n", stderr);
	return CLI_OK;
}

int cmd_token_revoke(struct cli *cli)
{
	auto_json struct json_object *reply = NULL;
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	json_member(&w, "name", str_from(cli->argv[0]));
	json_close(&w, '}');
	code = cli_call(cli, "/token/revoke", buf_str(&body), &reply);
	buf_finish(&body);
	if (code == CLI_OK && !cli->as_json)
		puts("revoked");
	return code;
}

/* ---- list ---- */

struct listing {
	struct cli *cli;
	struct table *table;
	struct buf line;
};

static const char *state_of(const struct token_row *row)
{
	if (row->revoked_us != 0)
		return "revoked";
	return row->expires_us != 0 && row->expires_us <= clock_wall_us() ? "expired" : "good";
}

static bool put_json(struct listing *l, const struct token_row *row)
{
	struct json_writer w;

	json_begin(&w, &l->line);
	json_open(&w, '{');
	json_member(&w, "name", row->name);
	json_member(&w, "role", row->role);
	json_member_or_null(&w, "staff", row->staff);
	json_member(&w, "state", str_from(state_of(row)));
	json_member(&w, "made_by", row->made_by);
	show_time(&w, "created_at", row->created_us);
	show_time(&w, "expires_at", row->expires_us);
	show_time(&w, "last_used_at", row->last_used_us);
	show_time(&w, "revoked_at", row->revoked_us);
	json_close(&w, '}');
	return show_line(&l->line);
}

static bool put(const struct token_row *row, void *arg)
{
	struct listing *l = arg;

	if (l->cli->as_json)
		return put_json(l, row);
	table_row(l->table);
	table_str(l->table, row->name);
	table_str(l->table, row->role);
	table_str(l->table, row->staff.len ? row->staff : STR("-"));
	table_str(l->table, str_from(state_of(row)));
	table_time(l->table, row->created_us);
	table_time(l->table, row->expires_us);
	table_time(l->table, row->last_used_us);
	return true;
}

int cmd_token_list(struct cli *cli)
{
	static const char *const heads[] = { "TOKEN", "ROLE", "STAFF", "STATE", "MADE", "EXPIRES", "LAST USED", NULL };
	struct listing l = { .cli = cli };
	struct err err;
	int code;

	if (cli_store(cli, &code) == NULL)
		return code;
	buf_init(&l.line, MAX_LINE);
	l.table = table_create(heads);
	if (!store_each_token(cli->store, put, &l, &err))
		code = cli_fail(&err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	return code;
}

/* ---- routes ---- */

int cmd_api_routes(struct cli *cli)
{
	struct buf out;

	(void)cli;
	buf_init(&out, MAX_LINE);
	routes_json(&out);
	puts(buf_str(&out).ptr);
	buf_finish(&out);
	return CLI_OK;
}
