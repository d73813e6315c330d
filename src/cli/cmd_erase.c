/* daybook erase: what would go, then the erasure, then its receipt. */
#include <glob.h>
#include <stdio.h>
#include <time.h>

#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/person.h"
#include "cli/plain.h"
#include "cli/show.h"
#include "store/erase.h"
#include "store/merge.h"

enum { ROOM = 4 << 20, MAX_LINE = 64 << 10, LOOK_MS = 100, PATIENCE_S = 6 * 3600 };

/* ---- what would go ---- */

struct extent {
	struct cli *cli;
	int64_t contact, last_entry;
	int64_t by_channel[CHANNEL_COUNT];
	int64_t n_entries, n_shared, n_files, n_dead, n_old_databases;
	struct err err;
	bool failed;
};

static bool count_file(size_t n, const struct attachment *a, void *arg)
{
	struct extent *x = arg;

	(void)n;
	x->n_files += a->state == ATTACHMENT_STORED;
	return true;
}

static bool count_entry(const struct interaction_row *row, const struct part *part, void *arg)
{
	struct extent *x = arg;
	bool is_only;

	(void)part;
	if (row->id == x->last_entry)
		return true;
	x->last_entry = row->id;
	x->failed = !store_is_only_of(x->cli->store, x->contact, row->id, &is_only, &x->err);
	if (x->failed)
		return false;
	if (!is_only) {
		x->n_shared++;
		return true;
	}
	x->n_entries++;
	x->by_channel[row->it.channel]++;
	x->failed = !store_each_attachment(x->cli->store, row->id, count_file, x, &x->err);
	return !x->failed;
}

static bool count_dead(const struct dead_row *row, void *arg)
{
	struct extent *x = arg;

	(void)row;
	x->n_dead++;
	return true;
}

static int64_t count_old_databases(const char *dir)
{
	auto_free char *pattern = xasprintf("%s/daybook.db.before-*", dir);
	int64_t n;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	n = (int64_t)found.gl_pathc;
	globfree(&found);
	return n;
}

static bool find_extent(struct extent *x)
{
	struct store *st = x->cli->store;

	x->n_old_databases = count_old_databases(x->cli->config->storage.path);
	return store_each_part(st, x->contact, count_entry, x, &x->err) && !x->failed &&
	       store_each_dead(st, x->contact, count_dead, x, &x->err);
}

static void show_json_extent(const struct extent *x)
{
	struct json_writer w;
	struct buf line;

	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	show_id(&w, "contact", x->contact, "con_");
	json_member_int(&w, "entries", x->n_entries);
	json_name(&w, "channels");
	json_open(&w, '{');
	for (int c = 1; c < CHANNEL_COUNT; c++)
		if (x->by_channel[c] > 0)
			json_member_int(&w, channel_name((enum channel)c), x->by_channel[c]);
	json_close(&w, '}');
	json_member_int(&w, "blanked", x->n_shared);
	json_member_int(&w, "files", x->n_files);
	json_member_int(&w, "dead_letters", x->n_dead);
	json_member_int(&w, "old_databases", x->n_old_databases);
	json_close(&w, '}');
	show_line(&line);
	buf_finish(&line);
}

static void show_extent(const struct extent *x, const char *handles)
{
	struct buf text;

	buf_init(&text, MAX_LINE);
	plain_line(&text, str_from(handles));
	fprintf(stderr, "known by %s\n", text.ptr);
	buf_finish(&text);
	fprintf(stderr, "%8lld entries go", (long long)x->n_entries);
	for (int c = 1; c < CHANNEL_COUNT; c++)
		if (x->by_channel[c] > 0)
			fprintf(stderr, ", %lld %s", (long long)x->by_channel[c], channel_name((enum channel)c));
	fprintf(stderr, "\n%8lld files go with them, where nobody else has the same\n", (long long)x->n_files);
	fprintf(stderr, "%8lld entries that others take part in stay, without name and handle; what they say stays\n",
		(long long)x->n_shared);
	fprintf(stderr, "%8lld dead letters go\n", (long long)x->n_dead);
	if (x->n_old_databases > 0)
		fprintf(stderr, "%8lld old databases that a rebuild or a restore kept go\n", (long long)x->n_old_databases);
	fputs("backups have them until they expire; a restore erases them again\n", stderr);
}

