/* daybook contact consent, contact consents: what somebody agrees to, and the words by which they did. */
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "cli/call.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/person.h"
#include "cli/show.h"
#include "ingest/decision.h"
#include "store/consent.h"

enum { MAX_REQUEST = 64 << 10, PATIENCE_S = 60 };

/* ---- one more ---- */

static int read_consent(struct cli *cli, struct consent *c)
{
	const char *basis = NULL, *source = NULL, *at = NULL;
	struct err err;

	c->what = str_from(cli->argv[1]);
	c->state = consent_state_from(str_from(cli->argv[2]));
	if (cli_option(cli, "--basis", &basis))
		c->basis = str_from(basis);
	if (cli_option(cli, "--source", &source))
		c->source = str_trim(str_from(source));
	if (cli_option(cli, "--at", &at) && !clock_parse(str_from(at), &c->said_us))
		return cli_failf(CLI_USAGE, "try --at 2026-10-01T08:00:00Z", "\"%s\" is not a time", at);
	return consent_check(c, &err) ? CLI_OK : cli_failf(CLI_USAGE, "daybook contact consent CONTACT marketing.email given --source TEXT",
							   "%s", err.msg);
}

int cmd_contact_consent(struct cli *cli)
{
	auto_json struct json_object *reply = NULL;
	struct decision d = { .what = DECISION_CONSENT };
	struct buf body;
	int code = read_consent(cli, &d.consent);

	if (code == CLI_OK)
		code = cli_find_contact(cli, cli->argv[0], &d.contact);
	if (code != CLI_OK)
		return code;
	buf_init(&body, MAX_REQUEST);
	decision_json(&d, &body);
	code = cli_call_patiently(cli, "/people", buf_str(&body), PATIENCE_S, &reply);
	buf_clear(&body);
	if (code == CLI_OK && cli->as_json) {
		json_put_value(&body, reply);
		show_line(&body);
	} else if (code == CLI_OK) {
		printf("noted: " STR_FMT "\n", STR_ARG(json_str(reply, "contact")));
	}
	buf_finish(&body);
	return code;
}

/* ---- the list ---- */

struct listing {
	struct cli *cli;
	struct table *table;
	struct buf line;
};

void show_consent(struct json_writer *w, const struct consent_row *row)
{
	json_open(w, '{');
	json_member(w, "what", row->consent.what);
	json_member(w, "state", str_from(consent_state_name(row->consent.state)));
	json_member_bool(w, "counts", row->counts);
	json_member_or_null(w, "basis", row->consent.basis);
	json_member_or_null(w, "source", row->consent.source);
	show_time(w, "said_at", row->consent.said_us);
	show_time(w, "recorded_at", id_wall_us(row->decision));
	json_member(w, "by", row->by);
	show_id(w, "contact", row->contact, "con_");
	json_close(w, '}');
}

static bool put(const struct consent_row *row, void *arg)
{
	struct listing *l = arg;
	struct json_writer w;

	if (l->cli->as_json) {
		json_begin(&w, &l->line);
		show_consent(&w, row);
		return show_line(&l->line);
	}
	table_row(l->table);
	table_str(l->table, row->consent.what);
	table_str(l->table, str_from(consent_state_name(row->consent.state)));
	table_str(l->table, row->counts ? STR("now") : STR("before"));
	table_time(l->table, row->consent.said_us);
	table_str(l->table, row->consent.basis.len ? row->consent.basis : STR("-"));
	table_str(l->table, row->by);
	table_str(l->table, row->consent.source);
	return true;
}

int cmd_contact_consents(struct cli *cli)
{
	static const char *const heads[] = { "WHAT", "STATE", "COUNTS", "SAID", "BASIS", "BY", "~SOURCE", NULL };
	struct listing l = { .cli = cli };
	int64_t contact;
	struct err err;
	int code = cli_find_contact(cli, cli->argv[0], &contact);

	if (code != CLI_OK)
		return code;
	buf_init(&l.line, MAX_REQUEST);
	l.table = table_create(heads);
	if (!store_each_consent(cli->store, contact, put, &l, &err))
		code = cli_fail(&err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	return code;
}
