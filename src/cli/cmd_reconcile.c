/* daybook reconcile: asks the daemon to compare mailboxes with their servers, waits, and shows what the store says then. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/call.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/plain.h"
#include "cli/show.h"

enum { MAX_LINE = 64 << 10, FIRST_LOOK_MS = 50, LOOK_MS = 500 };

struct mailbox_wait {
	char *name, *error;		/* error: why it failed */
	int64_t ended;			/* of the daemon, when we asked */
	bool is_over;
};

struct run {
	struct cli *cli;
	const char *only;		/* NULL: all */
	struct mailbox_wait *items;
	size_t n, n_failed;
	bool is_drawn;

	struct table *table;
	struct buf line;
	size_t n_folders, n_folders_failed;
	int64_t listed, missing;
};

/* ---- asking ---- */

static int call(struct run *run, const char *path, struct json_object **reply, struct err *err)
{
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	if (run->only != NULL)
		json_member(&w, "connector", str_from(run->only));
	json_close(&w, '}');
	code = cli_try_call(run->cli, path, buf_str(&body), reply, err);
	buf_finish(&body);
	return code;
}

static int failed(const struct run *run, int code, const struct err *err)
{
	const char *hint = NULL;

	if (code == CLI_NO_DAEMON)
		hint = "start it: systemctl start daybookd, or daybookd -c FILE";
	else if (code == CLI_MISSING && run->only != NULL)
		hint = "daybook connectors lists them";
	else if (code == CLI_DENIED)
		hint = "run it as root, as the daemon's user or as a member of its group";
	return cli_failf(code, hint, "%s", err->msg);
}

static int ask(struct run *run)
{
	auto_json struct json_object *reply = NULL;
	struct json_object *list;
	struct err err;
	int code = call(run, "/reconcile", &reply, &err);

	if (code != CLI_OK)
		return failed(run, code, &err);
	list = json_get(reply, "connectors");
	run->n = json_count(list);
	run->items = xcalloc(run->n + 1, sizeof(*run->items));
	for (size_t i = 0; i < run->n; i++) {
		struct json_object *row = json_at(list, i);
		struct str name = json_str(row, "connector");

		run->items[i].name = xstrndup(name.ptr, name.len);
		json_int(json_get(row, "ended"), &run->items[i].ended);
	}
	if (run->n == 0)
		return cli_failf(CLI_MISSING, "daybook connectors lists what is configured",
				 "there is no mailbox to compare");
	return CLI_OK;
}

/* ---- waiting ---- */

static void draw(struct run *run, struct json_object *row, size_t n_over)
{
	char listed[HUMAN_SIZE], of[HUMAN_SIZE], healed[HUMAN_SIZE];
	int64_t values[5] = { 0 };
	static const char *const names[] = { "folder", "folders", "listed", "of", "healed" };

	if (!isatty(STDERR_FILENO))
		return;
	for (size_t i = 0; i < countof(names); i++)
		json_int(json_get(row, names[i]), &values[i]);
	fprintf(stderr, "\r\033[K%zu of %zu mailboxes  " STR_FMT, n_over, run->n, STR_ARG(json_str(row, "connector")));
	if (values[1] > 0)
		fprintf(stderr, ": folder %" PRId64 " of %" PRId64 ", %s of %s mails, %s fetched", values[0], values[1],
			human_count(values[2], listed), human_count(values[3], of), human_count(values[4], healed));
	run->is_drawn = true;
}

static void clear(struct run *run)
{
	if (run->is_drawn)
		fputs("\r\033[K", stderr);
	run->is_drawn = false;
}

static struct json_object *find_row(struct json_object *list, const char *name)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (str_eq(json_str(json_at(list, i), "connector"), str_from(name)))
			return json_at(list, i);
	return NULL;
}

static void take(struct run *run, struct mailbox_wait *m, struct json_object *row)
{
	struct str error = json_str(row, "error");
	int64_t ended = 0;

	json_int(json_get(row, "ended"), &ended);
	if (row != NULL && ended <= m->ended)
		return;
	m->is_over = true;
	if (row == NULL)
		m->error = xstrdup("it was removed from the configuration, or switched off");
	else if (str_eq(json_str(row, "state"), STR("failed")))
		m->error = xstrndup(error.ptr, error.len);
	run->n_failed += m->error != NULL;
}

static bool look(struct run *run, struct json_object *reply)
{
	struct json_object *list = json_get(reply, "connectors"), *running = NULL;
	size_t n_over = 0;

	for (size_t i = 0; i < run->n; i++) {
		struct mailbox_wait *m = &run->items[i];
		struct json_object *row = find_row(list, m->name);

		if (!m->is_over)
			take(run, m, row);
		n_over += m->is_over;
		if (!m->is_over && (running == NULL || str_eq(json_str(row, "state"), STR("running"))))
			running = row;
	}
	if (running != NULL)
		draw(run, running, n_over);
	return n_over == run->n;
}

