#include "cli/backup_verify.h"

#include <stdio.h>

#include "backup/check.h"
#include "base/buf.h"
#include "cli/backup_bar.h"
#include "cli/cli.h"
#include "cli/plain.h"

enum { MAX_LINE = 4096 };

static void say_fault(const char *text, void *arg)
{
	struct buf line;

	(void)arg;
	backup_bar_clear();
	buf_init(&line, MAX_LINE);
	plain_line(&line, str_from(text));
	fprintf(stderr, STR_FMT "\n", STR_ARG(buf_str(&line)));
	buf_finish(&line);
}

int backup_verify(const char *path, struct manifest *head)
{
	const struct check_parts parts = { .path = path, .fault = say_fault, .progress = backup_bar };
	struct err err;
	bool ok = check_backup(&parts, head, &err);

	backup_bar_clear();
	return ok ? CLI_OK : cli_fail(&err, err.kind == ERR_MISSING ? "daybook backup list shows those that there are" : NULL);
}
