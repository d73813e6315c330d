/* daybook webhook add, list, remove, test, deliveries, retry, rotate: where changes are pushed. */
#include <stdio.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "cli/call.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/show.h"
#include "store/change.h"
#include "store/webhook.h"

enum { MAX_LINE = 64 << 10, SHOWN = 50, ROW_ARENA = 1 << 20 };

/* ---- changes ---- */

static int call(struct cli *cli, const char *path, const char *id, struct json_object **reply)
{
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	json_member(&w, "id", str_from(id));
	json_close(&w, '}');
	code = cli_call_patiently(cli, path, buf_str(&body), 90, reply);
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

static void print_secret(struct json_object *reply)
{
	printf(STR_FMT "\n" STR_FMT "\n", STR_ARG(json_str(reply, "id")), STR_ARG(json_str(reply, "secret")));
	fputs("The secret is shown this once; the receiver checks webhook-signature with it (Standard Webhooks).\n", stderr);
}

static int add(struct cli *cli, struct json_object **reply)
{
	const char *role = "viewer", *staff = NULL, *kinds = NULL;
	struct json_writer w;
	struct buf body;
	int code;

	cli_option(cli, "--role", &role);
	cli_option(cli, "--staff", &staff);
	cli_option(cli, "--kinds", &kinds);
	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	json_member(&w, "url", str_from(cli->argv[0]));
	json_member(&w, "role", str_from(role));
	json_member_or_null(&w, "staff", str_from(staff));
	json_member_or_null(&w, "kinds", str_from(kinds));
	json_close(&w, '}');
	code = cli_call(cli, "/webhook/add", buf_str(&body), reply);
	buf_finish(&body);
	return code;
}

int cmd_webhook_add(struct cli *cli)
{
	auto_json struct json_object *reply = NULL;
	int code = add(cli, &reply);

	if (code == CLI_OK && cli->as_json)
		print_reply(reply);
	else if (code == CLI_OK)
		print_secret(reply);
	return code;
}

int cmd_webhook_rotate(struct cli *cli)
{
	auto_json struct json_object *reply = NULL;
	int code = call(cli, "/webhook/rotate", cli->argv[0], &reply);

	if (code == CLI_OK && cli->as_json)
		print_reply(reply);
	else if (code == CLI_OK)
		print_secret(reply);
	return code;
}

static int change(struct cli *cli, const char *path, const char *done)
{
	auto_json struct json_object *reply = NULL;
	int code = call(cli, path, cli->argv[0], &reply);

	if (code == CLI_OK && !cli->as_json)
		puts(done);
	return code;
}

int cmd_webhook_remove(struct cli *cli)
{
	return change(cli, "/webhook/remove", "removed");
}

int cmd_webhook_retry(struct cli *cli)
{
	return change(cli, "/webhook/retry", "what waits is sent now");
}

int cmd_webhook_test(struct cli *cli)
{
	auto_json struct json_object *reply = NULL;
	int code = call(cli, "/webhook/test", cli->argv[0], &reply);
	int64_t status = 0, took_ms = 0;

	if (code != CLI_OK)
		return code;
	json_int(json_get(reply, "status"), &status);
	json_int(json_get(reply, "took_ms"), &took_ms);
	if (cli->as_json)
		print_reply(reply);
	else
		printf("it answered %lld after %lld ms\n", (long long)status, (long long)took_ms);
	return status >= 200 && status < 300 ? CLI_OK : CLI_FAILED;
}

/* ---- list ---- */

struct listing {
	struct cli *cli;
	struct table *table;
	struct buf line;
	int64_t last;
};

static const char *state_of(const struct webhook_row *row)
{
	return row->disabled_us != 0 ? "disabled" : row->failures > 0 ? "failing" : "good";
}

static void put_kinds(struct json_writer *w, int64_t kinds)
{
	json_name(w, "kinds");
	json_open(w, '[');
	for (int kind = 1; kind < CHANGE_COUNT; kind++)
		if ((kinds >> kind) & 1)
			json_str_value(w, str_from(change_name((enum change_kind)kind)));
	json_close(w, ']');
}

static bool put_json(struct listing *l, const struct webhook_row *row)
{
	char id[ID_TEXT_SIZE];
	struct json_writer w;

	json_begin(&w, &l->line);
	json_open(&w, '{');
	json_member(&w, "id", str_from(id_format(row->id, "whk_", id)));
	json_member(&w, "url", row->url);
	json_member(&w, "role", row->role);
	json_member_or_null(&w, "staff", row->staff);
	put_kinds(&w, row->kinds);
	json_member(&w, "state", str_from(state_of(row)));
	json_member_int(&w, "behind", l->last - row->cursor);
	json_member_int(&w, "failures", row->failures);
	show_time(&w, "failing_since", row->failing_since_us);
	show_time(&w, "next_at", row->next_us);
	show_time(&w, "disabled_at", row->disabled_us);
	json_member_or_null(&w, "error", row->error);
	json_member(&w, "made_by", row->made_by);
	show_time(&w, "created_at", row->created_us);
	json_close(&w, '}');
	return show_line(&l->line);
}

static bool put(const struct webhook_row *row, void *arg)
{
	struct listing *l = arg;
	char id[ID_TEXT_SIZE];

	if (l->cli->as_json)
		return put_json(l, row);
	table_row(l->table);
	table_str(l->table, str_from(id_format(row->id, "whk_", id)));
	table_str(l->table, row->url);
	table_str(l->table, row->role);
	table_str(l->table, row->staff.len ? row->staff : STR("-"));
	table_str(l->table, str_from(state_of(row)));
	if (row->failures > 0 || row->disabled_us != 0)
		table_color(l->table, row->disabled_us != 0 ? "red" : "yellow");
	table_int(l->table, l->last - row->cursor);
	table_time(l->table, row->next_us);
	table_str(l->table, row->error.len ? row->error : STR("-"));
	return true;
}

int cmd_webhook_list(struct cli *cli)
{
	static const char *const heads[] = { "WEBHOOK", "URL", "ROLE", "STAFF", "STATE", ">BEHIND", "NEXT TRY", "~ERROR", NULL };
	struct listing l = { .cli = cli };
	struct change_span span;
	struct err err;
	int code;

	if (cli_store(cli, &code) == NULL)
		return code;
	buf_init(&l.line, MAX_LINE);
	l.table = table_create(heads);
	if (!store_change_span(cli->store, &span, &err) || (l.last = span.last, !store_each_webhook(cli->store, put, &l, &err)))
		code = cli_fail(&err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	return code;
}

/* ---- deliveries ---- */

static bool put_attempt(const struct webhook_attempt *a, void *arg)
{
	struct listing *l = arg;
	struct json_writer w;

	if (l->cli->as_json) {
		json_begin(&w, &l->line);
		json_open(&w, '{');
		show_time(&w, "at", a->at_us);
		json_member_int(&w, "seq", a->seq);
		json_member_int(&w, "status", a->status);
		json_member_int(&w, "took_ms", a->took_ms);
		json_member_or_null(&w, "error", a->error);
		json_close(&w, '}');
		return show_line(&l->line);
	}
	table_row(l->table);
	table_time(l->table, a->at_us);
	table_int(l->table, a->seq);
	table_int(l->table, a->status);
	table_int(l->table, a->took_ms);
	table_str(l->table, a->error.len ? a->error : STR("-"));
	return true;
}

int cmd_webhook_deliveries(struct cli *cli)
{
	static const char *const heads[] = { "AT", ">CHANGE", ">STATUS", ">MS", "~ERROR", NULL };
	struct listing l = { .cli = cli };
	int64_t id;
	struct err err;
	int code;

	if (!id_parse(str_from(cli->argv[0]), "whk_", &id))
		return cli_failf(CLI_MISSING, "daybook webhook list", "there is no webhook \"%s\"", cli->argv[0]);
	if (cli_store(cli, &code) == NULL)
		return code;
	buf_init(&l.line, MAX_LINE);
	l.table = table_create(heads);
	if (!store_each_webhook_attempt(cli->store, id, SHOWN, put_attempt, &l, &err))
		code = cli_fail(&err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	return code;
}