static int wait_for_all(struct run *run)
{
	long pause_ms = FIRST_LOOK_MS;
	struct err err;

	for (;;) {
		auto_json struct json_object *reply = NULL;
		const struct timespec pause = { .tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000 };
		int code;

		nanosleep(&pause, NULL);
		pause_ms = pause_ms * 2 < LOOK_MS ? pause_ms * 2 : LOOK_MS;
		code = call(run, "/reconcile/progress", &reply, &err);
		if (code != CLI_OK) {
			clear(run);
			return failed(run, code, &err);
		}
		if (look(run, reply))
			break;
	}
	clear(run);
	return CLI_OK;
}

/* ---- showing ---- */

static void put_json(struct run *run, const struct reconcile_row *row)
{
	struct json_writer w;

	json_begin(&w, &run->line);
	json_open(&w, '{');
	json_member(&w, "connector", row->connector_name);
	show_folder(&w, row);
	json_close(&w, '}');
	show_line(&run->line);
}

/* A folder that could not be compared has those of an earlier day, which say nothing of today. */
static void put_counts(struct table *t, const struct reconcile_row *row)
{
	const int64_t counts[] = { row->listed, row->known, row->filtered, row->healed, row->vanished, row->missing };

	for (size_t i = 0; i < countof(counts); i++) {
		if (row->error.len > 0)
			table_str(t, STR(""));
		else
			table_int(t, counts[i]);
	}
	if (row->error.len == 0 && row->missing > 0)
		table_color(t, "red");
}

static void put_row(struct run *run, const struct reconcile_row *row)
{
	struct table *t = run->table;

	table_row(t);
	table_str(t, row->connector_name);
	table_str(t, row->folder);
	put_counts(t, row);
	table_str(t, row->error.len > 0 ? row->error : row->note);
}

static bool show_row(const struct reconcile_row *row, void *arg)
{
	struct run *run = arg;
	bool is_asked = false;

	for (size_t i = 0; i < run->n; i++)
		is_asked |= run->items[i].error == NULL && str_eq(str_from(run->items[i].name), row->connector_name);
	if (!is_asked)
		return true;
	run->n_folders++;
	run->n_folders_failed += row->error.len > 0;
	if (row->error.len == 0) {	/* else they are of an earlier comparison */
		run->listed += row->listed;
		run->missing += row->missing;
	}
	if (run->cli->as_json)
		put_json(run, row);
	else
		put_row(run, row);
	return true;
}

static int show(struct run *run)
{
	static const char *const heads[] = { "CONNECTOR", "FOLDER", ">SERVER", ">JOURNAL", ">LEFT OUT", ">FETCHED",
					     ">VANISHED", ">MISSING", "~NOTE", NULL };
	struct err err;
	int code;

	if (cli_store(run->cli, &code) == NULL)
		return code;
	run->table = table_create(heads);
	if (!store_each_reconcile(run->cli->store, show_row, run, &err))
		code = cli_fail(&err, NULL);
	else if (!run->cli->as_json)
		table_print(run->table);
	table_destroy(run->table);
	return code;
}

/* ---- the end ---- */

/* The last line says it all; where a part could not be compared it does not claim to. */
static int conclude(struct run *run)
{
	char missing[HUMAN_SIZE], listed[HUMAN_SIZE];
	size_t n_failed = run->n_failed + run->n_folders_failed;

	for (size_t i = 0; i < run->n; i++)
		if (run->items[i].error != NULL)
			cli_failf(CLI_AGAIN, NULL, "%s: %s", run->items[i].name, run->items[i].error);
	human_count(run->missing, missing);
	human_count(run->listed, listed);
	if (!run->cli->as_json && run->n_folders > run->n_folders_failed)
		printf("%s missing of %s\n", missing, listed);
	if (run->missing > 0)
		return cli_failf(CLI_FAILED, "the server lists them and does not deliver them; they are asked for again by "
				 "themselves, and daybook status says why",
				 "%s mail%s of the server could not be fetched", missing, run->missing == 1 ? "" : "s");
	if (n_failed == 0)
		return CLI_OK;
	if (n_failed == run->n_failed && run->n_failed == run->n)
		return CLI_AGAIN;	/* each has said why */
	return cli_failf(run->n_folders == run->n_folders_failed ? CLI_AGAIN : CLI_PARTLY,
			 "daybook status says why; try again then", "%zu could not be compared", n_failed);
}

static int work(struct run *run)
{
	int code = ask(run);

	if (code == CLI_OK)
		code = wait_for_all(run);
	if (code == CLI_OK)
		code = show(run);
	return code == CLI_OK ? conclude(run) : code;
}

int cmd_reconcile(struct cli *cli)
{
	struct run run = { .cli = cli, .only = cli->argc > 0 ? cli->argv[0] : NULL };
	int code;

	if (cli_config(cli, &code) == NULL)
		return code;
	buf_init(&run.line, MAX_LINE);
	code = work(&run);
	for (size_t i = 0; i < run.n; i++) {
		free(run.items[i].name);
		free(run.items[i].error);
	}
	free(run.items);
	buf_finish(&run.line);
	return code;
}
