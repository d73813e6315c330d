/* daybook backup: a copy of the store. It needs no daemon and does not hinder one: docs/decisions/backup.md. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "backup/take.h"
#include "base/mem.h"
#include "cli/backup_bar.h"
#include "cli/backup_show.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/owner.h"
#include "cli/record.h"

enum { SPARE_TIME = 10 };	/* as nice: what the daemon leaves */

static const char *hint_of(const struct err *err)
{
	switch (err->kind) {
	case ERR_FULL: return "make room, or name a folder on another disk: --out DIR; nothing was left behind";
	case ERR_DENIED: return "run it as root or as the daemon's user, who has to own that folder";
	case ERR_MISSING: return "daybook doctor --deep says what else is missing; the folder above must be there";
	default: return NULL;
	}
}

static void say(const struct cli *cli, const struct take_result *result)
{
	char size[HUMAN_SIZE], files[HUMAN_SIZE];

	if (cli->as_json) {
		backup_show_json(result->path, &result->head);
		return;
	}
	printf("%s: %s in %s files", result->path, human_bytes(result->head.bytes, size),
	       human_count(result->head.n_files, files));
	if (result->n_linked > 0)
		printf(", %s of them shared with the backup before", human_count((int64_t)result->n_linked, files));
	if (result->n_removed > 0)
		printf("; %zu old one%s removed", result->n_removed, result->n_removed == 1 ? "" : "s");
	putchar('\n');
}

int cmd_backup(struct cli *cli)
{
	struct take_parts parts = { .progress = backup_bar };
	char who[RECORD_WHO_SIZE];
	struct take_result result;
	int64_t keep = -1;
	struct err err;
	int code = CLI_OK;

	if (!cli_option_count(cli, "--keep", &keep))
		return CLI_USAGE;
	if (cli_config(cli, &code) == NULL)
		return code;
	parts.dir = cli->config->storage.path;
	parts.folder = cli->config->backup.folder;
	cli_option(cli, "--out", &parts.folder);
	parts.keep = (size_t)(keep >= 0 ? keep : cli->config->backup.keep);
	record_who(who);
	signal(SIGXFSZ, SIG_IGN);	/* a file size limit is "no room", not a death */
	setpriority(PRIO_PROCESS, 0, SPARE_TIME);
	if (!owner_become_with(parts.dir, parts.folder, &err))
		return cli_fail(&err, NULL);
	if (take_backup(&parts, &result, &err)) {
		backup_bar_clear();
		say(cli, &result);
		if (!record(cli, &(struct audit_entry){ .who = str_from(who), .what = STR("backup"),
							.which = str_from(result.path) }, &err))
			code = cli_failf(CLI_PARTLY, "the backup itself is good", "%s", err.msg);
	} else {
		backup_bar_clear();
		code = cli_fail(&err, hint_of(&err));
	}
	free(result.path);
	return code;
}
