/* daybook restore: a checked backup in the place of the store. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "backup/check.h"
#include "backup/restore.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/backup_bar.h"
#include "cli/backup_verify.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "cli/human.h"
#include "cli/owner.h"
#include "cli/record.h"

static const char stop_it[] = "systemctl stop daybookd, then again";

static int ask_first(struct cli *cli, const struct restore_parts *parts, const struct manifest *head)
{
	char at[HUMAN_SIZE], events[HUMAN_SIZE];
	auto_free char *question =
		xasprintf("put the backup of %s (%s events) in the place of the store in %s?",
			  human_time(head->taken_us, at), human_count(head->received, events), parts->dir);

	return ask(cli, question);
}

static void say(const struct restore_parts *parts, const struct manifest *head, const struct restore_result *result)
{
	char at[HUMAN_SIZE], n[HUMAN_SIZE];

	if (parts->is_dry_run) {
		printf("%s of %s can be restored to %s; nothing was changed\n", parts->path,
		       human_time(head->taken_us, at), parts->dir);
		return;
	}
	printf("restored as of %s: the database, and %s of %lld files that were missing here\n",
	       human_time(head->taken_us, at), human_count(result->n_copied, n), (long long)head->n_files - 1);
	if (result->kept != NULL)
		printf("the database before is kept as %s\n", result->kept);
	printf("start daybookd: mailboxes go on where the backup ends\n");
}

static int run(struct cli *cli, const struct restore_parts *parts, const struct manifest *head)
{
	struct restore_result result;
	struct err err;
	int code = parts->is_dry_run ? CLI_OK : ask_first(cli, parts, head);
	bool ok;

	if (code != CLI_OK)
		return code;
	ok = restore_backup(parts, &result, &err);
	backup_bar_clear();
	if (ok)
		say(parts, head, &result);
	else
		code = cli_fail(&err, err.kind == ERR_AGAIN ? stop_it : "the store is as it was");
	free(result.kept);
	return code;
}

int cmd_restore(struct cli *cli)
{
	struct restore_parts parts = { .path = cli->argv[0], .is_dry_run = cli->is_dry_run, .progress = backup_bar };
	char who[RECORD_WHO_SIZE];
	struct manifest head;
	struct ping ping;
	struct err err;
	int code;

	if (cli_config(cli, &code) == NULL)
		return code;
	parts.dir = cli->config->storage.path;
	cli_ping(cli, &ping);		/* before minutes of checking; the lock decides later */
	if (ping.state != DAEMON_DOWN)
		return cli_failf(CLI_AGAIN, stop_it, "restore: daybookd is running");
	record_who(who);
	parts.by = who;
	signal(SIGXFSZ, SIG_IGN);
	if (!owner_become(parts.dir, &err))
		return cli_fail(&err, NULL);
	code = backup_verify(parts.path, &head);
	return code == CLI_OK ? run(cli, &parts, &head) : code;
}
