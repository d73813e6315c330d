/* daybook companies: who belongs together, by mail domain or as somebody said. */
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/show.h"
#include "store/view.h"

enum { PAGE = 200, MAX_LINE = 64 << 10 };

struct listing {
	struct cli *cli;
	struct table *table;
	struct arena *arena;
	struct str last;
	size_t n;
};

static void put_json(const struct view_company *row)
{
	struct json_writer w;
	struct buf line;

	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member(&w, "name", row->name);
	json_member_int(&w, "contacts", row->n_contacts);
	show_time(&w, "last_at", row->last_us);
	json_close(&w, '}');
	show_line(&line);
	buf_finish(&line);
}

static bool put(const struct view_company *row, void *arg)
{
	struct listing *l = arg;

	l->last = arena_str(l->arena, row->name);
	l->n++;
	if (l->cli->as_json) {
		put_json(row);
		return true;
	}
	table_row(l->table);
	table_str(l->table, row->name);
	table_int(l->table, row->n_contacts);
	table_time(l->table, row->last_us);
	return true;
}

static bool list_all(struct listing *l, struct str text, struct err *err)
{
	const struct viewer everything = { .sees = SEES_ALL };

	do {
		l->n = 0;
		if (!view_each_company(l->cli->store, &everything, text, l->last, PAGE, put, l, err))
			return false;
	} while (l->n == PAGE);
	return true;
}

int cmd_companies(struct cli *cli)
{
	static const char *const heads[] = { "~COMPANY", ">CONTACTS", "LAST", NULL };
	struct listing l = { .cli = cli };
	auto_free char *text = cli_join(cli, 0);
	struct err err;
	int code;

	if (cli_store(cli, &code) == NULL)
		return code;
	l.arena = arena_create(64 << 20);
	l.table = table_create(heads);
	if (!list_all(&l, str_from(text), &err))
		code = cli_fail(&err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	arena_destroy(l.arena);
	return code;
}
