/* daybook audit, audit verify: who did what, and whether the log of it is as it was written. */
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/filter.h"
#include "cli/human.h"
#include "cli/show.h"
#include "store/audit.h"

enum { MAX_LINE = 2 << 20 };

/* ---- list ---- */

struct listing {
	struct cli *cli;
	struct table *table;
	struct buf line;
};

static bool put_json(struct listing *l, const struct audit_row *row)
{
	char hex[SHA256_HEX_SIZE];
	struct json_writer w;

	json_begin(&w, &l->line);
	json_open(&w, '{');
	json_member_int(&w, "id", row->id);
	show_time(&w, "at", row->at_us);
	json_member(&w, "who", row->entry.who);
	json_member(&w, "what", row->entry.what);
	json_member_or_null(&w, "which", row->entry.which);
	json_member_or_null(&w, "detail", row->entry.detail);
	json_member(&w, "hash", str_from(crypto_hex(row->hash, SHA256_SIZE, hex)));
	json_close(&w, '}');
	return show_line(&l->line);
}

static bool put(const struct audit_row *row, void *arg)
{
	struct listing *l = arg;

	if (l->cli->as_json)
		return put_json(l, row);
	table_row(l->table);
	table_int(l->table, row->id);
	table_time(l->table, row->at_us);
	table_str(l->table, row->entry.who);
	table_str(l->table, row->entry.what);
	table_str(l->table, row->entry.which);
	table_str(l->table, row->entry.detail);
	return true;
}

static int list(struct cli *cli, const struct audit_filter *filter)
{
	static const char *const heads[] = { ">ID", "AT", "WHO", "WHAT", "WHICH", "~DETAIL", NULL };
	struct listing l = { .cli = cli };
	int code = CLI_OK;
	struct err err;
	bool has;

	buf_init(&l.line, MAX_LINE);
	l.table = table_create(heads);
	if (!audit_has(cli->store, &has, &err) || (has && !audit_each(cli->store, filter, put, &l, &err)))
		code = cli_fail(&err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	return code;
}

int cmd_audit(struct cli *cli)
{
	const char *since = NULL, *who = NULL, *what = NULL;
	struct filter filter;
	struct err err;
	int code;

	cli_option(cli, "--since", &since);
	cli_option(cli, "--who", &who);
	cli_option(cli, "--what", &what);
	if (!filter_parse(&filter, NULL, since, clock_wall_us(), &err)) {
		cli_fail(&err, NULL);
		return CLI_USAGE;
	}
	if (cli_store(cli, &code) == NULL)
		return code;
	return list(cli, &(struct audit_filter){ .who = str_from(who), .what = str_from(what), .since_us = filter.since_us });
}

/* ---- verify ---- */

static void print_json(const struct audit_verdict *v)
{
	char head[AUDIT_HEAD_SIZE];
	struct json_writer w;
	struct buf line;

	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member_bool(&w, "whole", v->broken == 0);
	json_member_int(&w, "entries", v->head.id);
	json_member_or_null(&w, "head", v->head.id ? str_from(audit_head_text(&v->head, head)) : STR(""));
	if (v->broken != 0)
		json_member_int(&w, "broken", v->broken);
	else
		json_member_null(&w, "broken");
	json_member_or_null(&w, "reason", str_from(v->why));
	json_close(&w, '}');
	show_line(&line);
	buf_finish(&line);
}

static int tell(struct cli *cli, const struct audit_verdict *v, const struct audit_head *kept)
{
	char n[HUMAN_SIZE], head[AUDIT_HEAD_SIZE];

	if (cli->as_json)
		print_json(v);
	if (v->broken != 0)
		return cli_failf(CLI_FAILED, "what is before it is as it was written; a backup of an earlier day has the rest",
				 "the audit log is broken at entry %lld: %s", (long long)v->broken, v->why);
	if (cli->as_json)
		return CLI_OK;
	printf("the audit log is whole: %s entr%s%s\n", human_count(v->head.id, n), v->head.id == 1 ? "y" : "ies",
	       kept->id ? ", and goes on from the head that you kept" : "");
	if (v->head.id > 0)
		printf("head %s\nKept in another place, it shows later that nothing up to here was changed or cut off:\n"
		       "daybook audit verify --head HEAD\n", audit_head_text(&v->head, head));
	return CLI_OK;
}

int cmd_audit_verify(struct cli *cli)
{
	struct audit_head kept = { 0 };
	struct audit_verdict verdict;
	const char *text = NULL;
	struct err err;
	bool has;
	int code;

	if (cli_option(cli, "--head", &text) && !audit_head_parse(str_from(text), &kept))
		return cli_failf(CLI_USAGE, "it is what audit verify printed: a number, a colon and 64 hex digits",
				 "--head: \"%.80s\" is no head of an audit log", text);
	if (cli_store(cli, &code) == NULL)
		return code;
	if (!store_begin_snapshot(cli->store, &err) || !audit_has(cli->store, &has, &err))
		return cli_fail(&err, NULL);
	if (!has)
		return cli_failf(CLI_MISSING, "a daybookd of this version makes it at its first start",
				 "there is no audit log in this store");
	if (!audit_verify(cli->store, &kept, &verdict, &err))
		return cli_fail(&err, NULL);
	return tell(cli, &verdict, &kept);
}
