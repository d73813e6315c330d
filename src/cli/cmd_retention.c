/* daybook retention, retention run: how long what is kept, what would go now, and what went. */
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/call.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/show.h"
#include "ingest/retention.h"
#include "store/retention.h"

enum { MAX_LINE = 64 << 10 };

struct listing {
	struct cli *cli;
	struct table *table;
	struct buf line;
	bool has;			/* a store of this version */
};

struct line {
	enum retention_class c;
	int64_t keep_us, n, n_bytes;	/* to go */
	struct retention_state state;
};

static bool look(struct listing *l, struct line *line, struct err *err)
{
	line->keep_us = retention_of(l->cli->config, line->c);
	if (l->has && !store_get_retention(l->cli->store, line->c, &line->state, err))
		return false;
	return line->keep_us == 0 || store_count_expired(l->cli->store, line->c, clock_wall_us() - line->keep_us, &line->n, &line->n_bytes, err);
}

static bool put_json(struct listing *l, const struct line *line)
{
	struct json_writer w;

	json_begin(&w, &l->line);
	json_open(&w, '{');
	json_member(&w, "class", str_from(retention_class_name(line->c)));
	if (line->keep_us > 0)
		json_member_int(&w, "keep_s", line->keep_us / US_PER_S);
	else
		json_member_or_null(&w, "keep_s", (struct str){ NULL, 0 });
	json_member_int(&w, "to_go", line->n);
	json_member_int(&w, "to_go_bytes", line->n_bytes);
	json_member_int(&w, "gone", line->state.n_rows);
	show_time(&w, "ran_at", line->state.ran_us);
	json_member_or_null(&w, "error", str_from(line->state.error));
	json_close(&w, '}');
	return show_line(&l->line);
}

static bool put(struct listing *l, const struct line *line)
{
	char span[HUMAN_SIZE], bytes[HUMAN_SIZE];

	if (l->cli->as_json)
		return put_json(l, line);
	table_row(l->table);
	table_str(l->table, str_from(retention_class_name(line->c)));
	table_str(l->table, line->keep_us > 0 ? str_from(human_span(line->keep_us, span)) : STR("for ever"));
	table_int(l->table, line->n);
	table_str(l->table, str_from(human_bytes(line->n_bytes, bytes)));
	table_int(l->table, line->state.n_rows);
	table_time(l->table, line->state.ran_us);
	table_str(l->table, str_from(line->state.error));
	return true;
}

static bool put_all(struct listing *l, struct err *err)
{
	if (!store_has_retention(l->cli->store, &l->has, err))
		return false;
	for (int c = 0; c < RETENTION_CLASS_COUNT; c++) {
		struct line line = { .c = (enum retention_class)c };

		if (!look(l, &line, err))
			return false;
		if (!put(l, &line))
			break;
	}
	return true;
}

int cmd_retention(struct cli *cli)
{
	static const char *const heads[] = { "CLASS", "KEPT", ">TO GO", ">BYTES", ">GONE", "LAST RUN", "~ERROR", NULL };
	struct listing l = { .cli = cli };
	struct err err;
	int code;

	if (cli_store(cli, &code) == NULL)
		return code;
	buf_init(&l.line, MAX_LINE);
	l.table = table_create(heads);
	if (!put_all(&l, &err))
		code = cli_fail(&err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	return code;
}

int cmd_retention_run(struct cli *cli)
{
	auto_json struct json_object *reply = NULL;
	int code = cli_call(cli, "/retention/run", STR("{}"), &reply);

	if (code == CLI_OK && !cli->as_json)
		puts("begun; daybook retention shows how far it is");
	return code;
}
