/* daybook rebuild: the journal replayed into an empty store; --check only compares. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/owner.h"
#include "cli/record.h"
#include "ingest/rebuild.h"
#include "sandbox/parse.h"
#include "sandbox/spawn.h"
#include "table.h"

enum { N_PARSERS = 1, ARENA = 1 << 20 };

struct run {
	struct cli *cli;
	struct sandbox *sandbox;
	struct parsers *parsers;
	struct store *from, *to;
	const char *dir;
	char *file;			/* name of the new database */
	int64_t n_rows;
	bool is_check;
	char who[RECORD_WHO_SIZE];
};

static void show_progress(int64_t n_done, void *arg)
{
	(void)arg;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\rreplayed %lld rows", (long long)n_done);
}

static void remove_file(const struct run *run)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < countof(suffixes); i++) {
		auto_free char *path = xasprintf("%s/%s%s", run->dir, run->file, suffixes[i]);

		unlink(path);
	}
}

/* A check may run beside the daemon, on a snapshot; a rebuild owns the store. */
static bool open_stores(struct run *run, struct err *err)
{
	remove_file(run);
	if (run->is_check)
		return store_open(run->dir, STORE_READER, &run->from, err) &&
		       store_begin_snapshot(run->from, err) &&
		       store_open_file(run->dir, run->file, STORE_REBUILD, &run->to, err);
	return store_open(run->dir, STORE_WRITER, &run->from, err) &&
	       store_open_file(run->dir, run->file, STORE_REBUILD, &run->to, err);
}

static bool replay(struct run *run, struct err *err)
{
	const struct rebuild_parts parts = {
		.config = run->cli->config, .import = &connector_import,
		.known = connectors_known, .parsers = run->parsers,
		.dir = run->dir, .progress = show_progress,
	};
	bool ok = rebuild_replay(&parts, run->from, run->to, &run->n_rows, err);

	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return ok;
}

static int compare(struct run *run, struct err *err)
{
	struct arena *arena = arena_create(ARENA);
	struct str difference;
	int code = CLI_OK;

	if (!store_compare(run->from, run->to, arena, &difference, err)) {
		code = cli_fail(err, NULL);
	} else if (difference.len > 0) {
		printf("different: " STR_FMT "\n", STR_ARG(difference));
		code = CLI_FAILED;
	} else {
		printf("identical: %lld journal rows replayed\n", (long long)run->n_rows);
	}
	arena_destroy(arena);
	return code;
}

static bool record_rebuild(struct run *run, struct err *err)
{
	return store_begin(run->to, err) &&
	       audit_add(run->to, &(struct audit_entry){ .who = str_from(run->who), .what = STR("rebuild") }, err) &&
	       store_commit(run->to, err);
}

static int swap(struct run *run, struct err *err)
{
	auto_free char *kept = NULL;

	if (!record_rebuild(run, err) || !store_checkpoint(run->to, true, NULL, NULL, err) ||
	    !store_checkpoint(run->from, true, NULL, NULL, err) || !store_be_alone(run->from, err))
		return cli_fail(err, NULL);
	store_close(run->to);
	run->to = NULL;
	if (!store_swap_in(run->dir, run->file, &kept, err))
		return cli_fail(err, NULL);
	printf("rebuilt from %lld journal rows; the database before is kept as %s\n",
	       (long long)run->n_rows, kept);
	return CLI_OK;
}

static int run_all(struct run *run)
{
	struct err err;

	run->parsers = parsers_create(run->sandbox, N_PARSERS, run->cli->config->ingest.parse_timeout, 0);
	if (!open_stores(run, &err))
		return cli_fail(&err, err.kind == ERR_AGAIN ? "a rebuild needs the daemon stopped; "
							      "--check does not" : NULL);
	if (!replay(run, &err))
		return cli_fail(&err, "nothing was changed");
	return run->is_check ? compare(run, &err) : swap(run, &err);
}

int cmd_rebuild(struct cli *cli)
{
	struct run run = { .cli = cli, .is_check = cli_flag(cli, "--check") };
	struct err err;
	int code;

	if (cli->argc > 0)
		return cli_failf(CLI_USAGE, "usage: daybook rebuild [--check]", "\"%s\" is too much",
				 cli->argv[0]);
	if (cli_config(cli, &code) == NULL)
		return code;
	run.dir = cli->config->storage.path;
	record_who(run.who);
	if (!owner_become(run.dir, &err))
		return cli_fail(&err, NULL);
	/* Made before the store is open. */
	run.sandbox = sandbox_launch(&err);
	if (run.sandbox == NULL)
		return cli_fail(&err, NULL);
	run.file = xasprintf("rebuild-%d.db", (int)getpid());
	code = run_all(&run);
	store_close(run.to);
	store_close(run.from);
	remove_file(&run);
	parsers_destroy(run.parsers);
	sandbox_stop(run.sandbox);
	free(run.file);
	return code;
}