static int show_what_goes(struct cli *cli, int64_t contact)
{
	struct extent x = { .cli = cli, .contact = contact };
	auto_free char *handles = NULL;

	if (!find_extent(&x) || (handles = person_handles(cli, contact, &x.err)) == NULL)
		return cli_fail(&x.err, NULL);
	if (cli->as_json && cli->is_dry_run)
		show_json_extent(&x);
	else
		show_extent(&x, handles);
	return CLI_OK;
}

/* ---- the receipt ---- */

static void put_receipt(const struct erasure *e)
{
	struct json_writer w;
	struct buf line;

	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	show_id(&w, "id", e->id, "era_");
	json_member(&w, "by", e->by);
	show_time(&w, "at", e->at_us);
	show_time(&w, "done_at", e->done_us);
	json_member_int(&w, "entries", e->n_entries);
	json_member_int(&w, "blanked", e->n_blanked);
	json_member_int(&w, "dead_letters", e->n_dead);
	json_member_int(&w, "decisions", e->n_decisions);
	json_member_int(&w, "journal_rows", e->n_rows);
	json_member_int(&w, "files", e->n_files);
	json_member_int(&w, "old_databases", e->n_old_databases);
	json_close(&w, '}');
	show_line(&line);
	buf_finish(&line);
}

static int show_receipt(struct cli *cli, int64_t id)
{
	struct arena *arena = arena_create(ROOM);
	struct erasure e;
	struct err err;
	int code = CLI_OK;

	if (store_get_erasure(cli->store, id, arena, &e, &err))
		put_receipt(&e);
	else
		code = cli_fail(&err, NULL);
	arena_destroy(arena);
	return code;
}

static int receipt(struct cli *cli, const char *text)
{
	int64_t id;
	int code;

	if (!id_parse(str_from(text), "era_", &id))
		return cli_failf(CLI_MISSING, "daybook erase prints it when it is done", "\"%s\" is not the id of a receipt (era_ and "
				 "13 characters)", text);
	return cli_store(cli, &code) != NULL ? show_receipt(cli, id) : code;
}

/* ---- the erasure ---- */

static int begin(struct cli *cli, int64_t contact, int64_t *id)
{
	auto_json struct json_object *answer = NULL;
	struct json_writer w;
	struct buf body;
	int code;

	buf_init(&body, MAX_LINE);
	json_begin(&w, &body);
	json_open(&w, '{');
	show_id(&w, "contact", contact, "con_");
	json_close(&w, '}');
	code = cli_call(cli, "/erase", buf_str(&body), &answer);
	buf_finish(&body);
	if (code == CLI_OK && !id_parse(json_str(answer, "erasure"), "era_", id))
		code = cli_failf(CLI_FAILED, NULL, "the daemon did not say the id of the erasure");
	return code;
}

static int wait_for(struct cli *cli, int64_t id)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	struct arena *arena = arena_create(ROOM);
	struct erasure e = { .done_us = 0 };
	char text[ID_TEXT_SIZE];
	struct err err;
	bool ok = true;

	for (int64_t i = 0; ok && e.done_us == 0 && i < PATIENCE_S * 1000LL / LOOK_MS; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		ok = store_get_erasure(cli->store, id, arena, &e, &err);
	}
	arena_destroy(arena);
	if (!ok)
		return cli_fail(&err, NULL);
	if (e.done_us == 0)
		return cli_failf(CLI_PARTLY, "daybook erase --receipt shows how far it is", "%s is still going on",
				 id_format(id, "era_", text));
	return show_receipt(cli, id);
}

int cmd_erase(struct cli *cli)
{
	const char *wanted = NULL;
	int64_t contact, id;
	int code;

	if (cli_option(cli, "--receipt", &wanted))
		return receipt(cli, wanted);
	if (cli->argc == 0)
		return cli_failf(CLI_USAGE, "daybook erase maria@example.com --dry-run", "whom?");
	code = cli_find_contact(cli, cli->argv[0], &contact);
	if (code == CLI_OK)
		code = show_what_goes(cli, contact);
	if (code != CLI_OK || cli->is_dry_run)
		return code;
	code = ask(cli, "erase all of it for good? (nothing undoes it)");
	if (code == CLI_OK)
		code = begin(cli, contact, &id);
	return code == CLI_OK ? wait_for(cli, id) : code;
}
