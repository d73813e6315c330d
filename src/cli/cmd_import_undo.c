/* daybook import list, undo: what was imported, and taking one of them back. */
#include <stdio.h>
#include <time.h>

#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/call.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/show.h"
#include "store/upload.h"

enum { ROOM = 1 << 20, MAX_LINE = 64 << 10, LOOK_MS = 100, PATIENCE_S = 6 * 3600 };

/* ---- list ---- */

struct listing {
	struct cli *cli;
	struct table *table;
	struct buf line;
	bool has_uploads;		/* an older store has not */
};

static const char *state_of(const struct listing *l, const struct import_run_row *row, struct arena *arena)
{
	struct upload_row up;
	struct err ignored;
	bool was_sent = l->has_uploads && store_get_upload(l->cli->store, row->id, arena, &up, &ignored);

	return import_state(row, was_sent ? &up : NULL);
}

static void put_json(struct buf *out, const struct import_run_row *row, const char *state)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	show_id(&w, "id", row->id, "imp_");
	json_member(&w, "kind", row->kind);
	json_member(&w, "name", row->name);
	json_member(&w, "by", row->by);
	json_member(&w, "state", str_from(state));
	show_time(&w, "begun_at", row->begun_us);
	show_time(&w, "ended_at", row->ended_us);
	for (int o = OUTCOME_STORED; o < OUTCOME_COUNT; o++)
		json_member_int(&w, outcome_name((enum outcome)o), row->by_outcome[o]);
	json_member_or_null(&w, "undo_by", row->undo_by);
	show_time(&w, "undo_at", row->undo_us);
	show_time(&w, "undone_at", row->undone_us);
	json_member_int(&w, "taken", row->n_taken);
	json_close(&w, '}');
	show_line(out);
}

static bool put(const struct import_run_row *row, void *arg)
{
	struct listing *l = arg;
	struct arena *arena = arena_create(ROOM);
	const char *state = state_of(l, row, arena);
	char id[ID_TEXT_SIZE];

	arena_destroy(arena);
	if (l->cli->as_json) {
		put_json(&l->line, row, state);
		return true;
	}
	table_row(l->table);
	table_str(l->table, str_from(id_format(row->id, "imp_", id)));
	table_time(l->table, row->begun_us);
	table_str(l->table, row->by);
	table_str(l->table, row->kind);
	table_str(l->table, str_from(state));
	table_int(l->table, row->by_outcome[OUTCOME_STORED]);
	table_int(l->table, row->by_outcome[OUTCOME_DUPLICATE]);
	table_int(l->table, row->by_outcome[OUTCOME_DEAD]);
	table_str(l->table, row->name);
	return true;
}

int cmd_import_list(struct cli *cli)
{
	static const char *const heads[] = { "IMPORT", "BEGUN", "BY", "KIND", "STATE", ">STORED", ">DUPLICATE", ">DEAD", "~NAME", NULL };
	struct listing l = { .cli = cli };
	struct err err;
	int code;

	if (cli_store(cli, &code) == NULL)
		return code;
	buf_init(&l.line, MAX_LINE);
	l.table = table_create(heads);
	if (!store_has_unread(cli->store, &l.has_uploads, &err) || !store_each_import(cli->store, 0, put, &l, &err))
		code = cli_fail(&err, NULL);
	else if (!cli->as_json)
		table_print(l.table);
	table_destroy(l.table);
	buf_finish(&l.line);
	return code;
}

/* ---- undo ---- */

static void show_extent(struct cli *cli, const struct import_extent *x)
{
	struct json_writer w;
	struct buf line;

	if (!cli->as_json || !cli->is_dry_run) {
		fprintf(stderr, "%8lld messages of this import go, as if they had never come\n", (long long)x->n_rows);
		fprintf(stderr, "%8lld entries go with them\n", (long long)(x->n_entries - x->n_staying));
		fprintf(stderr, "%8lld entries stay: a connector or another import has brought them, too\n", (long long)x->n_staying);
		return;
	}
	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member_int(&w, "messages", x->n_rows);
	json_member_int(&w, "entries", x->n_entries - x->n_staying);
	json_member_int(&w, "staying", x->n_staying);
	json_close(&w, '}');
	show_line(&line);
	buf_finish(&line);
}

static int begin(struct cli *cli, int64_t id)
{
	auto_json struct json_object *answer = NULL;
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	show_id(&w, "import", id, "imp_");
	json_close(&w, '}');
	code = cli_call(cli, "/import/undo", buf_str(&body), &answer);
	buf_finish(&body);
	return code;
}

static int conclude(struct cli *cli, int64_t id)
{
	struct arena *arena = arena_create(ROOM);
	struct import_run_row row;
	struct buf line;
	struct err err;
	int code = CLI_OK;

	buf_init(&line, MAX_LINE);
	if (!store_get_import(cli->store, id, arena, &row, &err))
		code = cli_fail(&err, NULL);
	else if (row.undone_us == 0)
		code = cli_failf(CLI_PARTLY, "daybook import list shows when it is done", "it is still going on");
	else if (cli->as_json)
		put_json(&line, &row, import_state(&row, NULL));
	else
		printf("undone: %lld messages are gone\n", (long long)row.n_taken);
	buf_finish(&line);
	arena_destroy(arena);
	return code;
}

/* One look, with an arena of its own: there may be very many. */
static bool is_over(struct cli *cli, int64_t id)
{
	struct arena *arena = arena_create(ROOM);
	struct import_run_row row;
	struct err ignored;
	bool ok = store_get_import(cli->store, id, arena, &row, &ignored);

	arena_destroy(arena);
	return !ok || row.undone_us != 0;
}

static int wait_for(struct cli *cli, int64_t id)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };

	for (int64_t i = 0; !is_over(cli, id) && i < PATIENCE_S * 1000LL / LOOK_MS; i++)
		nanosleep(&pause, NULL);
	return conclude(cli, id);
}

static int show_what_goes(struct cli *cli, int64_t id)
{
	struct arena *arena = arena_create(ROOM);
	struct import_extent extent;
	struct import_run_row row;
	struct err err;
	int code = CLI_OK;

	if (!store_get_import(cli->store, id, arena, &row, &err) || !store_import_extent(cli->store, id, &extent, &err))
		code = cli_fail(&err, "daybook import list");
	else if (row.undo_us != 0)
		code = cli_failf(CLI_FAILED, NULL, "this import was undone already");
	else
		show_extent(cli, &extent);
	arena_destroy(arena);
	return code;
}

int cmd_import_undo(struct cli *cli)
{
	int64_t id;
	int code;

	if (!id_parse(str_from(cli->argv[0]), "imp_", &id))
		return cli_failf(CLI_MISSING, "daybook import list", "there is no import \"%s\"", cli->argv[0]);
	if (cli_store(cli, &code) == NULL)
		return code;
	code = show_what_goes(cli, id);
	if (code != CLI_OK || cli->is_dry_run)
		return code;
	code = ask(cli, "take all of that away again?");
	if (code == CLI_OK)
		code = begin(cli, id);
	return code == CLI_OK ? wait_for(cli, id) : code;
}
