/* daybook import: mails from files, through the daemon. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/dry.h"
#include "cli/import_dry.h"
#include "cli/import_id.h"
#include "cli/import_mark.h"
#include "cli/import_run.h"
#include "cli/import_screen.h"
#include "cli/import_stop.h"

struct import_kind {
	const char *name;
	struct import_reader *(*open)(const char *path, const struct import_options *options,
				      const char **hint, struct err *err);
};

static const struct import_kind kinds[] = {
	{ "mbox", import_open_mbox }, { "maildir", import_open_maildir }, { "eml", import_open_eml },
	{ "pst", import_open_pst }, { "msg", import_open_msg }, { 0 },
};

struct import {
	struct cli *cli;
	const struct import_kind *kind;
	struct import_options options;
	struct dry *dry;		/* NULL: for real */
	struct import_screen *screen;
	struct import_count count;
	char id[IMPORT_ID_SIZE];	/* of the run; begun with its first file */
};

static const struct import_kind *find_kind(const char *name)
{
	for (const struct import_kind *k = kinds; k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

/* ---- one path ---- */

/* Goes on where an earlier run of the same command stopped. */
static void resume(struct import *im, const char *path, struct import_reader *reader, const char *mark)
{
	if (reader->resume(reader, str_from(mark)))
		import_screen_note(im->screen, "%s: going on where the last import of it stopped", path);
	else
		import_screen_note(im->screen, "%s: it has changed since the last import of it stopped; reading "
				   "it from the beginning (what is there already is not stored again)", path);
}

static int import_for_real(struct import *im, const char *path, struct import_reader *reader)
{
	auto_free char *key = import_mark_key(im->kind->name, path);
	auto_free char *mark = import_mark_load(im->cli, key);
	struct import_run run = {
		.cli = im->cli, .reader = reader, .screen = im->screen, .count = &im->count,
		.key = key, .has_mark = mark != NULL, .id = im->id,
	};

	if (im->id[0] == '\0')
		import_id_begin(im->cli, im->kind->name, im->cli->argv[1], im->cli->argc - 2, im->id);
	if (mark != NULL)
		resume(im, path, reader, mark);
	return import_run(&run);
}

static int import_path(struct import *im, const char *path)
{
	const char *hint = NULL;
	struct err err;
	struct import_reader *reader = im->kind->open(path, &im->options, &hint, &err);
	int code;

	import_screen_clear(im->screen);
	if (reader == NULL && import_is_stopped())
		return CLI_FAILED;	/* told at the end */
	if (reader == NULL)
		return cli_fail(&err, hint);
	if (reader->left_out != NULL)
		import_screen_note(im->screen, "%s: left out: %s (--all reads them too)", path, reader->left_out);
	if (reader->remark != NULL)
		import_screen_note(im->screen, "%s: %s", path, reader->remark);
	code = im->dry ? import_dry_run(im->dry, reader, im->screen, &im->count)
		       : import_for_real(im, path, reader);
	import_close(reader);
	return code;
}

/* ---- all of them ---- */

static int conclude(struct import *im, int code)
{
	if (im->cli->as_json)
		import_screen_json(im->screen, &im->count, im->id);
	else
		import_screen_summary(im->screen, &im->count, im->id);
	if (import_is_stopped())
		return cli_failf(CLI_FAILED, im->dry ? NULL : "run the same command again: it goes on where it stopped",
				 "stopped");
	if (code == CLI_OK && im->count.by_outcome[OUTCOME_DEAD] + im->count.failed_to_read > 0)
		return CLI_PARTLY;
	return code;
}

/* A path that cannot be opened does not stop the others; trouble with the daemon does. */
static int import_all(struct import *im)
{
	int64_t start_us = clock_mono_us();
	int code = CLI_OK;

	for (int i = 1; i < im->cli->argc && !import_is_stopped(); i++) {
		int one = import_path(im, im->cli->argv[i]);

		if (one != CLI_OK)
			code = one;
		if (one == CLI_NO_DAEMON || one == CLI_AGAIN || one == CLI_DENIED)
			break;
	}
	im->count.us = clock_mono_us() - start_us;
	if (!import_is_stopped() && code != CLI_NO_DAEMON && code != CLI_AGAIN)
		import_id_end(im->cli, im->id);
	return conclude(im, code);
}

static int usage(const char *text)
{
	fputs("usage: daybook import mbox|maildir|eml|pst|msg PATH... [--recursive] [--all] [-v] [--dry-run]\n", stderr);
	return cli_failf(CLI_USAGE, NULL, "%s", text);
}

static void tell_working(void *arg, const char *what)
{
	import_screen_working(arg, what);
}

static int run(struct import *im)
{
	struct cli *cli = im->cli;
	struct err err;
	int code;

	if (cli_config(cli, &code) == NULL)
		return code;
	if (im->dry != NULL && !dry_begin_import(im->dry, &err))
		return cli_fail(&err, NULL);
	im->options.max_message = (size_t)cli->config->ingest.max_message;
	im->options.now_us = clock_wall_us();
	im->options.working = tell_working;
	im->options.working_arg = im->screen;
	import_catch_signals();
	return import_all(im);
}

static int begin(struct import *im)
{
	int code = CLI_OK;

	/* The parser is forked before anything else exists. */
	if (im->cli->is_dry_run)
		im->dry = dry_create(im->cli, &code);
	if (code == CLI_OK)
		code = run(im);
	dry_destroy(im->dry);
	return code;
}

int cmd_import(struct cli *cli)
{
	struct import im = { .cli = cli };
	bool is_verbose = cli_flag(cli, "-v");
	int code;

	im.options.is_recursive = cli_flag(cli, "--recursive");
	im.options.takes_all_folders = cli_flag(cli, "--all");
	im.kind = find_kind(cli->argv[0]);
	if (im.kind == NULL)
		return usage("import: say what it is: mbox, maildir, eml, pst or msg");
	im.screen = import_screen_create(is_verbose && !cli->as_json, cli->is_dry_run);
	code = begin(&im);
	import_screen_destroy(im.screen);
	return code;
}
