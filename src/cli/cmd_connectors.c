/* daybook connectors: what is configured, and the address to give to whoever pushes. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/hook.h"
#include "cli/show.h"
#include "cli/survey.h"

enum { MAX_LINE = 1 << 20 };

static void print_json(const struct surveyed *c, const char *url, struct buf *line)
{
	struct json_writer w;

	json_begin(&w, line);
	json_open(&w, '{');
	json_member(&w, "name", str_from(c->conf->name));
	json_member(&w, "type", str_from(c->conf->type->name));
	json_member(&w, "state", str_from(c->health.state));
	json_member_or_null(&w, "url", str_from(url));
	json_member_or_null(&w, "summary", str_from(c->conf->type->summary));
	json_member_int(&w, "backfill_left", c->pull.backlog_left);
	json_member_bool(&w, "enabled", c->conf->host.enabled);
	show_read_folders(&w, c->read_folders);
	json_close(&w, '}');
	show_line(line);
}

static void put_state(struct table *t, const struct surveyed *c)
{
	char text[64];

	if (c->pull.backlog_left > 0 && c->pull.backlog_of > 0)
		snprintf(text, sizeof(text), "%s, backfill %d %%", c->health.state,
			 (int)((c->pull.backlog_of - c->pull.backlog_left) * 100 / c->pull.backlog_of));
	else
		snprintf(text, sizeof(text), "%s", c->health.state);
	table_str(t, str_from(text));
}

static void print_row(struct table *t, const struct surveyed *c, const char *url)
{
	table_row(t);
	table_str(t, str_from(c->conf->name));
	table_str(t, str_from(c->conf->type->name));
	put_state(t, c);
	if (c->health.is_bad)
		table_color(t, "yellow");
	table_str(t, url ? str_from(url) : STR("-"));
	table_str(t, str_from(c->conf->type->summary));
}

/* ---- folders ---- */

static void print_folders(const struct survey *s)
{
	static const char *const heads[] = { "CONNECTOR", "FOLDER", ">MESSAGES", "LOOKED AT", "~ERROR", NULL };
	struct table *t = table_create(heads);

	for (size_t i = 0; i < s->n_connectors; i++)
		for (size_t k = 0; k < json_count(s->connectors[i].read_folders); k++) {
			struct json_object *f = json_at(s->connectors[i].read_folders, k);
			int64_t messages = 0, looked_us = 0;

			json_int(json_get(f, "messages"), &messages);
			json_int(json_get(f, "looked_us"), &looked_us);
			table_row(t);
			table_str(t, str_from(s->connectors[i].conf->name));
			table_str(t, json_str(f, "folder"));
			table_int(t, messages);
			table_time(t, looked_us);
			table_str(t, json_str(f, "error"));
			if (json_str(f, "error").len > 0)
				table_color(t, "yellow");
		}
	table_print(t);
	table_destroy(t);
}

static int show_folders(const struct survey *s)
{
	if (s->ping.state != DAEMON_RUNNING)
		return cli_failf(CLI_NO_DAEMON, "start it: systemctl start daybookd, or daybookd -c FILE",
				 "which folders are read is known to a running daybookd alone");
	print_folders(s);
	return CLI_OK;
}

/* ---- all of them ---- */

int cmd_connectors(struct cli *cli)
{
	static const char *const heads[] = { "CONNECTOR", "TYPE", "STATE", "URL", "~WHAT IT READS", NULL };
	struct table *t;
	struct survey s;
	struct buf line;
	int code = survey_take(&s, cli);

	if (code == CLI_OK && (cli->as_json || cli_flag(cli, "--folders")))
		survey_folders(&s, cli);
	if (code == CLI_OK && !cli->as_json && cli_flag(cli, "--folders")) {
		code = show_folders(&s);
		survey_finish(&s);
		return code;
	}
	t = table_create(heads);
	buf_init(&line, MAX_LINE);
	for (size_t i = 0; code == CLI_OK && i < s.n_connectors; i++) {
		auto_free char *url = hook_url(cli->config, s.connectors[i].conf);

		if (cli->as_json)
			print_json(&s.connectors[i], url, &line);
		else
			print_row(t, &s.connectors[i], url);
	}
	if (code == CLI_OK && !cli->as_json)
		table_print(t);
	buf_finish(&line);
	table_destroy(t);
	survey_finish(&s);
	return code;
}
