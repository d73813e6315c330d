/* daybook contact duplicates: who may be one person. */
#include <stdio.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/person.h"
#include "cli/show.h"
#include "model/likeness.h"
#include "store/lookalike.h"

enum { MAX_LINE = 64 << 10 };

struct pairs {
	struct arena *arena;
	unsigned reasons;		/* that the configuration wants */
	struct lookalike *items;
	size_t n;
};

/* Kept, and shown once the list is read: what is shown of a pair is read from the store too. */
static bool keep(const struct lookalike *pair, void *arg)
{
	struct pairs *p = arg;
	struct lookalike *grown;

	if (!(pair->shared & p->reasons))
		return true;
	grown = arena_grow(p->arena, p->items, p->n, sizeof(*grown));
	if (grown == NULL)	/* more than anybody reads: the first are shown */
		return false;
	p->items = grown;
	grown[p->n] = *pair;
	grown[p->n++].shared &= p->reasons;
	return true;
}

static void put_json(const struct lookalike *pair, struct buf *line)
{
	struct json_writer w;

	json_begin(&w, line);
	json_open(&w, '{');
	show_id(&w, "contact", pair->one, "con_");
	show_id(&w, "other", pair->other, "con_");
	json_member(&w, "score", str_from(likeness_score(pair->shared)));
	json_name(&w, "reasons");
	json_open(&w, '[');
	for (int kind = 0; kind < LIKE_COUNT; kind++)
		if (pair->shared & 1u << kind)
			json_str_value(&w, str_from(likeness_reason((enum likeness)kind)));
	json_close(&w, ']');
	json_close(&w, '}');
	show_line(line);
}

static bool put_side(struct cli *cli, struct table *table, int64_t contact, struct err *err)
{
	auto_free char *handles = person_handles(cli, contact, err);
	char id[ID_TEXT_SIZE];

	if (handles == NULL)
		return false;
	table_str(table, str_from(id_format(contact, "con_", id)));
	table_str(table, str_from(handles));
	return true;
}

static bool put_row(struct cli *cli, struct table *table, const struct lookalike *pair, struct err *err)
{
	struct buf why;

	table_row(table);
	if (!put_side(cli, table, pair->one, err) || !put_side(cli, table, pair->other, err))
		return false;
	buf_init(&why, MAX_LINE);
	for (int kind = 0; kind < LIKE_COUNT; kind++)
		if (pair->shared & 1u << kind)
			buf_addf(&why, "%s%s", why.len ? "; " : "", likeness_reason((enum likeness)kind));
	table_str(table, str_from(likeness_score(pair->shared)));
	table_str(table, buf_str(&why));
	buf_finish(&why);
	return true;
}

static int show(struct cli *cli, const struct pairs *pairs)
{
	static const char *const heads[] = { "CONTACT", "~KNOWN BY", "OTHER", "~KNOWN BY", "SCORE", "~REASON", NULL };
	struct table *table = table_create(heads);
	struct err err = { .kind = ERR_NONE };
	struct buf line;
	int code = CLI_OK;

	buf_init(&line, MAX_LINE);
	for (size_t i = 0; code == CLI_OK && i < pairs->n; i++) {
		if (cli->as_json)
			put_json(&pairs->items[i], &line);
		else if (!put_row(cli, table, &pairs->items[i], &err))
			code = cli_fail(&err, NULL);
	}
	if (code == CLI_OK && !cli->as_json)
		table_print(table);
	buf_finish(&line);
	table_destroy(table);
	return code;
}

int cmd_contact_duplicates(struct cli *cli)
{
	struct pairs pairs = { .arena = NULL };
	struct err err;
	int code;

	if (cli_store(cli, &code) == NULL)
		return code;
	if (cli_config(cli, &code) == NULL)
		return code;
	pairs.reasons = likeness_mask(cli->config->matching.suggest_merge.items, cli->config->matching.suggest_merge.n_items);
	pairs.arena = arena_create(256 << 20);
	if (!store_each_lookalike(cli->store, keep, &pairs, &err))
		code = cli_fail(&err, NULL);
	else
		code = show(cli, &pairs);
	arena_destroy(pairs.arena);
	return code;
}
