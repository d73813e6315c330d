/* daybook review: what a person should decide. */
#include <stdio.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/show.h"

enum { MAX_LINE = 1 << 20, MAX_CANDIDATES = 1000, MAX_CELL = 4096 };

struct listing {
	struct cli *cli;
	struct table *table;
	struct buf line;
	struct err err;
	bool failed;
};

/* Calls fn for each id of the stored list of numbers. */
static bool each_candidate(struct str list, void (*fn)(const char *id, void *arg), void *arg, struct err *err)
{
	auto_json struct json_object *ids = NULL;
	char text[ID_TEXT_SIZE];
	int64_t id;

	if (list.len == 0)
		return true;
	ids = json_parse(list, 2, MAX_CANDIDATES, err);
	if (ids == NULL)
		return err_prefixf(err, "candidates of a review item");
	for (size_t i = 0; i < json_count(ids); i++)
		if (json_int(json_at(ids, i), &id))
			fn(id_format(id, "con_", text), arg);
	return true;
}

static void put_json_id(const char *id, void *arg)
{
	json_str_value(arg, str_from(id));
}

static bool put_json(struct listing *l, const struct review_row *row)
{
	struct json_writer w;

	json_begin(&w, &l->line);
	json_open(&w, '{');
	show_id(&w, "id", row->id, "rev_");
	json_member(&w, "type", str_from(review_type_name(row->type)));
	show_id(&w, "interaction", row->interaction, "int_");
	json_name(&w, "candidates");
	json_open(&w, '[');
	l->failed = !each_candidate(row->candidates, put_json_id, &w, &l->err);
	json_close(&w, ']');
	json_member_or_null(&w, "reason", row->reason);
	json_close(&w, '}');
	return !l->failed && show_line(&l->line);
}

static void put_text_id(const char *id, void *arg)
{
	struct buf *out = arg;

	buf_addf(out, "%s%s", out->len ? " " : "", id);
}

static bool put(const struct review_row *row, void *arg)
{
	struct listing *l = arg;
	char id[ID_TEXT_SIZE];
	struct buf candidates;

	if (l->cli->as_json)
		return put_json(l, row);
	buf_init(&candidates, MAX_CELL);
	l->failed = !each_candidate(row->candidates, put_text_id, &candidates, &l->err);
	table_row(l->table);
	table_str(l->table, str_from(id_format(row->id, "rev_", id)));
	table_str(l->table, str_from(review_type_name(row->type)));
	table_str(l->table, row->interaction ? str_from(id_format(row->interaction, "int_", id)) : STR("-"));
	table_str(l->table, buf_str(&candidates));
	table_str(l->table, row->reason);
	buf_finish(&candidates);
	return !l->failed;
}

int cmd_review(struct cli *cli)
{
	static const char *const heads[] = { "ID", "TYPE", "INTERACTION", "CANDIDATES", "~REASON", NULL };
	struct listing l = { .cli = cli };
	int code;

	if (cli_store(cli, &code) == NULL)
		return code;
	buf_init(&l.line, MAX_LINE);
	l.table = table_create(heads);
	if (!store_each_review(cli->store, put, &l, &l.err) || l.failed)
		code = cli_fail(&l.err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	return code;
}
