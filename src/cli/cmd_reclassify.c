/* daybook reclassify --dry-run: what a changed rule would do to the entries there are. */
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/show.h"
#include "ingest/reclassify.h"
#include "sandbox/parse.h"
#include "sandbox/spawn.h"
#include "table.h"

enum { MAX_LINE = 1 << 20, LISTED = 1000, ENTRIES_A_REPORT = 500 };

struct run {
	struct cli *cli;
	struct table *table;
	struct buf line;
	int64_t n_listed;
};

/* "message", or "message → bulk" */
static void put_turn(struct run *run, const char *before, const char *now, bool is_same)
{
	char text[100];

	snprintf(text, sizeof(text), is_same ? "%s" : "%s → %s", before, now);
	table_str(run->table, str_from(text));
}

static void put_row(struct run *run, const struct reclassify_change *c)
{
	const struct interaction *it = &c->row->it;
	bool is_gone = c->kind == KIND_NONE;

	table_row(run->table);
	table_time(run->table, it->occurred_us);
	table_str(run->table, c->row->connector_name);
	put_turn(run, kind_name(it->kind), is_gone ? "no entry" : kind_name(c->kind), c->kind == it->kind);
	put_turn(run, direction_name(it->direction), direction_name(c->direction),
		 is_gone || c->direction == it->direction);
	table_str(run->table, it->subject);
	table_str(run->table, c->why);
}

static void put_json(struct run *run, const struct reclassify_change *c)
{
	const struct interaction *it = &c->row->it;
	struct json_writer w;

	json_begin(&w, &run->line);
	json_open(&w, '{');
	show_id(&w, "id", c->row->id, "int_");
	json_member(&w, "connector", c->row->connector_name);
	show_time(&w, "occurred_at", it->occurred_us);
	json_member_or_null(&w, "subject", it->subject);
	json_member(&w, "kind", str_from(kind_name(it->kind)));
	json_member(&w, "direction", str_from(direction_name(it->direction)));
	json_member_or_null(&w, "why", it->why);
	if (c->kind == KIND_NONE) {
		json_member_null(&w, "new_kind");
		json_member_null(&w, "new_direction");
	} else {
		json_member(&w, "new_kind", str_from(kind_name(c->kind)));
		json_member(&w, "new_direction", str_from(direction_name(c->direction)));
	}
	json_member(&w, "new_why", c->why);
	json_close(&w, '}');
}

static bool on_change(const struct reclassify_change *change, void *arg)
{
	struct run *run = arg;

	if (run->cli->as_json) {
		put_json(run, change);
		return show_line(&run->line);
	}
	if (run->n_listed < LISTED) {
		put_row(run, change);
		run->n_listed++;
	}
	return true;
}

static void on_progress(const struct reclassify_counts *counts, void *arg)
{
	(void)arg;
	if (counts->n_entries % ENTRIES_A_REPORT == 0 && isatty(STDERR_FILENO))
		fprintf(stderr, "\rread %lld entries", (long long)counts->n_entries);
}

/* With --json the listing alone is data. */
static void print_counts(struct run *run, const struct reclassify_counts *counts)
{
	FILE *to = run->cli->as_json ? stderr : stdout;
	char n[HUMAN_SIZE], changed[HUMAN_SIZE], left[HUMAN_SIZE];

	if (counts->n_changed > run->n_listed && !run->cli->as_json)
		fprintf(to, "these are the first %d; --json lists all\n", LISTED);
	fprintf(to, "%s of %s entries would change", human_count(counts->n_changed, changed),
		human_count(counts->n_entries, n));
	if (counts->n_left > 0)
		fprintf(to, " · %s not looked at (notes of people, or without their bytes)",
			human_count(counts->n_left, left));
	fputs("; nothing was written\n", to);
	fflush(to);
	if (counts->n_changed > 0)
		fputs("hint: systemctl stop daybookd && daybook rebuild && systemctl start daybookd applies these rules\n",
		      stderr);
}

static int compare(struct run *run, int64_t connector, struct parsers *parsers)
{
	static const char *const heads[] = { "WHEN", "CONNECTOR", "KIND", "DIRECTION", "~SUBJECT", "~NEW REASON", NULL };
	const struct reclassify_parts parts = {
		.config = run->cli->config, .import = &connector_import, .known = connectors_known,
		.parsers = parsers, .dir = run->cli->config->storage.path, .connector = connector,
		.changed = on_change, .progress = on_progress, .arg = run,
	};
	struct reclassify_counts counts;
	struct err err;
	bool ok;

	run->table = table_create(heads);
	ok = reclassify_compare(&parts, run->cli->store, &counts, &err);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (ok && !run->cli->as_json && counts.n_changed > 0)
		table_print(run->table);
	if (ok)
		print_counts(run, &counts);
	table_destroy(run->table);
	return ok ? CLI_OK : cli_fail(&err, NULL);
}

static int find_connector(struct cli *cli, int64_t *id)
{
	const char *name = NULL;
	struct err err;

	*id = 0;
	cli_option(cli, "--connector", &name);
	if (name == NULL || store_find_connector(cli->store, str_from(name), id, &err))
		return CLI_OK;
	return cli_fail(&err, "daybook ledger lists them");
}

static int run_with(struct sandbox *sandbox, struct run *run)
{
	struct parsers *parsers;
	int64_t connector;
	int code;

	if (cli_config(run->cli, &code) == NULL || cli_store(run->cli, &code) == NULL)
		return code;
	code = find_connector(run->cli, &connector);
	if (code != CLI_OK)
		return code;
	parsers = parsers_create(sandbox, 1, run->cli->config->ingest.parse_timeout, 0);
	code = compare(run, connector, parsers);
	parsers_destroy(parsers);
	return code;
}

int cmd_reclassify(struct cli *cli)
{
	struct run run = { .cli = cli };
	struct sandbox *sandbox;
	struct err err;
	int code;

	/* A rebuild reads the whole journal by today's rules: a second way to the same end would have to agree with it
	 * for ever. */
	if (!cli->is_dry_run)
		return cli_failf(CLI_USAGE, "daybook reclassify --dry-run shows what would change; daybook rebuild, with daybookd "
					    "stopped, applies it",
				 "reclassify changes nothing by itself");
	/* Made before the store is open. */
	sandbox = sandbox_launch(&err);
	if (sandbox == NULL)
		return cli_fail(&err, NULL);
	buf_init(&run.line, MAX_LINE);
	code = run_with(sandbox, &run);
	buf_finish(&run.line);
	sandbox_stop(sandbox);
	return code;
}
