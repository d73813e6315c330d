/* daybook connector blocked: what a block list takes away, shown before the daemon reads it. */
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/show.h"
#include "ingest/blocked.h"
#include "store/forget.h"
#include "table.h"

enum { ROW_ROOM = 80 << 20, MAX_LINE = 1 << 20, LISTED = 1000, ROWS_A_REPORT = 500 };

struct run {
	struct cli *cli;
	const struct config_connector *conf;
	int64_t connector;
	struct table *table;
	struct buf line;
	int64_t n_rows, n_blocked, n_kept, n_unknown;
	bool is_kept;			/* the entry at hand: another connector has brought it as well */
	bool is_ended;			/* nobody wants to hear more */
	struct err err;
};

/* ---- one entry ---- */

static void put_json(struct run *run, const struct interaction_row *row)
{
	struct json_writer w;

	json_begin(&w, &run->line);
	json_open(&w, '{');
	show_id(&w, "id", row->id, "int_");
	show_time(&w, "occurred_at", row->it.occurred_us);
	json_member(&w, "direction", str_from(direction_name(row->it.direction)));
	json_member_or_null(&w, "subject", row->it.subject);
	json_member_bool(&w, "stays", run->is_kept);
	json_close(&w, '}');
}

static bool show_entry(const struct interaction_row *row, void *arg)
{
	struct run *run = arg;

	run->n_blocked++;
	run->n_kept += run->is_kept;
	if (run->cli->as_json) {
		put_json(run, row);
		run->is_ended = !show_line(&run->line);
	} else if (run->n_blocked <= LISTED) {
		table_row(run->table);
		table_time(run->table, row->it.occurred_us);
		table_str(run->table, str_from(direction_name(row->it.direction)));
		table_str(run->table, run->is_kept ? STR("another brought it too: it stays") : STR("goes"));
		table_str(run->table, row->it.subject);
	}
	return true;
}

static bool look_at_delivery(int64_t journal_id, void *arg)
{
	struct run *run = arg;
	int64_t base_id, connector;

	if (!store_find_row(run->cli->store, journal_id, &base_id, &connector, &run->err))
		return false;
	run->is_kept |= connector != run->connector;
	return true;
}

static bool look_at_entry(int64_t id, void *arg)
{
	struct run *run = arg;

	run->is_kept = false;
	return store_each_delivery_of(run->cli->store, id, look_at_delivery, run, &run->err) &&
	       run->err.kind == ERR_NONE && store_get_interaction(run->cli->store, id, show_entry, run, &run->err) &&
	       !run->is_ended;
}

/* ---- one row ---- */

/* One that came twice by this connector is shown by the row that it is of. */
static bool look_at_row(struct run *run, const struct journal_row *row)
{
	enum blocked is;

	if (!blocked_row(run->conf->type, run->conf->conf, row, run->cli->config->storage.path, &is, &run->err))
		return false;
	run->n_unknown += is == BLOCKED_UNKNOWN;
	run->err.kind = ERR_NONE;
	return is != BLOCKED_YES || row->outcome == OUTCOME_DUPLICATE ||
	       (store_each_entry_of(run->cli->store, row->id, look_at_entry, run, &run->err) && run->err.kind == ERR_NONE);
}

static bool look_at(struct run *run, int64_t journal_id)
{
	struct arena *arena = arena_create(ROW_ROOM);
	struct journal_row row;
	bool ok = store_get_journal(run->cli->store, journal_id, arena, &row, &run->err) && look_at_row(run, &row);

	arena_destroy(arena);
	if (++run->n_rows % ROWS_A_REPORT == 0 && isatty(STDERR_FILENO))
		fprintf(stderr, "\rlooked at %lld messages", (long long)run->n_rows);
	return ok && !run->is_ended;
}

static bool look_at_all(struct run *run)
{
	struct id_page page;
	int64_t last = 0;

	do {
		if (!store_next_rows_of(run->cli->store, run->connector, last, &page, &run->err))
			return false;
		for (size_t i = 0; i < page.n; i++) {
			last = page.ids[i];
			if (!look_at(run, last))
				return false;
		}
	} while (page.n == countof(page.ids));
	return true;
}

/* ---- the whole ---- */

static void print_counts(struct run *run)
{
	FILE *to = run->cli->as_json ? stderr : stdout;
	char n[HUMAN_SIZE], blocked[HUMAN_SIZE], kept[HUMAN_SIZE], unknown[HUMAN_SIZE];

	if (run->n_blocked > LISTED && !run->cli->as_json)
		fprintf(to, "these are the first %d; --json lists all\n", LISTED);
	fprintf(to, "%s of %s messages name somebody on the list", human_count(run->n_blocked, blocked),
		human_count(run->n_rows, n));
	if (run->n_kept > 0)
		fprintf(to, ", %s of which stay, as another connector brought them as well", human_count(run->n_kept, kept));
	if (run->n_unknown > 0)
		fprintf(to, " · of %s the bytes are gone", human_count(run->n_unknown, unknown));
	fputs("; nothing was written\n", to);
	fflush(to);
	if (run->n_blocked > run->n_kept)
		fputs("hint: daybook reload takes them away; off the list, they come back with the next daybook reconcile as long "
		      "as the server has them\n", stderr);
}

static int list(struct run *run)
{
	static const char *const heads[] = { "WHEN", "DIRECTION", "WHAT BECOMES OF IT", "~SUBJECT", NULL };
	bool ok;

	run->table = table_create(heads);
	buf_init(&run->line, MAX_LINE);
	ok = look_at_all(run) || run->is_ended;
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (ok && !run->cli->as_json && run->n_blocked > 0)
		table_print(run->table);
	if (ok)
		print_counts(run);
	buf_finish(&run->line);
	table_destroy(run->table);
	return ok ? CLI_OK : cli_fail(&run->err, NULL);
}

int cmd_connector_blocked(struct cli *cli)
{
	struct run run = { .cli = cli };
	const char *name = cli->argv[0];
	int code;

	if (cli_config(cli, &code) == NULL || cli_store(cli, &code) == NULL)
		return code;
	run.conf = config_find_connector(cli->config, str_from(name));
	if (run.conf == NULL)
		return cli_failf(CLI_MISSING, "daybook connectors lists them", "there is no connector \"%s\"", name);
	if (run.conf->type->block_list == NULL)
		return cli_failf(CLI_USAGE, "it is an option of mailboxes", "connector \"%s\" of type %s has no block list", name,
				 run.conf->type->name);
	if (run.conf->type->block_list(run.conf->conf)->n_items == 0)
		return cli_failf(CLI_FAILED, "block: [ana@example.com, '@example.org'] in its file is one", "the block list of \"%s\" "
				 "is empty", name);
	if (!store_find_connector(cli->store, str_from(name), &run.connector, &run.err))
		return cli_fail(&run.err, "nothing has come in by it yet");
	return list(&run);
}
