/* daybook backup verify: every file's hash, the database's pages and books; --rebuild replays the journal as well. */
#include <stdio.h>
#include <stdlib.h>

#include "backup/manifest.h"
#include "base/mem.h"
#include "cli/backup_show.h"
#include "cli/backup_verify.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/temp_folder.h"
#include "ingest/rebuild.h"
#include "sandbox/parse.h"
#include "sandbox/spawn.h"
#include "table.h"

enum { N_PARSERS = 1, ARENA = 1 << 20 };

struct replay {
	const struct config *config;
	const char *path;
	struct parsers *parsers;
	struct store *from, *to;
	int64_t n_rows;
};

static int compare(struct replay *r)
{
	struct arena *arena = arena_create(ARENA);
	struct str difference;
	struct err err;
	int code = CLI_OK;

	if (!store_compare(r->from, r->to, arena, &difference, &err))
		code = cli_fail(&err, NULL);
	else if (difference.len > 0)
		code = cli_failf(CLI_FAILED, NULL, "%s: a rebuild differs: " STR_FMT, r->path, STR_ARG(difference));
	arena_destroy(arena);
	return code;
}

static int replay(struct replay *r, const char *folder)
{
	const struct rebuild_parts parts = {
		.config = r->config, .import = &connector_import, .known = connectors_known, .parsers = r->parsers,
		.dir = r->path,
	};
	struct err err;

	if (store_open(r->path, STORE_AT_REST, &r->from, &err) &&
	    store_open_file(folder, "daybook.db", STORE_REBUILD, &r->to, &err) &&
	    rebuild_replay(&parts, r->from, r->to, &r->n_rows, &err))
		return compare(r);
	return cli_fail(&err, NULL);
}

static int verify_by_replay(const struct config *config, const char *path, int64_t *n_rows)
{
	struct replay r = { .config = config, .path = path };
	struct err err;
	struct sandbox *sandbox = sandbox_launch(&err);
	auto_free char *folder = sandbox ? temp_folder_create(&err) : NULL;
	int code;

	if (folder == NULL) {
		sandbox_stop(sandbox);
		return cli_fail(&err, NULL);
	}
	r.parsers = parsers_create(sandbox, N_PARSERS, config->ingest.parse_timeout, 0);
	code = replay(&r, folder);
	*n_rows = r.n_rows;
	store_close(r.to);
	store_close(r.from);
	parsers_destroy(r.parsers);
	sandbox_stop(sandbox);
	temp_folder_remove(folder);
	return code;
}

static void say(const struct cli *cli, const char *path, const struct manifest *head, int64_t n_rows)
{
	char size[HUMAN_SIZE], files[HUMAN_SIZE], events[HUMAN_SIZE];

	if (cli->as_json) {
		backup_show_json(path, head);
		return;
	}
	printf("%s is whole: %s in %s files, %s events, and the books balance\n", path, human_bytes(head->bytes, size),
	       human_count(head->n_files, files), human_count(head->received, events));
	if (n_rows >= 0)
		printf("identical: %lld journal rows replayed\n", (long long)n_rows);
}

int cmd_backup_verify(struct cli *cli)
{
	const char *path = cli->argv[0];
	int64_t n_rows = -1;
	struct manifest head;
	int code;

	if (cli_flag(cli, "--rebuild") && cli_config(cli, &code) == NULL)
		return code;
	code = backup_verify(path, &head);
	if (code == CLI_OK && cli_flag(cli, "--rebuild"))
		code = verify_by_replay(cli->config, path, &n_rows);
	if (code == CLI_OK)
		say(cli, path, &head, n_rows);
	return code;
}
